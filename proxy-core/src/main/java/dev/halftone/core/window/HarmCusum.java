package dev.halftone.core.window;

/**
 * A cumulative sum for disaster (Page 1954): has the canary begun to fail outright? Each run of outcomes that is worse than good
 * adds to two sums of log likelihood ratios, one for the bad share and one for nine tenths; each good outcome takes away; below
 * nothing they start anew. It trips when a sum passes a threshold that grows with the logarithm of what was counted.
 *
 * <p>What is good is not fixed: where stable fails too over the same time, its share takes the place of the configured one, and
 * the sums are reckoned anew from there, so that an incident of both is nobody's fault; twice its share among its last 2000
 * requests does so too, as a run is picked for going badly. And at least {@value #LEAST_USERS}
 * different users, or as many as were asked for, must have failed since the sum was last at nothing.
 *
 * <p>Guarantee, for independent outcomes of which at most {@code good} fail, with threshold h: the chance that it ever trips
 * within n counted outcomes is at most {@code 2·e^-h·1000·ln(1+n/1000)}; with the default h of 13.8 that is 1.4 % in a million.
 * It follows from Wald's bound e^-h for each outcome at which a run may begin. Mutable, guarded by its owner.
 */
public final class HarmCusum {
    public static final int LEAST_USERS = 4;
    /** So many requests of the canary without one of stable mean that stable has no traffic. */
    private static final int ALONE = 100;

    private static final double OUTRIGHT = 0.9;
    private static final double BAD_OVER_GOOD = 3;
    private static final double CALM = 1000;
    /** So many requests of stable are remembered, the older the less. */
    private static final double RECENT = 2000;
    /** A run is picked because the canary did worse in it than stable, so stable's share is taken with a margin. */
    private static final double RECENT_MARGIN = 2;

    private final Limits limits;
    private final Run bad;
    private final Run outright;
    private long counted;
    private long alone;
    private double recentStable;
    private double recentStableErrors;

    /**
     * @param good share of errors that is well
     * @param bad share that is not
     * @param threshold evidence in nats
     * @param leastUsers different users that must have failed, 1..1000
     */
    public record Limits(double good, double bad, double threshold, int leastUsers) {
        public Limits(double good, double bad, double threshold) {
            this(good, bad, threshold, LEAST_USERS);
        }
    }

    /** What came since the sum was last at nothing. */
    private static final class Run {
        private double sum;
        private long requests;
        private long errors;
        private long stableRequests;
        private long stableErrors;
        private final long[] users;
        private int userCount;

        Run(int leastUsers) {
            users = new long[leastUsers];
        }

        void add(double evidence, long newRequests, long newErrors, long newStable, long newStableErrors) {
            sum += evidence;
            requests += newRequests;
            errors += newErrors;
            stableRequests += newStable;
            stableErrors += newStableErrors;
            if (sum <= 0) {
                sum = 0;
                requests = 0;
                errors = 0;
                stableRequests = 0;
                stableErrors = 0;
                userCount = 0;
            }
        }

        void failed(long user) {
            for (int i = 0; i < userCount; i++) {
                if (users[i] == user) {
                    return;
                }
            }
            if (userCount < users.length) {
                users[userCount++] = user;
            }
        }
    }

    public HarmCusum(Limits limits) {
        this.limits = limits;
        bad = new Run(limits.leastUsers());
        outright = new Run(limits.leastUsers());
    }

    /**
     * Takes outcomes whose order is not known, or that are all alike.
     *
     * @param requests counted requests of the canary
     * @param errors of them
     */
    public void take(long requests, long errors, long stableRequests, long stableErrors) {
        counted += requests;
        alone = stableRequests > 0 ? 0 : alone + requests;
        double kept = Math.exp(-stableRequests / RECENT);
        recentStable = recentStable * kept + stableRequests;
        recentStableErrors = recentStableErrors * kept + stableErrors;
        long known = Math.min(errors, requests);
        bad.add(evidence(limits.bad(), limits.good(), requests, known), requests, known, stableRequests, stableErrors);
        outright.add(
                evidence(Math.max(OUTRIGHT, limits.bad()), limits.good(), requests, known),
                requests,
                known,
                stableRequests,
                stableErrors);
    }

    /** Whose request failed, of those just taken. */
    public void failedUser(long user) {
        bad.failed(user);
        outright.failed(user);
    }

    /** What a trip is based on, or null while there is none. */
    public RouteSlice.@org.jspecify.annotations.Nullable Trip trip() {
        double needed = limits.threshold() + Math.log1p(counted / CALM);
        Run run = tripped(outright, Math.max(OUTRIGHT, limits.bad()), needed)
                ? outright
                : tripped(bad, limits.bad(), needed) ? bad : null;
        return run == null ? null : new RouteSlice.Trip(run.requests, run.errors, run.stableRequests, run.stableErrors);
    }

    private boolean tripped(Run run, double alternative, double needed) {
        if (run.sum < needed || run.userCount < limits.leastUsers()) {
            return false;
        }
        if (alone >= ALONE) {
            return true;
        }
        // Stable's share over the same time, from above where little is known of it.
        double stable = (run.stableErrors + 1.0) / (run.stableRequests + 2.0);
        double recently = (recentStableErrors + 1) / (recentStable + 2);
        double good = Math.max(limits.good(), Math.max(stable, RECENT_MARGIN * recently));
        double worse = Math.max(alternative, BAD_OVER_GOOD * good);
        return worse < 1 && evidence(worse, good, run.requests, run.errors) >= needed;
    }

    /** Evidence so far, in nats, and what it takes. */
    public double evidence() {
        return Math.max(bad.sum, outright.sum);
    }

    public double needed() {
        return limits.threshold() + Math.log1p(counted / CALM);
    }

    private static double evidence(double bad, double good, long requests, long errors) {
        return errors * Math.log(bad / good) + (requests - errors) * Math.log((1 - bad) / (1 - good));
    }
}
