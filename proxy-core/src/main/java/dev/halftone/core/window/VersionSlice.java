package dev.halftone.core.window;

import java.util.HashMap;
import java.util.Map;

/**
 * The analysed outcomes of one version in one slice.
 *
 * @param counted what checks judge: of each user only so much that none can decide alone
 * @param beyond the other analysed requests, which only figures show
 * @param failing whose counted requests failed
 * @param users who came, counted or not, as far as they are known
 * @param reported by name of the custom metric
 */
public record VersionSlice(
        Outcomes counted, Outcomes beyond, FailingUsers failing, UserBits users, Map<String, Reported> reported) {
    public static final VersionSlice EMPTY =
            new VersionSlice(Outcomes.NONE, Outcomes.NONE, FailingUsers.NONE, UserBits.NONE, Map.of());

    public VersionSlice {
        reported = Map.copyOf(reported);
    }

    /** Where nothing is known of users: all requests count, each failure is another user's. */
    public VersionSlice(long requests, long errors, long clientFaults, LatencyCounts latency) {
        this(
                new Outcomes(requests, errors, clientFaults, latency),
                Outcomes.NONE,
                FailingUsers.of(new long[0], errors),
                UserBits.NONE,
                Map.of());
    }

    /** All finished requests, errors and client faults among them. */
    public long requests() {
        return counted.requests() + beyond.requests();
    }

    public long errors() {
        return counted.errors() + beyond.errors();
    }

    public long clientFaults() {
        return counted.clientFaults() + beyond.clientFaults();
    }

    /** Of the requests that an upstream answered whole. */
    public LatencyCounts latency() {
        return counted.latency().plus(beyond.latency());
    }

    /** What was reported of this custom metric. */
    public Reported reported(String name) {
        return reported.getOrDefault(name, Reported.NONE);
    }

    /** The same with what was reported beside it. */
    public VersionSlice withReported(Map<String, Reported> more) {
        if (more.isEmpty()) {
            return this;
        }
        Map<String, Reported> both = new HashMap<>(reported);
        more.forEach((name, count) -> both.merge(name, count, Reported::plus));
        return new VersionSlice(counted, beyond, failing, users, both);
    }
}
