package dev.halftone.core.analysis;

import dev.halftone.core.analysis.ReleaseHistory.Span;
import dev.halftone.core.analysis.ReleaseHistory.Worse;
import dev.halftone.core.analysis.RollbackStory.Figures;
import dev.halftone.core.analysis.RollbackStory.Harm;
import dev.halftone.core.analysis.RollbackStory.Judged;
import dev.halftone.core.analysis.RollbackStory.Release;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.UserBits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps of a release what is needed to explain its rollback, should one come. Bounded memory. One thread. */
final class StoryTeller {
    /** So much evidence, in nats, shows that a release was bad where no check says so. */
    private static final double CLEAR = 6;

    private final ReleaseHistory history = new ReleaseHistory();
    private final RecentFailures failures = new RecentFailures();
    private UserBits failedUsers = UserBits.NONE;
    private long unknownFailed;
    private long clockNanos;
    private boolean begun;

    /**
     * What is known at the moment of the decision.
     *
     * @param check the name of the one that breached, or null if a person decided
     * @param evidenceNanos how long ago that began which it breached on, where errors do not say so; null if it does not know
     * @param users of the canary since the release began, estimated
     */
    record Moment(
            List<CheckResult> results,
            @Nullable String check,
            @Nullable Long evidenceNanos,
            SlidingWindow stable,
            SlidingWindow canary,
            long users,
            long nowMillis,
            Map<String, Long> codes) {}

    void take(RouteSlice slice) {
        begun |= slice.canary().requests() > 0;
        if (!begun) {
            return;
        }
        clockNanos += slice.endNanos() - slice.startNanos();
        history.add(slice);
        failures.add(slice.canary().failing(), clockNanos);
        failedUsers = failedUsers.plus(UserBits.of(slice.canary().failing().hashes()));
        unknownFailed += slice.canary().failing().anonymous();
    }

    RollbackStory tell(Moment moment) {
        Judged decided = null;
        List<Judged> others = new ArrayList<>();
        CheckResult decisive = null;
        for (CheckResult result : moment.results()) {
            if (result.check().equals(moment.check())) {
                decisive = result;
                decided = Judged.of(result);
            } else {
                others.add(Judged.of(result));
            }
        }
        Long since = sinceNanos(decisive, moment.evidenceNanos());
        long overNanos = since == null ? moment.canary().whole().nanos() : since;
        Span over = history.newest(overNanos);
        Point canary = moment.canary().last(overNanos);
        RecentFailures.Who who = failures.after(clockNanos - over.nanos());
        Span whole = history.all();
        return new RollbackStory(
                decided,
                moment.nowMillis(),
                since == null ? null : moment.nowMillis() - since / 1_000_000,
                tenths(canary.seconds()),
                Figures.of(moment.stable().last(overNanos).stats()),
                Figures.of(canary.stats()),
                harm(over, who.users()),
                new Release(
                        moment.nowMillis() - whole.nanos() / 1_000_000,
                        whole.requests(),
                        whole.errors(),
                        moment.users(),
                        failedUsers.estimate() + unknownFailed),
                who.top(),
                moment.codes(),
                others);
    }

    /** How long ago it began to be bad, or null if nothing says so. */
    private @Nullable Long sinceNanos(@Nullable CheckResult decisive, @Nullable Long evidenceNanos) {
        boolean isOfErrors =
                decisive == null || decisive.metric() == Metric.ERROR_RATE || decisive.metric() == Metric.SUCCESS_RATE;
        if (!isOfErrors) {
            return evidenceNanos;
        }
        Worse worse = history.worse();
        return worse != null && (decisive != null || worse.evidence() >= CLEAR)
                ? Long.valueOf(worse.span().nanos())
                : evidenceNanos;
    }

    private static Harm harm(Span span, long failedUsers) {
        double harmed = span.harmed();
        double share = span.errors() == 0 ? 0 : harmed / span.errors();
        return new Harm(
                tenths(span.nanos() / 1e9),
                span.requests(),
                span.errors(),
                span.stableRequests(),
                span.stableErrors(),
                Math.round(harmed),
                failedUsers,
                Math.round(failedUsers * share));
    }

    private static double tenths(double seconds) {
        return Math.rint(seconds * 10) / 10;
    }
}
