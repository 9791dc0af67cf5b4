package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.CheckResult.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Instance by instance of one upstream. A step is one instance: it is taken out of service, changed, put back with the users that its
 * weight is worth, and judged as any step is. Before the last one is taken out everybody is on those that are done. What is done to
 * an instance is {@link Rolling}'s.
 *
 * @param instances of the upstream, at least two, in the order in which they are updated
 * @param hold how long the updated ones are judged before the next is taken out
 * @param watch the same after the last one; then promoted
 * @param minRequests counted requests of the updated instances that a step takes
 */
public record RollingCourse(List<Instance> instances, Duration hold, Duration watch, long minRequests)
        implements Course {

    public RollingCourse {
        instances = List.copyOf(instances);
        if (instances.size() < 2) {
            throw new IllegalArgumentException(
                    instances.size() + " instances (expected: at least two, so that one serves while one is out)");
        }
    }

    /** @param name as host:port, once in the upstream */
    public record Instance(String name, int weight) {}

    List<String> names() {
        return instances.stream().map(Instance::name).toList();
    }

    @Override
    public Move next(Progress at, Ratio inForce, Evidence seen, long nowMillis) {
        return next(Fleet.start("", instances.size()), at, inForce, seen, nowMillis);
    }

    /** What comes next with the instances as they are. */
    Move next(Fleet fleet, Progress at, Ratio inForce, Evidence seen, long nowMillis) {
        if (fleet.undoing()) {
            return new Move.Stay("waits until release " + fleet.release() + " is undone; " + Rolling.undoing(fleet));
        }
        Fleet.Turn turn = fleet.turn();
        if (turn != null) {
            return new Move.Stay(turn.words() + "; " + (fleet.updated().size() + 1) + " of " + instances.size());
        }
        int done = (int) instances.stream()
                .filter(instance -> fleet.updated().contains(instance.name()))
                .count();
        Ratio share = fleet.share(instances);
        if (!inForce.equals(share)) {
            return new Move.Enter(at.step(), share, done + " of " + instances.size() + " instances are updated");
        }
        String lacks = done == 0 ? "" : lacks(done, at, seen, nowMillis);
        if (!lacks.isEmpty()) {
            return new Move.Stay(done + " of " + instances.size() + " instances are updated; " + lacks);
        }
        return done == instances.size()
                ? new Move.Finish("all " + done + " instances were updated and well")
                : takeOut(fleet, done, share);
    }

    private Move takeOut(Fleet fleet, int done, Ratio share) {
        Instance next = instances.stream()
                .filter(instance -> !fleet.updated().contains(instance.name()))
                .findFirst()
                .orElseThrow();
        boolean isLast = done == instances.size() - 1;
        Ratio after = fleet.putBack(new Fleet.Turn(next.name(), false, Fleet.Stage.HEALTH, 0, ""))
                .share(instances);
        return new Move.TakeOut(
                done,
                next.name(),
                isLast ? Ratio.ALL : share,
                after,
                "updating " + next.name() + ", " + (done + 1) + " of " + instances.size());
    }

    /** What the step in force still lacks; empty if nothing. */
    private String lacks(int done, Progress at, Evidence seen, long nowMillis) {
        Duration time = done == instances.size() ? watch : hold;
        long endMillis = at.sinceMillis() + time.toMillis();
        if (nowMillis < endMillis) {
            return "holds until " + Instant.ofEpochMilli(endMillis).truncatedTo(ChronoUnit.SECONDS);
        }
        if (seen.stepRequests() < minRequests) {
            return "has " + seen.stepRequests() + " of " + minRequests + " requests to them";
        }
        return seen.verdict() == Verdict.HEALTHY ? "" : "waits: " + seen.why();
    }

    @Override
    public int size() {
        return instances.size();
    }

    @Override
    public int placeOf(Ratio inForce) {
        long all = instances.stream().mapToLong(Instance::weight).sum();
        long sum = 0;
        int place = -1;
        for (int i = 0; i < instances.size(); i++) {
            sum += instances.get(i).weight();
            place = sum * Ratio.ALL.hundredths() / all <= inForce.hundredths() ? i : place;
        }
        return place;
    }

    @Override
    public Ratio ratioAt(int place, Ratio inForce) {
        return inForce;
    }

    /** Without the instances: one that is added or taken away does not make it another course. */
    @Override
    public String words() {
        return "instance by instance, each held for " + hold + " and " + minRequests + " requests, all for " + watch;
    }
}
