package dev.halftone.core.backtest;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of many generated releases of one kind. The figures do not depend on the order in which they were added. One thread.
 *
 * <p>A rollback before the onset, or of a release that nothing ails, is a false one; such a run says nothing about how fast the
 * regression is found and is left out there.
 */
public final class Trials {
    private static final double DAY_SECONDS = 86_400;
    private static final double MISSED_CHANCE = 0.05;

    private final String label;
    private final boolean bad;
    private final int seconds;
    private final Sample delays = new Sample();
    private final Sample falseAt = new Sample();
    private final Sample struck = new Sample();
    private final Sample users = new Sample();
    private final TreeMap<String, Integer> checks = new TreeMap<>();
    private double harmlessSeconds;
    private int runs;

    /**
     * @param label what befell them
     * @param bad whether they should be rolled back
     * @param seconds how long each was watched, from its start
     */
    public Trials(String label, boolean bad, int seconds) {
        this.label = label;
        this.bad = bad;
        this.seconds = seconds;
    }

    public void add(Simulation.Result result) {
        runs++;
        Replay.Breach breach = result.breach();
        double end = breach == null ? seconds : breach.atNanos() / 1e9;
        harmlessSeconds += bad ? Math.min(end, result.onset()) : end;
        if (breach != null) {
            checks.merge(breach.result().check(), 1, Integer::sum);
        }
        if (breach != null && (!bad || end < result.onset())) {
            falseAt.add(end);
            return;
        }
        if (!bad) {
            return;
        }
        delays.add(breach == null ? Double.POSITIVE_INFINITY : end - result.onset());
        struck.add((double) result.struck());
        users.add((double) result.struckUsers());
    }

    public String label() {
        return label;
    }

    /** Whether these releases should be rolled back. */
    public boolean isBad() {
        return bad;
    }

    public int runs() {
        return runs;
    }

    /** Rollbacks that had no reason. */
    public int falseRollbacks() {
        return falseAt.size();
    }

    /** When they came, seconds since the release began, in order. */
    public double[] falseSeconds() {
        return falseAt.sorted();
    }

    /** How long releases were watched while nothing ailed them, in all. */
    public double harmlessDays() {
        return harmlessSeconds / DAY_SECONDS;
    }

    /** Runs that count for how fast the regression is found: all but those that were rolled back falsely. */
    public int judged() {
        return delays.size();
    }

    /** Of them, those in which it was found. */
    public int found() {
        return delays.finite();
    }

    /** Seconds from the onset to each rollback that had its reason, in order. */
    public double[] delaysSeconds() {
        return Arrays.copyOf(delays.sorted(), found());
    }

    /**
     * Within how many seconds after the onset this share of the runs was rolled back.
     *
     * @param share above 0, at most 1
     * @return infinite if fewer were; NaN without runs
     */
    public double delaySeconds(double share) {
        return delays.quantile(share);
    }

    /** How many requests the regression struck at most in this share of the runs; NaN without runs. */
    public double struckRequests(double share) {
        return struck.quantile(share);
    }

    /** How many users it struck at most in this share of the runs; NaN without runs. */
    public double struckUsers(double share) {
        return users.quantile(share);
    }

    /** How often each check rolled back, by name. */
    public Map<String, Integer> checks() {
        return Collections.unmodifiableMap(checks);
    }

    /**
     * The rate at or above which so few false rollbacks as were seen would be a chance of one in twenty (the one-sided 95 % limit
     * of a Poisson rate).
     *
     * @param rollbacks how many were seen
     * @param days in how many days, above 0
     * @return a day
     */
    public static double highestRate(int rollbacks, double days) {
        double low = rollbacks;
        double high = 2 * rollbacks + 10;
        while (high - low > 1e-9 * high) {
            double mean = (low + high) / 2;
            if (atMost(rollbacks, mean) > MISSED_CHANCE) {
                low = mean;
            } else {
                high = mean;
            }
        }
        return high / days;
    }

    private static double atMost(int count, double mean) {
        double logTerm = -mean;
        double sum = Math.exp(logTerm);
        for (int i = 1; i <= count; i++) {
            logTerm += Math.log(mean / i);
            sum += Math.exp(logTerm);
        }
        return sum;
    }
}
