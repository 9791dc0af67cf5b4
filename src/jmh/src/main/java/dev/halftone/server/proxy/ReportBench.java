package dev.halftone.server.proxy;

import dev.halftone.bench.Samples;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.LoopBuffer;
import dev.halftone.server.http1.ResponseHead;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Looking for a service's reports in the head of its answer. */
@State(Scope.Thread)
public class ReportBench {
    private final CustomMetrics metrics = new CustomMetrics("X-Halftone-Metrics", List.of("ad", "click"));
    private final HeadBuffer out = new HeadBuffer(new LoopBuffer(8192));
    private final Choice choice = choice();
    private final ResponseHead silent = Samples.responseHead();
    private final ResponseHead reporting = reporting();

    private static Choice choice() {
        RoutingTable table = Samples.table(1);
        Choice plain = Objects.requireNonNull(table.choose(Samples.requestHeads(1)[0]));
        Route route = plain.route();
        Forwarding forwarding = new Forwarding(
                false,
                Duration.ZERO,
                Duration.ZERO,
                null,
                null,
                Forwarding.HeaderEdits.NONE,
                new Forwarding.HeaderEdits(Map.of(), List.of("X-Metrics")),
                new CustomMetrics("X-Metrics", List.of("click")));
        return new Choice(
                new Route(route.id(), route.name(), route.match(), route.stable(), route.gray(), forwarding),
                plain.version(),
                plain.reason(),
                null,
                true);
    }

    private static ResponseHead reporting() {
        ResponseHead head = new ResponseHead(Samples.LIMITS);
        head.read(Samples.buffer("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 100\r\n"
                + "X-Halftone-Metrics: click=1, ad=0\r\n\r\n"));
        return head;
    }

    /** The head that the client sees, of a route whose header of reports is not one of ours: it is looked for again. */
    @Benchmark
    public HeadBuffer forwardWithout() {
        ResponseForwarding.write(silent, choice, out);
        return out.end();
    }

    @Benchmark
    public long headerAbsent() {
        return ReportHeader.read(silent, metrics);
    }

    @Benchmark
    public long headerPresent() {
        return ReportHeader.read(reporting, metrics);
    }
}
