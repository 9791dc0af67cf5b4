package dev.halftone.core.analysis;

import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.HarmCusum;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one route's release is judged.
 *
 * @param interval how much time one point holds, whole seconds, 1 s..1 h
 * @param window how far back figures and thresholds look, at least one interval
 * @param minRequests counted requests of the canary below which a check answers insufficient
 * @param minUsers distinct users of the canary below which a check answers insufficient, as far as users are known; 0 for none
 * @param maxShareOfUser of the failures of half an hour that one user may have, for failures to count; above 0, at most 1
 * @param harmBudget failed requests more than stable's share would have given after which the release stops; null for no limit
 */
public record AnalysisSpec(
        Duration interval,
        Duration window,
        int minRequests,
        int minUsers,
        double maxShareOfUser,
        @Nullable Long harmBudget,
        OnBreach onBreach,
        List<CheckSpec> checks) {

    /** A fast stop for a canary that fails outright, and errors and latency compared with stable's. */
    public static final List<CheckSpec> DEFAULT_CHECKS = List.of(
            new CheckSpec("too-many-errors", Metric.ERROR_RATE, DetectorSpec.Cusum.STANDARD, 1),
            new CheckSpec("errors", Metric.ERROR_RATE, DetectorSpec.Comparison.standard(Side.ABOVE), 1),
            new CheckSpec("latency", Metric.LATENCY_MEAN, DetectorSpec.Comparison.standard(Side.ABOVE), 1));

    /** The name under which the harm budget speaks; no check may have it beside a budget. */
    public static final String HARM_BUDGET = "harm-budget";

    /** More would let few users decide; less would wait for many before an outage is seen. */
    public static final double MAX_SHARE_OF_USER = 1.0 / 3;

    /** How a canary is judged without an analysis block. */
    public static final AnalysisSpec DEFAULT = new AnalysisSpec(
            Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 10, null, OnBreach.ROLLBACK, DEFAULT_CHECKS);

    public AnalysisSpec {
        checks = List.copyOf(checks);
        if (harmBudget != null && harmBudget < 1) {
            throw new IllegalArgumentException("harm budget " + harmBudget + " (expected: at least 1 request)");
        }
        if (!(maxShareOfUser > 0 && maxShareOfUser <= 1)) {
            throw new IllegalArgumentException("share of a user " + maxShareOfUser + " (expected: above 0, at most 1)");
        }
    }

    /** With the usual share of a user. */
    public AnalysisSpec(
            Duration interval,
            Duration window,
            int minRequests,
            int minUsers,
            @Nullable Long harmBudget,
            OnBreach onBreach,
            List<CheckSpec> checks) {
        this(interval, window, minRequests, minUsers, MAX_SHARE_OF_USER, harmBudget, onBreach, checks);
    }

    /** Without a least number of users and without a budget. */
    public AnalysisSpec(
            Duration interval, Duration window, int minRequests, OnBreach onBreach, List<CheckSpec> checks) {
        this(interval, window, minRequests, 0, null, onBreach, checks);
    }

    /** The same checks, and this is done about a breach. */
    public AnalysisSpec with(OnBreach other) {
        return new AnalysisSpec(interval, window, minRequests, minUsers, maxShareOfUser, harmBudget, other, checks);
    }

    /** The first check that wants a canary stopped between two slices, or null. */
    public HarmCusum.@Nullable Limits onTheSpot() {
        for (CheckSpec check : checks) {
            if (check.detector() instanceof DetectorSpec.Cusum cusum) {
                return limits(cusum);
            }
        }
        return null;
    }

    /** With as many failing users as it takes for none to have more than its share. */
    HarmCusum.Limits limits(DetectorSpec.Cusum cusum) {
        int users = (int) Math.ceil(1 / maxShareOfUser - 1e-9);
        return new HarmCusum.Limits(
                cusum.good(), cusum.bad(), cusum.threshold(), Math.max(HarmCusum.LEAST_USERS, users));
    }

    /** What a breach does. */
    public enum OnBreach {
        ROLLBACK("rollback"),
        PAUSE("pause"),
        ALERT("alert");

        private final String label;

        OnBreach(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
