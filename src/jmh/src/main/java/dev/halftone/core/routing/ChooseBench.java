package dev.halftone.core.routing;

import dev.halftone.bench.Samples;
import dev.halftone.server.http1.RequestHead;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The whole decision for a head that has been read: route, user key, bucket, version. */
@State(Scope.Thread)
public class ChooseBench {
    @Param({"1", "10000"})
    public int routes;

    private RoutingTable table = Samples.table(1);
    private RequestHead[] heads = Samples.requestHeads(1);
    private int next;

    /** As an event loop has one. */
    private final UserPosition user = new UserPosition();

    @Setup
    public void configure() {
        table = Samples.table(routes);
        heads = Samples.requestHeads(routes);
        if (table.choose(heads[0]) == null) {
            throw new IllegalStateException("no route for the sample requests");
        }
    }

    @Benchmark
    public @Nullable Choice choose() {
        return table.choose(heads[next++ & (Samples.USERS - 1)], user);
    }
}
