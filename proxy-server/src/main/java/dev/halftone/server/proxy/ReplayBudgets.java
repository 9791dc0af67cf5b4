package dev.halftone.server.proxy;

import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.Route;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The budgets of one event loop: one for each route that sends anything again. Event loop only. */
final class ReplayBudgets {
    private @Nullable ReplayBudget[] byRoute = new ReplayBudget[0];

    /** A request of this route has come. */
    void requested(Route route, long nowNanos) {
        if (replays(route)) {
            of(route, nowNanos).requested(nowNanos);
        }
    }

    private static boolean replays(Route route) {
        Gray gray = route.gray();
        return route.forwarding().retries() != null
                || (gray != null && gray.net().rescue() != null);
    }

    ReplayBudget of(Route route, long nowNanos) {
        int id = route.id();
        if (id >= byRoute.length) {
            byRoute = Arrays.copyOf(byRoute, id + 16);
        }
        ReplayBudget budget = byRoute[id];
        if (budget == null) {
            budget = new ReplayBudget(nowNanos);
            byRoute[id] = budget;
        }
        return budget;
    }
}
