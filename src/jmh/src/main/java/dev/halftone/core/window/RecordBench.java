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

/**
 * Counting one outcome: both versions, latencies of 0.1 to 6 ms. Alone, and with what decides whether it counts for the checks: users who
 * come again, and so many that each comes for the first time in ten seconds; one in fifty fails.
 */
@State(Scope.Thread)
public class RecordBench {
    private static final long LATENCY_STEP_NANOS = 93_001;

    private static final long GAP_NANOS = 100_000;
    private static final int FAILED_ONE_IN = 50;
    private static final int MANY = 1 << 17;
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

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

    @Benchmark
    public void admitAndRecord() {
        count(next++ & (Samples.USERS - 1));
    }

    @Benchmark
    public void admitAndRecordManyUsers() {
        count(next++ & (MANY - 1));
    }

    private void count(int user) {
        Choice choice = choices[user & (Samples.USERS - 1)];
        long ticket = shard.admit(choice, true, user * SPREAD, next * GAP_NANOS);
        Outcome outcome = next % FAILED_ONE_IN == 0 ? Outcome.ERROR : Outcome.SUCCESS;
        shard.record(choice, ticket, outcome, 200, ((user & (Samples.USERS - 1)) + 1) * LATENCY_STEP_NANOS);
    }
}
