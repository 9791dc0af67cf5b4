package dev.halftone.server.config;

import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.RollingCourse;
import dev.halftone.core.rollout.RollingCourse.Instance;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.HealthCheck;
import dev.halftone.server.config.RolloutSettings.Call;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.config.RolloutSettings.Rolling;
import dev.halftone.server.config.RolloutSettings.SmokeRequest;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.RouteSettings;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of {@code strategy: rolling}, and what only shows once the route's upstream is known: which instances there are, and that
 * no other release parts them. One thread.
 */
final class RollingSection {
    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(30);
    private static final Duration DEFAULT_HEALTH = Duration.ofMinutes(1);
    private static final Duration DEFAULT_HOLD = Duration.ofMinutes(1);
    private static final Duration DEFAULT_WATCH = Duration.ofMinutes(10);
    private static final SmokeRequest UPSTREAMS_OWN = new SmokeRequest("", 0, Duration.ZERO);
    /** Stand in a course until the upstream is known; never leave this class. */
    private static final List<Instance> UNKNOWN = List.of(new Instance("", 1), new Instance("", 1));

    private final HookSection calls;

    RollingSection(SettingsBuilder builder) {
        calls = new HookSection(builder);
    }

    Key key() {
        Struct health = RolloutGrammar.request("Asked by GET of the instance before it is put back.");
        Struct rolling = new Struct(
                "a mapping with update and undo",
                List.of(
                        new Key(
                                "update",
                                call("update"),
                                null,
                                "Gives an instance the new version. Asked as hooks are."),
                        new Key("undo", call("undo"), null, "Gives it back the version before."),
                        may("drainTimeout", "30s", "How long requests under way with it may last."),
                        new Key("health", health, "healthCheck.path", "How an instance shows that it is well again."),
                        may("healthWithin", "1m", "How long that may take; then rolled back."),
                        may("hold", "1m", "How long the updated ones are judged before the next."),
                        may("watch", "10m", "How long all are judged after the last; then promoted."),
                        new Key(
                                "minRequests",
                                Scalars.integer(0, 1_000_000_000),
                                "analysis.minRequests",
                                "Requests to the updated ones that each step takes.")),
                values -> values);
        return new Key("rolling", rolling, "none", "Of strategy: rolling; see docs/strategies.md.");
    }

    private static Key may(String name, String fallback, String description) {
        return new Key(name, Scalars.DURATION_VALUE, fallback, description);
    }

    private Struct call(String name) {
        return new Struct("a mapping with url or command", calls.callKeys(), values -> {
            Call call = calls.call(values);
            return call == null
                    ? null
                    : new Hook(name, name, call, HookSection.within(values), HookSection.every(values));
        });
    }

    static boolean isRolling(Values canary) {
        return canary.get("strategy", String.class, "").equals(RolloutGrammar.ROLLING);
    }

    /** Null after a problem. */
    static @Nullable Rolling rolling(Values canary) {
        Values of = canary.get("rolling", Values.class);
        Hook update = of == null ? null : of.get("update", Hook.class);
        Hook undo = of == null ? null : of.get("undo", Hook.class);
        if (of == null || update == null || undo == null) {
            if (!canary.has("rolling")) {
                canary.error("rolling", "missing", "rolling: {update: ..., undo: ...}");
            }
            return null;
        }
        return new Rolling(
                update,
                undo,
                of.get("drainTimeout", Duration.class, DEFAULT_DRAIN),
                of.get("health", SmokeRequest.class, UPSTREAMS_OWN),
                of.get("healthWithin", Duration.class, DEFAULT_HEALTH));
    }

    /** Without its instances, which {@link #complete} knows. */
    static RollingCourse course(Values canary, int usualRequests) {
        Values of = canary.get("rolling", Values.class);
        return new RollingCourse(
                UNKNOWN,
                of == null ? DEFAULT_HOLD : of.get("hold", Duration.class, DEFAULT_HOLD),
                of == null ? DEFAULT_WATCH : of.get("watch", Duration.class, DEFAULT_WATCH),
                of == null ? usualRequests : of.get("minRequests", Integer.class, usualRequests));
    }

    /** The release with the instances of the route's upstream; null after a problem. */
    static @Nullable GraySettings complete(Values canary, GraySettings gray, Upstream stable) {
        Rolling rolling = gray.rollout().rolling();
        Plan plan = gray.rollout().plan();
        if (rolling == null || plan == null) {
            return gray.withCanary(stable);
        }
        List<Instance> instances = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Upstream.Endpoint endpoint : stable.endpoints()) {
            instances.add(new Instance(endpoint.toString(), endpoint.weight()));
            names.add(endpoint.toString());
        }
        if (instances.size() < 2) {
            canary.error(
                    "strategy",
                    "rolling over the one endpoint of " + stable.name() + ", so nobody serves while it is out",
                    "two endpoints or more, or strategy: blueGreen");
            return null;
        }
        if (names.size() < instances.size()) {
            canary.error("strategy", "an endpoint of " + stable.name() + " twice", "each address once");
            return null;
        }
        SmokeRequest health = health(rolling, stable.healthCheck());
        if (health == null) {
            canary.error(
                    "rolling",
                    "no health, and upstream " + stable.name() + " has no healthCheck",
                    "one of them, as health: {path: /healthz}");
            return null;
        }
        RollingCourse drafted = (RollingCourse) plan.course();
        RollingCourse course = new RollingCourse(instances, drafted.hold(), drafted.watch(), drafted.minRequests());
        Plan whole = new Plan(plan.strategy(), course, plan.deadline(), plan.freeze(), plan.hooks());
        Rolling known =
                new Rolling(rolling.update(), rolling.undo(), rolling.drainTimeout(), health, rolling.healthWithin());
        return gray.withCanary(stable)
                .withRollout(new RolloutSettings(
                        whole,
                        gray.rollout().smoke(),
                        gray.rollout().smokeWithin(),
                        gray.rollout().hooks(),
                        known));
    }

    private static @Nullable SmokeRequest health(Rolling rolling, @Nullable HealthCheck check) {
        if (!rolling.health().equals(UPSTREAMS_OWN)) {
            return rolling.health();
        }
        return check == null ? null : new SmokeRequest(check.path(), 200, check.timeout());
    }

    /** Two releases cannot part the same instances. */
    static void checkOneEach(Values root, List<RouteSettings> routes) {
        Map<String, String> parted = new HashMap<>();
        for (RouteSettings route : routes) {
            GraySettings gray = route.gray();
            String upstream = route.stable().name();
            if (gray == null || gray.rollout().rolling() == null) {
                continue;
            }
            String other = parted.put(upstream, route.name());
            if (other != null) {
                root.error(
                        "routes",
                        "routes " + other + " and " + route.name() + " both update the instances of " + upstream,
                        "strategy: rolling on one of them");
            }
        }
    }
}
