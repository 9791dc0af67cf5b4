package dev.halftone.bench;

import dev.halftone.core.Ratio;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.Cohort;
import dev.halftone.core.routing.Device;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.RegionCode;
import dev.halftone.core.routing.Regions;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.RequestMatch.FieldMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Rule;
import dev.halftone.core.routing.UserList;
import dev.halftone.core.routing.UserPosition;
import dev.halftone.server.http1.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A choice where rules ask for cohorts; none of them matches, which is what costs most. */
@State(Scope.Thread)
public class CohortBench {
    /** What the rules ask for, and how many there are. */
    @Param({
        "none 0",
        "cookie 10",
        "cookie 10000",
        "network 10",
        "network 10000",
        "region 10",
        "region 1000",
        "device 1",
        "list 1",
        "list 20"
    })
    private String rules = "none 0";

    private static final UserList.Key KEY = new UserList.Key(new byte[16]);

    private final UserPosition user = new UserPosition();
    private final RequestHead[] heads = Samples.requestHeads(1);
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
        String kind = rules.substring(0, rules.indexOf(' '));
        int count = Integer.parseInt(rules.substring(rules.indexOf(' ') + 1));
        List<Rule> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new Rule("r" + i, condition(kind, i), Rule.SendTo.STABLE, false));
        }
        Route plain = Samples.table(1).routes().get(0);
        Gray gray = Objects.requireNonNull(plain.gray());
        Gray ruled = new Gray(
                gray.canary(),
                gray.release(),
                0,
                gray.userKey(),
                gray.onMissingKey(),
                null,
                all,
                new Ratio(1000),
                true);
        Regions regions = request -> Regions.pack(RegionCode.parse("FR-75"), 0);
        return RoutingTable.of(List.of(plain.withGray(ruled)), regions);
    }

    private static RequestMatch condition(String kind, int i) {
        return switch (kind) {
            case "cookie" ->
                new RequestMatch(
                        List.of(),
                        null,
                        List.of(),
                        List.of(),
                        List.of(new FieldMatch("sid", new FieldMatch.Test.Exact("tenant-" + i), false)),
                        List.of(),
                        List.of());
            case "network" ->
                new RequestMatch(
                        List.of(),
                        null,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(Cidr.parse("10." + i / 256 + "." + i % 256 + ".0/24")));
            case "region" ->
                RequestMatch.ANY.withCohort(new Cohort(
                        List.of("CN-" + (char) ('A' + i / 26 % 26) + (char) ('A' + i % 26) + i / 676),
                        List.of(),
                        null));
            case "device" -> RequestMatch.ANY.withCohort(new Cohort(List.of(), List.of(Device.PHONE), null));
            default -> RequestMatch.ANY.withCohort(new Cohort(List.of(), List.of(), million(i)));
        };
    }

    private static UserList million(int number) {
        UserList.Builder builder = new UserList.Builder("list", KEY);
        for (int i = 0; i < 1_000_000; i++) {
            byte[] user = ("list-" + number + "-user-" + i).getBytes(StandardCharsets.US_ASCII);
            builder.add(user, 0, user.length);
        }
        return builder.build();
    }

    @Benchmark
    public @Nullable Choice choose() {
        return table().choose(heads[next++ & (Samples.USERS - 1)], user);
    }
}
