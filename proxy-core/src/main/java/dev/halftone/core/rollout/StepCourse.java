package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.rollout.Progress.AtGate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Steps that were written down, by hand or by a preset's name. A step is passed when its hold is over, its samples are there and
 * every check is healthy; a gate when it is open. After the last step the release is promoted.
 *
 * @param steps at least one
 */
public record StepCourse(List<Step> steps) implements Course {
    /** The gate before a blue-green switch. */
    public static final String SMOKE = "smoke";

    public StepCourse {
        steps = List.copyOf(steps);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("no steps (expected: at least one)");
        }
    }

    /**
     * Blue-green: from nobody to everybody with the next request, watched, then promoted.
     *
     * @param smoke whether requests of our own must pass first
     */
    public static StepCourse blueGreen(boolean smoke, Duration watch, long minRequests) {
        Step everybody = new Step.At(Ratio.ALL, watch, minRequests);
        return new StepCourse(smoke ? List.of(new Step.Gate(SMOKE), everybody) : List.of(everybody));
    }

    @Override
    public Move next(Progress at, Ratio inForce, Evidence seen, long nowMillis) {
        if (at.step() < 0) {
            return enter(0, "the plan begins");
        }
        String waitsFor = at.step() < steps.size() ? waitsFor(at, seen, nowMillis) : "";
        return waitsFor.isEmpty()
                ? enter(at.step() + 1, passed(at, seen, nowMillis))
                : new Move.Stay(name(at.step()) + " " + waitsFor);
    }

    private Move enter(int place, String why) {
        if (place >= steps.size()) {
            return new Move.Finish(why);
        }
        if (steps.get(place) instanceof Step.Gate gate) {
            return new Move.Wait(place, gate.name(), why);
        }
        return new Move.Enter(place, ((Step.At) steps.get(place)).ratio(), why);
    }

    /** What the step in force still lacks; empty if nothing. */
    private String waitsFor(Progress at, Evidence seen, long nowMillis) {
        if (steps.get(at.step()) instanceof Step.At held) {
            return waitsFor(held, at, seen, nowMillis);
        }
        AtGate gate = at.gate();
        if (gate != null && gate.open()) {
            return "";
        }
        String name = ((Step.Gate) steps.get(at.step())).name();
        String said = gate == null || gate.why().isEmpty() ? "" : ": " + gate.why();
        return name.equals(Step.OPERATOR) ? "waits for an operator's resume" : "waits for " + name + said;
    }

    private static String waitsFor(Step.At held, Progress at, Evidence seen, long nowMillis) {
        long endMillis = at.sinceMillis() + held.hold().toMillis();
        if (nowMillis < endMillis) {
            return "holds " + held.ratio() + " % until "
                    + Instant.ofEpochMilli(endMillis).truncatedTo(ChronoUnit.SECONDS);
        }
        if (seen.stepRequests() < held.minRequests()) {
            return "has " + seen.stepRequests() + " of " + held.minRequests() + " canary requests";
        }
        return seen.verdict() == Verdict.HEALTHY ? "" : "waits: " + seen.why();
    }

    private String passed(Progress at, Evidence seen, long nowMillis) {
        if (at.step() < steps.size() && steps.get(at.step()) instanceof Step.Gate gate) {
            return "gate " + gate.name() + " is open";
        }
        return name(at.step()) + " was healthy for " + (nowMillis - at.sinceMillis()) / 1000 + " s with "
                + seen.stepRequests() + " canary requests";
    }

    private String name(int place) {
        return "step " + (place + 1) + " of " + steps.size();
    }

    @Override
    public int size() {
        return steps.size();
    }

    @Override
    public int placeOf(Ratio inForce) {
        int place = -1;
        for (int i = 0; i < steps.size(); i++) {
            boolean isReached = steps.get(i) instanceof Step.At at && at.ratio().compareTo(inForce) <= 0;
            place = isReached ? i : place;
        }
        return place;
    }

    @Override
    public Ratio ratioAt(int place, Ratio inForce) {
        return place >= 0 && steps.get(place) instanceof Step.At at ? at.ratio() : inForce;
    }

    @Override
    public String words() {
        return steps.stream().map(StepCourse::words).collect(Collectors.joining(", "));
    }

    private static String words(Step step) {
        return step instanceof Step.At at
                ? at.ratio() + " % for " + at.hold() + " and " + at.minRequests() + " requests"
                : "gate " + ((Step.Gate) step).name();
    }
}
