package dev.halftone.bench;

import dev.halftone.core.Outcome;
import dev.halftone.core.Ratio;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.UserPosition;
import dev.halftone.core.routing.Variant;
import dev.halftone.core.routing.Variants;
import dev.halftone.core.window.ExperimentTally;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.http1.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A choice, and the count of its outcome, on a route with a ratio (0 variants) and in an A/B test. */
@State(Scope.Thread)
public class VariantBench {
    /** How many variants; 0: a ratio of 50. */
    @Param({"0", "2", "8"})
    private int variants;

    private final UserPosition user = new UserPosition();
    private final RequestHead[] heads = Samples.requestHeads(1);
    private final OutcomeWindow window = new OutcomeWindow();
    private final OutcomeShard shard = window.newShard();
    private @Nullable RoutingTable table;
    private int next;

    private RoutingTable table() {
        RoutingTable made = table;
        if (made == null) {
            made = make();
            table = made;
        }
        return made;
    }

    private RoutingTable make() {
        Route plain = Samples.table(1).routes().get(0);
        Gray gray = Objects.requireNonNull(plain.gray());
        if (variants == 0) {
            return new RoutingTable(List.of(plain.withGray(gray.withRatio(new Ratio(5000)))));
        }
        List<Variant> all = new ArrayList<>();
        for (int i = 0; i < variants; i++) {
            all.add(new Variant(i, "v" + i, i == 0 ? plain.stable() : gray.canary(), new Ratio(10_000 / variants)));
        }
        Variants split = Variants.of(all);
        window.startEpoch(plain.id(), gray.epoch());
        window.experiments().open(plain.id(), gray.epoch(), new ExperimentTally(variants, "click"));
        return new RoutingTable(
                List.of(plain.withGray(gray.withRatio(split.treated()).withVariants(split))));
    }

    @Benchmark
    public @Nullable Choice choose() {
        return table().choose(heads[next++ & (Samples.USERS - 1)], user);
    }

    @Benchmark
    public void chooseAndRecord() {
        Choice choice = Objects.requireNonNull(table().choose(heads[next++ & (Samples.USERS - 1)], user));
        long ticket = shard.admit(choice, user, next * 1_000_000L);
        shard.record(choice, ticket, Outcome.SUCCESS, 200, 1_000_000);
    }
}
