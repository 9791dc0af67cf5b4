package dev.halftone.core.analysis;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What led to a rollback, as it stood when it was decided; requests that were under way then are not in it. Immutable. It is
 * stored with the audit trail, so it holds numbers and plain words only: a check or metric that a later version names
 * differently leaves old stories readable.
 *
 * @param check what decided, or null if a person did
 * @param atMillis when it was decided, epoch milliseconds
 * @param sinceMillis since when the canary was worse, within a second or some 6 % of the time that has passed since; null if
 *     nothing shows that it was
 * @param overSeconds over how much time {@code stable} and {@code canary} were counted, up to the decision: since the canary
 *     was worse, but at most the analysis window, and all of that where {@code sinceMillis} is null
 * @param harm what came of it
 * @param release what the canary did since it was first looked at
 * @param contributors the users with most failures, most first
 * @param codes the canary's answers from the release's beginning until ratio 0 was in force, so a few more than were judged, by
 *     class as {@code 5xx}, {@code error} where none came whole
 * @param otherChecks what the other checks said at that moment
 */
public record RollbackStory(
        @Nullable Judged check,
        long atMillis,
        @Nullable Long sinceMillis,
        double overSeconds,
        Figures stable,
        Figures canary,
        Harm harm,
        Release release,
        List<Contributor> contributors,
        Map<String, Long> codes,
        List<Judged> otherChecks) {

    public RollbackStory {
        contributors = List.copyOf(contributors);
        codes = java.util.Collections.unmodifiableMap(new TreeMap<>(codes));
        otherChecks = List.copyOf(otherChecks);
    }

    /** One line for a log: how bad, since when, who, and what else was looked at. */
    public String summary() {
        return StoryWording.summary(this);
    }

    /** A {@link CheckResult} in the words of the configuration. */
    public record Judged(
            String check,
            String metric,
            String detector,
            String verdict,
            double value,
            double limit,
            long samples,
            String why) {
        static Judged of(CheckResult result) {
            return new Judged(
                    result.check(),
                    result.metricLabel(),
                    result.detector(),
                    result.verdict().label(),
                    result.value(),
                    result.limit(),
                    result.samples(),
                    result.why());
        }
    }

    /** A {@link VersionStats}. Latencies in milliseconds, NaN where there is none. */
    public record Figures(
            long requests,
            long errors,
            double errorRate,
            double mean,
            double p50,
            double p90,
            double p95,
            double p99,
            long users) {
        public static Figures of(VersionStats stats) {
            return new Figures(
                    stats.requests(),
                    stats.errors(),
                    stats.errorRate(),
                    stats.mean(),
                    stats.p50(),
                    stats.p90(),
                    stats.p95(),
                    stats.p99(),
                    stats.users());
        }
    }

    /**
     * Since {@code sinceMillis}, or over the window where that is null. All analysed requests, not only those that checks judge.
     *
     * @param seconds how long
     * @param requests of the canary
     * @param errors of them
     * @param stableRequests of stable over the same time
     * @param stableErrors of them
     * @param harmedRequests errors less what stable's share of errors would have given, rounded, never below 0
     * @param failedUsers different users among the counted failures; a failure without a user key is one user's. At least so
     *     many: only the newest {@value RecentFailures#KEPT} failures are looked at
     * @param harmedUsers {@code failedUsers} by the share of the errors that was harm, rounded
     */
    public record Harm(
            double seconds,
            long requests,
            long errors,
            long stableRequests,
            long stableErrors,
            long harmedRequests,
            long failedUsers,
            long harmedUsers) {}

    /**
     * @param sinceMillis when the first slice began in which this process saw the canary have a request
     * @param users different users who came, estimated within some 5 % up to 2000; more than 7000 read as 7000; 0 if none is known
     * @param failedUsers those of them with a counted failure, estimated likewise, and one for each failure without a user key
     */
    public record Release(long sinceMillis, long requests, long errors, long users, long failedUsers) {}

    /**
     * @param user a keyed hash of the user key, 12 hexadecimal digits; the same user has another one in the next release
     * @param failures counted ones since {@code sinceMillis}; of each user at most a few count
     * @param share of all such failures, 0..1
     */
    public record Contributor(String user, long failures, double share) {}
}
