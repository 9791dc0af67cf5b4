package dev.halftone.core.analysis;

import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Detector.Judgement;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.LatencyPast;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.UserBits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All comparisons of a release with stable, which share one evidence: an e-detector (Shin, Ramdas and Rinaldo 2022), the sum of
 * Shiryaev-Roberts statistics over same-second likelihood ratios. It answers after every slice and may be looked at always.
 *
 * <p>Each check asks one question or more ({@link OddsQuestion}, {@link ShiftQuestion}); each question has a share of the chance
 * of a false breach, and the joint evidence is their sum. Once it reaches 1, the check that gave most of it breaches.
 *
 * <p>Guarantee: the chance of any false breach in the first day is at most alpha, and at most alpha more in each day after, under
 * any peeking, if requests of the same second (reports of the same minute) are exchangeable between the versions up to the
 * tolerances. What makes requests of
 * one version alike (a pause of one machine, one user's mood) is held down by measured {@link Dispersion} and by a limit on how
 * much evidence latency may give in a second; these are protection by experience, not by proof.
 *
 * <p>No data is no evidence. The first minute after the canary's first request says nothing about errors, the first three nothing
 * about latency, unless told otherwise. What errors say counts only while at least {@value FailureBreadth#LEAST_USERS} users failed
 * in half an hour, none with more than its share (a third, unless told otherwise) of the failures; latency and reported metrics count regardless. Bounded cost for each slice. One
 * thread.
 */
final class Comparison {
    static final double COLD_ERRORS_SECONDS = 60;
    static final double COLD_LATENCY_SECONDS = 180;
    private static final long FADE_NANOS = 300_000_000_000L;
    /** How long after stable's latencies moved as a whole versions may stray further than usual. */
    private static final double UNREST_SECONDS = 1800;

    private static final double PAST_NEEDED = 50;
    private static final double TAIL_REQUESTS_A_SECOND = 70;
    private static final double SHIFT_REQUESTS_A_SECOND = 300;

    private static final double ERROR_TOLERANCE = 0.1;
    private static final double ERROR_TOLERABLE_SHARE = 0.0001;
    private static final double[] ERROR_ODDS = {1.7, 2.6, 4.5, 10, 40, 300};
    // Small odds need the evidence; large ones have it soon, and of few failures they make much.
    private static final double[] ERROR_ODDS_WEIGHTS = {9, 12, 6, 2, 1, 1};
    private static final double P90_TOLERATED = 1.2;
    private static final double[] P90_ODDS = {1.25, 1.7, 3, 8};
    private static final double P99_TOLERATED = 1.25;
    private static final double[] P99_ODDS = {1.5, 2.5, 6, 15};
    // The tolerated odds of a tail are for this slowdown; a tolerance that is given widens them in proportion.
    private static final double TAIL_SLOWDOWN = 0.04;
    private static final double CUSTOM_TOLERANCE = 0.03;
    private static final double[] CUSTOM_ODDS = {1 / 0.88, 1 / 0.74, 2};
    private static final double[] CUSTOM_ODDS_WEIGHTS = {2, 4, 1};

    private static final double ERROR_WEIGHT = 0.27;
    private static final double SHIFT_WEIGHT = 0.3;
    private static final double TAIL_WEIGHT = 0.19;
    private static final double CUSTOM_WEIGHT = 0.4;

    private final List<Asked> asked = new ArrayList<>();
    private final LatencyPast stablePast = new LatencyPast(FADE_NANOS);
    private final FailureBreadth breadth;
    private final boolean asksLatency;
    private double seconds;
    private double unrestSeconds;
    private boolean begun;
    private long canaryRequests;
    private UserBits canaryUsers = UserBits.NONE;

    /** How long nothing is judged after the canary's first request. */
    static Duration warmUp(Metric metric, DetectorSpec.Comparison spec) {
        Duration usual = Duration.ofSeconds((long) (metric.isLatency() ? COLD_LATENCY_SECONDS : COLD_ERRORS_SECONDS));
        Duration given = spec.warmUp();
        return given == null ? usual : given;
    }

    /** One check's questions, of which those it does not ask are null. */
    private static final class Asked {
        private final CheckSpec spec;
        private @Nullable OddsQuestion errors;
        private @Nullable OddsQuestion custom;
        private @Nullable ShiftQuestion shift;
        private final List<Tail> tails = new ArrayList<>();
        private final double warmUpSeconds;
        private final PairedReports reports = new PairedReports();
        private long trials;

        Asked(CheckSpec spec) {
            this.spec = spec;
            warmUpSeconds = warmUp(spec.metric(), (DetectorSpec.Comparison) spec.detector())
                            .toNanos()
                    / 1e9;
        }

        private List<Strand> strands = List.of();

        /** To be called once, when all questions are there. */
        Asked ready() {
            List<Strand> all = new ArrayList<>();
            if (errors != null) {
                all.add(errors.strand());
            }
            if (custom != null) {
                all.add(custom.strand());
            }
            if (shift != null) {
                all.add(shift.strand());
            }
            tails.forEach(tail -> all.add(tail.question.strand()));
            strands = List.copyOf(all);
            return this;
        }

        Strand leading() {
            Strand leading = strands.get(0);
            for (Strand strand : strands) {
                leading = strand.evidence() > leading.evidence() ? strand : leading;
            }
            return leading;
        }
    }

    /** Slower than this quantile of stable's past? */
    private record Tail(double shareAbove, String name, OddsQuestion question) {}

    /**
     * @param checks those whose detector is a comparison, at least one
     * @param maxShareOfUser of the failures that one user may have, for failures to count
     */
    Comparison(List<CheckSpec> checks, double maxShareOfUser) {
        breadth = new FailureBreadth(maxShareOfUser);
        double total = checks.stream().mapToDouble(Comparison::weight).sum();
        for (CheckSpec spec : checks) {
            asked.add(ask(spec, total));
        }
        asksLatency = checks.stream().anyMatch(spec -> spec.metric().isLatency());
    }

    private static double weight(CheckSpec spec) {
        return switch (spec.metric()) {
            case ERROR_RATE, SUCCESS_RATE -> ERROR_WEIGHT;
            case LATENCY_MEAN -> SHIFT_WEIGHT + 2 * TAIL_WEIGHT;
            case LATENCY_P50 -> SHIFT_WEIGHT;
            case LATENCY_P90, LATENCY_P95, LATENCY_P99 -> TAIL_WEIGHT;
            case CUSTOM -> CUSTOM_WEIGHT;
            case REQUEST_RATE ->
                throw new IllegalArgumentException(
                        "comparison of requestRate (expected: errorRate, a latency, custom)");
        };
    }

    private static Asked ask(CheckSpec spec, double total) {
        DetectorSpec.Comparison detector = (DetectorSpec.Comparison) spec.detector();
        Double given = detector.tolerance();
        double scale = detector.alpha() / total;
        Asked check = new Asked(spec);
        switch (spec.metric()) {
            case ERROR_RATE, SUCCESS_RATE ->
                check.errors = new OddsQuestion(
                        new Strand(scale * ERROR_WEIGHT, ERROR_ODDS_WEIGHTS, new Dispersion(1, 10, 10)),
                        1 + (given == null ? ERROR_TOLERANCE : given),
                        ERROR_ODDS,
                        ERROR_TOLERABLE_SHARE);
            case CUSTOM -> check.custom = custom(scale * CUSTOM_WEIGHT, given, detector.bad());
            case LATENCY_MEAN -> {
                check.shift = new ShiftQuestion(scale * SHIFT_WEIGHT, given);
                check.tails.add(tail(0.1, scale * TAIL_WEIGHT, given));
                check.tails.add(tail(0.01, scale * TAIL_WEIGHT, given));
            }
            case LATENCY_P50 -> check.shift = new ShiftQuestion(scale * SHIFT_WEIGHT, given);
            case LATENCY_P90 -> check.tails.add(tail(0.1, scale * TAIL_WEIGHT, given));
            case LATENCY_P95 -> check.tails.add(tail(0.05, scale * TAIL_WEIGHT, given));
            default -> check.tails.add(tail(0.01, scale * TAIL_WEIGHT, given));
        }
        return check.ready();
    }

    private static Tail tail(double shareAbove, double share, @Nullable Double given) {
        boolean far = shareAbove < 0.05;
        double[] odds = far ? P99_ODDS : P90_ODDS;
        double tolerated = far ? P99_TOLERATED : P90_TOLERATED;
        double widened = given == null ? tolerated : 1 + (tolerated - 1) * given / TAIL_SLOWDOWN;
        Strand strand = new Strand(share, odds.length, new Dispersion(1.2, 10, 30), Strand.MOST_OF_LATENCIES);
        String name = "p" + Math.round((1 - shareAbove) * 100);
        return new Tail(shareAbove, name, new OddsQuestion(strand, widened, odds, 0));
    }

    private static OddsQuestion custom(double share, @Nullable Double given, Side bad) {
        double tolerated = 1 + (given == null ? CUSTOM_TOLERANCE : given);
        double[] odds = CUSTOM_ODDS.clone();
        for (int i = 0; i < odds.length && bad == Side.BELOW; i++) {
            odds[i] = 1 / odds[i];
        }
        Strand strand = new Strand(share, CUSTOM_ODDS_WEIGHTS, new Dispersion(1, 50, 10));
        return new OddsQuestion(strand, bad == Side.BELOW ? 1 / tolerated : tolerated, odds, 0);
    }

    /** Takes the next closed slice. */
    void take(RouteSlice slice) {
        long nanos = slice.endNanos() - slice.startNanos();
        Outcomes canary = slice.canary().counted();
        Outcomes stable = slice.stable().counted();
        begun |= slice.canary().requests() > 0 || !slice.canary().reported().isEmpty();
        breadth.add(slice.canary().failing(), nanos);
        if (begun) {
            double sliceSeconds = nanos / 1e9;
            double spent = SpendingPlan.spent(seconds + sliceSeconds) - SpendingPlan.spent(seconds);
            for (Asked check : asked) {
                take(check, slice, sliceSeconds, spent);
            }
            canaryUsers = canaryUsers.plus(slice.canary().users());
            canaryRequests += canary.requests();
            seconds += sliceSeconds;
        }
        if (asksLatency) {
            // Only after the slice was judged: thresholds come from the past alone.
            boolean moved = stablePast.add(stable.latency(), nanos);
            unrestSeconds = moved ? UNREST_SECONDS : Math.max(0, unrestSeconds - nanos / 1e9);
        }
    }

    private void take(Asked check, RouteSlice slice, double sliceSeconds, double spent) {
        boolean warm = seconds >= check.warmUpSeconds;
        boolean judgesLatency = warm && stablePast.weight() > PAST_NEEDED;
        Outcomes canary = slice.canary().counted();
        Outcomes stable = slice.stable().counted();
        OddsQuestion errors = check.errors;
        if (errors != null) {
            if (warm) {
                errors.take(
                        sliceSeconds, spent, 1, canary.requests(), canary.errors(), stable.requests(), stable.errors());
            } else {
                errors.strand().pass(spent);
            }
        }
        OddsQuestion custom = check.custom;
        if (custom != null && check.spec.custom() != null) {
            String name = check.spec.custom();
            check.trials += slice.canary().reported(name).trials();
            check.reports.add(slice.canary().reported(name), slice.stable().reported(name), sliceSeconds);
            Reported of = check.reports.canary();
            Reported against = check.reports.stable();
            if (warm) {
                custom.take(sliceSeconds, spent, 1, of.trials(), of.hits(), against.trials(), against.hits());
            } else {
                custom.strand().pass(spent);
            }
        }
        LatencyCounts latency = canary.latency();
        ShiftQuestion shift = check.shift;
        if (shift != null) {
            shift.know(canaryUsers.isEmpty() ? canaryRequests : canaryUsers.estimate());
            shift.unrest(unrestSeconds > 0);
            if (judgesLatency) {
                double weight = atMost(SHIFT_REQUESTS_A_SECOND, latency, sliceSeconds);
                shift.take(sliceSeconds, spent, weight, latency, stable.latency(), stablePast);
            } else {
                shift.strand().pass(spent);
                if (seconds >= check.warmUpSeconds / 2 && stablePast.weight() > PAST_NEEDED) {
                    shift.measure(sliceSeconds, latency, stable.latency(), stablePast);
                }
            }
        }
        for (Tail tail : check.tails) {
            if (judgesLatency) {
                int bin = stablePast.binAbove(tail.shareAbove);
                tail.question.take(
                        sliceSeconds,
                        spent,
                        atMost(TAIL_REQUESTS_A_SECOND, latency, sliceSeconds),
                        latency.count(),
                        LatencyPast.countAbove(latency, bin),
                        stable.latency().count(),
                        LatencyPast.countAbove(stable.latency(), bin));
            } else {
                tail.question.strand().pass(spent);
            }
        }
    }

    /** What a slice weighs in which no more requests than that may count. */
    private static double atMost(double requestsPerSecond, LatencyCounts of, double sliceSeconds) {
        return Math.min(1, requestsPerSecond * sliceSeconds / Math.max(1, of.count()));
    }

    /** A check's part of the evidence as it counts: what errors say may be vetoed. */
    private double evidence(Asked check) {
        if (check.errors != null && check.errors.strand().evidence() * 10 > 1 && !breadth.isBroad()) {
            return 0;
        }
        double sum = 0;
        for (Strand strand : check.strands) {
            sum += strand.evidence();
        }
        return sum;
    }

    /** The evidence of all checks together; a breach at 1. */
    double evidence() {
        double sum = 0;
        for (Asked check : asked) {
            sum += evidence(check);
        }
        return sum;
    }

    /** The joint evidence as a multiple of what it would be had no request been seen; see {@link CheckResult#doubt}. */
    double doubt() {
        double unseen = 0;
        for (Asked check : asked) {
            for (Strand strand : check.strands) {
                unseen += strand.share();
            }
        }
        return evidence() / (unseen * SpendingPlan.spent(seconds));
    }

    /**
     * What the check says now.
     *
     * @param which its place among the comparisons
     */
    Judgement judge(int which, SlidingWindow canary, SlidingWindow stable, int minRequests) {
        Asked check = asked.get(which);
        double warmsUpSeconds = Math.max(0, check.warmUpSeconds - seconds);
        return new ComparisonWording(check.spec, canary.whole(), stable.whole(), breadth, warmsUpSeconds)
                .judgement(check.leading().since(), verdict(check, minRequests), evidence(), evidence(check));
    }

    /**
     * For how long that has been going on which gives a check most of its evidence.
     *
     * @param which its place among the comparisons
     */
    double sinceSeconds(int which) {
        return asked.get(which).leading().since().seconds();
    }

    private Verdict verdict(Asked check, int minRequests) {
        if (evidence() >= 1 && leads(check)) {
            return Verdict.BREACH;
        }
        long samples = check.custom == null ? canaryRequests : check.trials;
        return seconds < check.warmUpSeconds || samples < minRequests ? Verdict.INSUFFICIENT : Verdict.HEALTHY;
    }

    private boolean leads(Asked check) {
        double own = evidence(check);
        for (Asked other : asked) {
            if (evidence(other) > own) {
                return false;
            }
        }
        return true;
    }
}
