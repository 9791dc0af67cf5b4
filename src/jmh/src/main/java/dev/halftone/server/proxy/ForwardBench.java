package dev.halftone.server.proxy;

import dev.halftone.bench.Samples;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.LoopBuffer;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.http1.ResponseHead;
import dev.halftone.server.tracing.Sampling;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Writing the head that goes on, for a head that has been read and a choice that was made. */
@State(Scope.Thread)
public class ForwardBench {
    private final RequestForwarding forwarding = new RequestForwarding(new SplittableRandom(42), Sampling.NEVER);
    private final ClientConnection client = new ClientConnection(InetAddress.getLoopbackAddress(), List.of());
    private final HeadBuffer out = new HeadBuffer(new LoopBuffer(8192));
    private final RequestHead[] heads = Samples.requestHeads(1);
    private final Choice[] choices = new Choice[Samples.USERS];
    private final RequestId id = new RequestId(heads[0]);
    private final ResponseHead response = Samples.responseHead();
    private int next;

    public ForwardBench() {
        forwarding.identify(id);
        RoutingTable table = Samples.table(1);
        for (int user = 0; user < Samples.USERS; user++) {
            choices[user] = Objects.requireNonNull(table.choose(heads[user]));
        }
    }

    @Benchmark
    public HeadBuffer forwardRequest() {
        int user = next++ & (Samples.USERS - 1);
        forwarding.write(heads[user], choices[user], client, id, out);
        return out;
    }

    @Benchmark
    public HeadBuffer forwardResponse() {
        ResponseForwarding.write(response, choices[0], out);
        return out.end();
    }

    /** The identifier of a request that brings none. */
    @Benchmark
    public RequestId requestId() {
        forwarding.identify(id);
        return id;
    }
}
