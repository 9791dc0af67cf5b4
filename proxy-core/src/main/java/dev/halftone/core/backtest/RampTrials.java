package dev.halftone.core.backtest;

import dev.halftone.core.Ratio;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of many generated releases along one ramp. The figures do not depend on the order in which they were added. One thread.
 *
 * <p>A good release that is stopped is stopped falsely, and so is a bad one before its onset; such a run says nothing of how fast
 * the regression is found and whom it harms, and is left out there. Harm is counted until a release ends, not after its promotion.
 */
public final class RampTrials {
    private final String ramp;
    private final boolean bad;
    private final Sample everybodySeconds = new Sample();
    private final Sample stopSeconds = new Sample();
    private final Sample failed = new Sample();
    private final Sample struck = new Sample();
    private final Sample struckUsers = new Sample();
    private final Sample met = new Sample();
    private final TreeMap<String, Integer> checks = new TreeMap<>();
    private final List<List<RampRun.Change>> changes = new ArrayList<>();
    private int runs;
    private int promoted;
    private int stopped;
    private int falseStops;

    /**
     * @param ramp its name
     * @param bad whether these releases should be rolled back
     */
    public RampTrials(String ramp, boolean bad) {
        this.ramp = ramp;
        this.bad = bad;
    }

    public void add(RampRun.Result result) {
        runs++;
        promoted += result.isPromoted() ? 1 : 0;
        stopped += result.isStopped() ? 1 : 0;
        changes.add(result.changes());
        double everybody = result.everybodySeconds();
        if (Double.isFinite(everybody) || !result.isStopped()) {
            everybodySeconds.add(everybody);
        }
        if (!result.check().isEmpty()) {
            checks.merge(result.check(), 1, Integer::sum);
        }
        if (result.isStopped() && (!bad || result.endSeconds() < result.onset())) {
            falseStops++;
        } else if (bad) {
            stopSeconds.add(result.isStopped() ? result.endSeconds() - result.onset() : Double.POSITIVE_INFINITY);
            failed.add((double) result.failed());
            struck.add((double) result.struck());
            struckUsers.add((double) result.struckUsers());
            met.add((double) result.met());
        }
    }

    /** Takes over what came of other releases along the same ramp. */
    public void addAll(RampTrials other) {
        runs += other.runs;
        promoted += other.promoted;
        stopped += other.stopped;
        falseStops += other.falseStops;
        changes.addAll(other.changes);
        other.checks.forEach((check, count) -> checks.merge(check, count, Integer::sum));
        everybodySeconds.addAll(other.everybodySeconds);
        stopSeconds.addAll(other.stopSeconds);
        failed.addAll(other.failed);
        struck.addAll(other.struck);
        struckUsers.addAll(other.struckUsers);
        met.addAll(other.met);
    }

    /** The ramp's name. */
    public String ramp() {
        return ramp;
    }

    /** Whether these releases should be rolled back. */
    public boolean isBad() {
        return bad;
    }

    public int runs() {
        return runs;
    }

    public int promoted() {
        return promoted;
    }

    /** Rolled back, or paused where the route wants that of a breach. */
    public int stopped() {
        return stopped;
    }

    /** Those that were stopped for no reason. */
    public int falseStops() {
        return falseStops;
    }

    /** From the beginning until everybody is on it; without those that were stopped before, infinite for those still on the way. */
    public Sample everybodySeconds() {
        return everybodySeconds;
    }

    /** From the onset to the stop, of bad releases; infinite for those that were not stopped. */
    public Sample stopSeconds() {
        return stopSeconds;
    }

    /** Requests of the bad version that failed. */
    public Sample failed() {
        return failed;
    }

    /** Requests that would have been well without the regression, see {@link Simulation.Result}. */
    public Sample struck() {
        return struck;
    }

    /** Users who sent them. */
    public Sample struckUsers() {
        return struckUsers;
    }

    /** Requests that the bad version answered. */
    public Sample met() {
        return met;
    }

    /** How often each check stopped one, by name. */
    public Map<String, Integer> checks() {
        return Collections.unmodifiableMap(checks);
    }

    /** The ratio that half of the releases have at most, whenever it changes; those that were rolled back have none. */
    public List<RampRun.Change> course() {
        List<Turn> turns = new ArrayList<>();
        for (int run = 0; run < changes.size(); run++) {
            for (RampRun.Change change : changes.get(run)) {
                turns.add(new Turn(change.atSeconds(), run, change.ratio().hundredths()));
            }
        }
        turns.sort(Comparator.comparingDouble(Turn::atSeconds));
        int[] inForce = new int[runs];
        int[] runsAt = new int[Ratio.ALL.hundredths() + 1];
        runsAt[0] = runs;
        List<RampRun.Change> course = new ArrayList<>();
        int median = 0;
        for (int i = 0; i < turns.size(); i++) {
            Turn turn = turns.get(i);
            runsAt[inForce[turn.run]]--;
            inForce[turn.run] = turn.hundredths;
            runsAt[turn.hundredths]++;
            boolean isLast = i + 1 == turns.size() || turns.get(i + 1).atSeconds > turn.atSeconds;
            int now = isLast ? median(runsAt) : median;
            if (now != median) {
                course.add(new RampRun.Change(turn.atSeconds, new Ratio(now)));
                median = now;
            }
        }
        return course;
    }

    private record Turn(double atSeconds, int run, int hundredths) {}

    private int median(int[] runsAt) {
        int below = 0;
        int hundredths = -1;
        while (2 * below < runs) {
            hundredths++;
            below += runsAt[hundredths];
        }
        return hundredths;
    }
}
