package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.Ratio;
import dev.halftone.core.routing.MirrorPolicy;
import dev.halftone.core.routing.MirrorPolicy.Aspect;
import dev.halftone.core.routing.ReplayPolicy;
import dev.halftone.core.routing.ReplayPolicy.Cause;
import dev.halftone.core.routing.SafetyNet;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of what spares users an upstream's faults: retries, rescue and mirror. One thread. */
final class NetKeys {
    private static final int BUDGET_PERCENT = 20;
    private static final List<String> SAFE = List.of("GET", "HEAD", "OPTIONS");
    private static final List<String> USUAL = List.of("GET", "HEAD");
    private static final Set<Cause> RESCUED = EnumSet.allOf(Cause.class);
    private static final Set<Cause> RETRIED = EnumSet.of(Cause.CONNECT_ERROR);

    private NetKeys() {}

    private static Key may(String name, Shape shape, String fallback, String description) {
        return new Key(name, shape, fallback, description);
    }

    static Key retries() {
        Struct struct = new Struct(
                "a mapping with attempts, on, methods and budgetPercent",
                List.of(
                        may(
                                "attempts",
                                Scalars.integer(1, 10),
                                "1",
                                "How often a request is sent again at most; to another endpoint if there is one."),
                        may("on", new ListOf(causes()), "[connectError]", "What must have happened."),
                        may("methods", new ListOf(idempotent()), "all idempotent ones", "Never with a body."),
                        budget()),
                values -> policy(values, RETRIED, ReplayPolicy.IDEMPOTENT));
        return may("retries", new OrNull(struct), "null", "When a failed request is sent to its upstream again.");
    }

    static Key rescue() {
        Struct struct = new Struct(
                "a mapping with on, methods and budgetPercent",
                List.of(
                        may("on", new ListOf(causes()), "all of them", "What must have happened."),
                        may("methods", new ListOf(idempotent()), "[GET, HEAD]", "Never with a body."),
                        budget()),
                values -> policy(values, RESCUED, USUAL));
        return may(
                "rescue",
                new OrNull(struct),
                "null",
                "When stable answers what the canary failed; that stays the canary's error.");
    }

    private static Key budget() {
        return may(
                "budgetPercent",
                Scalars.integer(0, 100),
                Integer.toString(BUDGET_PERCENT),
                "Most for each hundred requests of the last 10s, besides 10 a second for each event loop; 0: none.");
    }

    static Key mirror() {
        Map<String, Aspect> aspects = new LinkedHashMap<>();
        for (Aspect aspect : Aspect.values()) {
            aspects.put(aspect.label(), aspect);
        }
        Struct struct = new Struct(
                "a mapping with percent, compare, methods and limits",
                List.of(
                        may(
                                "percent",
                                Scalars.RATIO,
                                "0",
                                "Share of stable's requests that is copied; drawn one by one."),
                        may(
                                "compare",
                                new ListOf(Scalars.oneOf(aspects)),
                                "[status]",
                                "What of the two answers must be alike."),
                        may("methods", new ListOf(Scalars.METHOD), "[GET, HEAD]", "Which requests."),
                        may(
                                "maxBody",
                                Scalars.SIZE_VALUE,
                                "64KiB",
                                "Longest request body that is copied; of an answer no more is read. At most 16MiB."),
                        may("maxInFlight", Scalars.integer(1, 10_000), "64", "Copies under way; beyond: dropped."),
                        may("timeout", Scalars.DURATION_VALUE, "5s", "For the whole of a copy; then failed.")),
                NetKeys::mirror);
        return may(
                "mirror",
                new OrNull(struct),
                "null",
                "Copies stable's requests to the canary, compares the answers and throws them away.");
    }

    private static Shape causes() {
        ObjectNode schema = Shape.object();
        ArrayNode words = schema.putArray("enum");
        Map<String, Cause> causes = new LinkedHashMap<>();
        for (Cause cause : Cause.values()) {
            causes.put(cause.label(), cause);
            boolean status = Character.isDigit(cause.label().charAt(0));
            if (status) {
                words.add(Integer.parseInt(cause.label()));
            }
            words.add(cause.label());
        }
        Shape.Scalar word = (Shape.Scalar) Scalars.oneOf(causes);
        return new Shape.Scalar(word.expected(), schema, word.parse());
    }

    private static Shape idempotent() {
        Map<String, String> methods = new LinkedHashMap<>();
        ReplayPolicy.IDEMPOTENT.forEach(method -> methods.put(method, method));
        return Scalars.oneOf(methods);
    }

    private static ReplayPolicy policy(Values values, Set<Cause> causes, List<String> methods) {
        warnOfNone(values, "on");
        warnOfNone(values, "methods");
        return new ReplayPolicy(
                values.get("attempts", Integer.class, 1),
                values.has("on") ? Set.copyOf(values.list("on", Cause.class)) : causes,
                values.has("methods") ? values.list("methods", String.class) : methods,
                values.get("budgetPercent", Integer.class, BUDGET_PERCENT));
    }

    private static void warnOfNone(Values values, String list) {
        if (values.isEmptyList(list)) {
            values.warning(list, "empty, so it is never done", "at least one, or leave it out");
        }
    }

    private static @Nullable MirrorPolicy mirror(Values values) {
        warnOfNone(values, "methods");
        List<String> methods = values.has("methods") ? values.list("methods", String.class) : USUAL;
        if (!SAFE.containsAll(methods)) {
            values.warning("methods", "the canary gets what changes things, and so it happens twice", "GET, HEAD");
        }
        long maxBody = values.get("maxBody", Long.class, 64L << 10);
        if (maxBody > 16 << 20) {
            values.error("maxBody", values.shown("maxBody"), "at most 16MiB");
            return null;
        }
        return new MirrorPolicy(
                values.get("percent", Ratio.class, Ratio.NONE),
                values.has("compare") ? Set.copyOf(values.list("compare", Aspect.class)) : Set.of(Aspect.STATUS),
                methods,
                (int) maxBody,
                values.get("maxInFlight", Integer.class, 64),
                values.get("timeout", Duration.class, Duration.ofSeconds(5)));
    }

    /** What stands in a canary's mapping. A mirror of nothing is none. */
    static SafetyNet net(Values canary) {
        MirrorPolicy mirror = canary.get("mirror", MirrorPolicy.class);
        boolean none = mirror == null || mirror.share().equals(Ratio.NONE);
        return new SafetyNet(canary.get("rescue", ReplayPolicy.class), none ? null : mirror);
    }
}
