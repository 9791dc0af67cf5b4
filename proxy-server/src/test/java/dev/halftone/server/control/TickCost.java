package dev.halftone.server.control;

import com.sun.management.ThreadMXBean;
import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Reason;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.Settings;
import dev.halftone.server.store.EmbeddedStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;

/**
 * Prints what one tick of the control thread costs for each route, with everything that it does each second: slices, checks,
 * status. Arguments: routes in all, of which busy, requests a second of each busy one, {@code default} or {@code one} check.
 * Not a test.
 */
final class TickCost {
    private static final int WARM_SECONDS = 90;
    private static final int MEASURED_SECONDS = 20;

    private TickCost() {}

    public static void main(String[] args) throws IOException {
        int routes = Integer.parseInt(args[0]);
        int busy = Integer.parseInt(args[1]);
        int requests = Integer.parseInt(args[2]);
        boolean one = args[3].equals("one");
        Path folder = Files.createTempDirectory("tick");
        OutcomeWindow window = new OutcomeWindow();
        OutcomeShard[] shards = {window.newShard(), window.newShard()};
        ActiveRouting routing = new ActiveRouting(new RoutingTable(List.of()));
        try (EmbeddedStore store = EmbeddedStore.open(folder)) {
            Controller controller = new Controller(routing, window, store, OutsideGates.NONE);
            controller.configure(settings(routes, one), 1);
            ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            Random random = new Random(1);
            long nanos = 0;
            long bytes = 0;
            for (int second = 1; second <= WARM_SECONDS + MEASURED_SECONDS; second++) {
                load(routing, shards, busy, requests, random, second * 1_000_000_000L);
                long bytesBefore = thread.getCurrentThreadAllocatedBytes();
                long before = thread.getCurrentThreadCpuTime();
                controller.tick(second * 1_000_000_000L, second * 1000L);
                if (second > WARM_SECONDS) {
                    nanos += thread.getCurrentThreadCpuTime() - before;
                    bytes += thread.getCurrentThreadAllocatedBytes() - bytesBefore;
                }
            }
            System.gc();
            Runtime heap = Runtime.getRuntime();
            System.out.printf(
                    Locale.ROOT,
                    "%d routes, %d of them busy with %d requests/s: a tick %.1f ms, %.0f KB; for each route %.2f us, %.2f KB; heap"
                            + " %.1f KB for each%n",
                    routes,
                    busy,
                    requests,
                    nanos / 1e6 / MEASURED_SECONDS,
                    bytes / 1e3 / MEASURED_SECONDS,
                    nanos / 1e3 / MEASURED_SECONDS / routes,
                    bytes / 1e3 / MEASURED_SECONDS / routes,
                    (heap.totalMemory() - heap.freeMemory()) / 1e3 / routes);
        }
    }

    private static void load(
            ActiveRouting routing, OutcomeShard[] shards, int busy, int requests, Random random, long nowNanos) {
        for (int i = 0; i < busy; i++) {
            Route route = Objects.requireNonNull(routing.get().route("r" + i));
            Choice stable = new Choice(route, Version.STABLE, Reason.RATIO, null, true);
            Choice canary = new Choice(route, Version.CANARY, Reason.RATIO, null, true);
            for (int k = 0; k < requests; k++) {
                Choice choice = k % 10 == 0 ? canary : stable;
                OutcomeShard shard = shards[random.nextInt(shards.length)];
                long ticket = shard.admit(choice, true, random.nextLong(), nowNanos);
                long latency = (long) (2e6 * Math.exp(0.5 * random.nextGaussian()));
                shard.record(choice, ticket, Outcome.SUCCESS, 200, latency);
            }
        }
    }

    private static Settings settings(int routes, boolean one) {
        String checks = one ? ", checks: [{name: errors, metric: errorRate, detector: threshold, max: 50%}]" : "";
        StringBuilder yaml = new StringBuilder("""
                version: 1
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                """);
        for (int i = 0; i < routes; i++) {
            yaml.append(String.format(
                    Locale.ROOT,
                    "  - {name: r%d, match: {hosts: [r%d.test]}, stable: v1, canary: {upstream: v2, release: v2, userKey: [{cookie: u}],"
                            + " ratio: 10, analysis: {onBreach: alert%s}}}%n",
                    i,
                    i,
                    checks));
        }
        return ((ConfigLoader.Result.Loaded) ConfigLoader.parse("t.yaml", yaml.toString())).settings();
    }
}
