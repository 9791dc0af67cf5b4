package dev.halftone.server.proxy;

import dev.halftone.core.Version;
import dev.halftone.core.endpoint.Balancer;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Sides;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.Upstream.LoadBalancing;
import dev.halftone.server.proxy.UpstreamPool.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Who serves which version while a rolling release parts an upstream. A side of which nobody serves is served by the other: some
 * answer is better than none. Another route of the same upstream gets both. Event loop only.
 */
final class SideBalancers {
    private final int routeId;
    private final Sides sides;
    private final Balancer<Target> both;
    private final Balancer<Target> stable;
    private final Balancer<Target> canary;
    private final boolean isStableServed;
    private final boolean isCanaryServed;

    /** @param candidates those that serve, at least one, without the one that is out */
    SideBalancers(int routeId, Sides sides, LoadBalancing kind, List<Target> candidates, SplittableRandom random) {
        this.routeId = routeId;
        this.sides = sides;
        List<Target> updated = new ArrayList<>();
        List<Target> others = new ArrayList<>();
        for (Target candidate : candidates) {
            (sides.updated().contains(candidate.endpoint()) ? updated : others).add(candidate);
        }
        both = Balancer.of(kind, candidates, random);
        isStableServed = !others.isEmpty();
        isCanaryServed = !updated.isEmpty();
        stable = isStableServed ? Balancer.of(kind, others, random) : both;
        canary = isCanaryServed ? Balancer.of(kind, updated, random) : both;
    }

    Balancer<Target> of(Choice choice) {
        if (choice.route().id() != routeId) {
            return both;
        }
        return choice.version() == Version.CANARY ? canary : stable;
    }

    /** Whether a request may have a connection to this endpoint. */
    boolean mayServe(Choice choice, Target target) {
        if (choice.route().id() != routeId) {
            return true;
        }
        boolean isCanary = choice.version() == Version.CANARY;
        boolean isServed = isCanary ? isCanaryServed : isStableServed;
        return !isServed || sides.updated().contains(target.endpoint()) == isCanary;
    }

    /** Whether this endpoint gets no new exchange. */
    static boolean isOut(@Nullable Sides sides, Endpoint endpoint) {
        return sides != null && endpoint.equals(sides.out());
    }
}
