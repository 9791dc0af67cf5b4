package dev.halftone.server.proxy;

import dev.halftone.bench.Samples;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.server.http1.ResponseHead;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Looking for a service's reports in the head of its answer. */
@State(Scope.Thread)
public class ReportBench {
    private final CustomMetrics metrics = new CustomMetrics("X-Halftone-Metrics", List.of("ad", "click"));
    private final ResponseHead silent = Samples.responseHead();
    private final ResponseHead reporting = reporting();

    private static ResponseHead reporting() {
        ResponseHead head = new ResponseHead(Samples.LIMITS);
        head.read(Samples.buffer("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 100\r\n"
                + "X-Halftone-Metrics: click=1, ad=0\r\n\r\n"));
        return head;
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
