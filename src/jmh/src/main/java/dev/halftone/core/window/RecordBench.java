package dev.halftone.core.window;

import dev.halftone.bench.Samples;
import dev.halftone.core.Outcome;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.server.http1.RequestHead;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counting one outcome: both versions, latencies of 0.1 to 6 ms. */
@State(Scope.Thread)
public class RecordBench {
    private static final long LATENCY_STEP_NANOS = 93_001;

    private final OutcomeShard shard = new OutcomeWindow().newShard();
    private final Choice[] choices = new Choice[Samples.USERS];
    private int next;

    public RecordBench() {
        RoutingTable table = Samples.table(1);
        RequestHead[] heads = Samples.requestHeads(1);
        for (int user = 0; user < Samples.USERS; user++) {
            choices[user] = Objects.requireNonNull(table.choose(heads[user]));
        }
    }

    @Benchmark
    public void record() {
        int user = next++ & (Samples.USERS - 1);
        shard.record(choices[user], Outcome.SUCCESS, 200, (user + 1) * LATENCY_STEP_NANOS);
    }
}
