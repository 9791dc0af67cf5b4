package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.Version;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.SampleRequest;
import dev.halftone.core.routing.UserPosition;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.core.window.Reported;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes outcomes that services report by a call, all of them or none. A report names the version it is about, or a user, who then
 * belongs to the version that the routing table has now. Any thread.
 */
final class ReportedOutcomes {
    static final int MOST_ITEMS = 1000;
    private static final long MOST_COUNT = 1_000_000;
    private static final int SHOWN_PROBLEMS = 10;
    private static final int MOST_USER_BYTES = 256;
    private static final Set<String> FIELDS = Set.of("name", "version", "user", "value", "count");

    private final ActiveRouting routing;
    private final OutcomeWindow window;

    ReportedOutcomes(ActiveRouting routing, OutcomeWindow window) {
        this.routing = routing;
        this.window = window;
    }

    /** One report that is in order. */
    private record Item(
            String name,
            @Nullable Version version,
            @Nullable String user,
            Reported reported) {}

    /** What is wrong with one field, and what was expected. */
    private static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        Fault(String field, String problem, String expected) {
            super(
                    (field.isEmpty() ? "" : "." + field) + ": " + problem + " (expected: " + expected + ")",
                    null,
                    false,
                    false);
        }
    }

    /**
     * @param nowNanos on the monotonic clock
     * @return how many outcomes were taken, and how many of them count for the checks
     * @throws ApiProblem with the place of each fault; then nothing was taken
     */
    ObjectNode take(Route asConfigured, @Nullable JsonNode body, long nowNanos) {
        RoutingTable table = routing.get();
        Route present = table.route(asConfigured.name());
        Route route = present == null ? asConfigured : present;
        CustomMetrics metrics = route.forwarding().customMetrics();
        if (metrics == null) {
            throw new ApiProblem(
                    409, "route " + route.name() + " declares no custom metrics (expected: customMetrics.names)");
        }
        List<Item> items = items(body, route, metrics);
        long taken = 0;
        long counted = 0;
        for (Item item : items) {
            taken += item.reported.trials();
            counted += report(table, route, item, nowNanos);
        }
        return RouteJson.JSON.createObjectNode().put("accepted", taken).put("counted", counted);
    }

    private long report(RoutingTable table, Route route, Item item, long nowNanos) {
        Gray gray = route.gray();
        int epoch = gray == null ? 0 : gray.epoch();
        Version version = item.version;
        String user = item.user;
        if (user == null) {
            boolean counts = version != null && window.report(route.id(), epoch, version, item.name, item.reported);
            return counts ? item.reported.trials() : 0;
        }
        UserPosition position = new UserPosition();
        Choice choice = table.choose(route.name(), SampleRequest.ofUser(route, user), position);
        if (choice == null || !choice.analyzed()) {
            return 0;
        }
        if (!position.isKnown()) {
            boolean counts = window.report(route.id(), epoch, choice.version(), item.name, item.reported);
            return counts ? item.reported.trials() : 0;
        }
        window.experiments().report(choice, position.position(), item.name, item.reported);
        return window.report(
                route.id(), epoch, choice.version(), item.name, item.reported, position.position(), nowNanos);
    }

    private static List<Item> items(@Nullable JsonNode body, Route route, CustomMetrics metrics) {
        if (body == null || !body.isArray() || body.isEmpty() || body.size() > MOST_ITEMS) {
            String problem = body == null || !body.isArray() ? "the body is no list" : body.size() + " reports";
            throw new ApiProblem(
                    400,
                    problem + " (expected: a list of 1.." + MOST_ITEMS + " {name, version or user, value, count})");
        }
        List<Item> items = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (int i = 0; i < body.size(); i++) {
            try {
                items.add(item(body.get(i), route, metrics));
            } catch (Fault e) {
                faults.add("[" + i + "]" + e.getMessage());
            }
        }
        if (!faults.isEmpty()) {
            List<String> shown = faults.subList(0, Math.min(SHOWN_PROBLEMS, faults.size()));
            String more = faults.size() > shown.size() ? "; and " + (faults.size() - shown.size()) + " more" : "";
            throw new ApiProblem(
                    400,
                    faults.size() + " of " + body.size() + " reports are wrong, none was taken: "
                            + String.join("; ", shown) + more);
        }
        return items;
    }

    private static Item item(JsonNode node, Route route, CustomMetrics metrics) throws Fault {
        if (!node.isObject()) {
            throw new Fault("", "no object", "{name, version or user, value, count}");
        }
        for (var field : node.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                throw new Fault(shown(field.getKey()), "unknown field", "name, version or user, value, count");
            }
        }
        JsonNode name = node.get("name");
        if (name == null || !metrics.names().contains(name.asText())) {
            throw new Fault("name", shown(name), "one of " + String.join(", ", metrics.names()));
        }
        if (node.has("version") == node.has("user")) {
            throw new Fault("", node.has("user") ? "both version and user" : "neither version nor user", "one of them");
        }
        return new Item(
                name.asText(),
                node.has("version") ? version(node.get("version"), route) : null,
                node.has("user") ? user(node.get("user")) : null,
                reported(node.get("value"), node.get("count")));
    }

    private static Version version(JsonNode node, Route route) throws Fault {
        for (Version version : Version.values()) {
            if (node.isTextual() && version.label().equals(node.textValue())) {
                if (version == Version.CANARY && route.gray() == null) {
                    throw new Fault("version", "canary, but the route has none", "stable");
                }
                return version;
            }
        }
        throw new Fault("version", shown(node), "stable or canary");
    }

    private static String user(JsonNode node) throws Fault {
        String user = node.isTextual() ? node.textValue() : "";
        int bytes = user.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MOST_USER_BYTES) {
            throw new Fault("user", shown(node), "a user key of 1.." + MOST_USER_BYTES + " bytes, as text");
        }
        return user;
    }

    private static Reported reported(@Nullable JsonNode value, @Nullable JsonNode count) throws Fault {
        boolean counts = count == null
                || (count.isIntegralNumber()
                        && count.canConvertToLong()
                        && count.longValue() >= 1
                        && count.longValue() <= MOST_COUNT);
        if (!counts) {
            throw new Fault("count", shown(count), "a whole number 1.." + MOST_COUNT);
        }
        long trials = count == null ? 1 : count.longValue();
        double share = value == null || !value.isNumber() ? Double.NaN : value.doubleValue();
        if (!(share >= 0 && share <= 1)) {
            throw new Fault("value", shown(value), "0 or 1, or with count the share 0..1 in which it happened");
        }
        if (trials == 1 && share != Math.rint(share)) {
            throw new Fault("value", shown(value), "0 or 1, as there is one outcome");
        }
        return new Reported(trials, Math.round(share * trials));
    }

    private static String shown(@Nullable Object part) {
        if (part == null) {
            return "missing";
        }
        String text = part.toString();
        return text.length() <= 40 ? text : text.substring(0, 37) + "...";
    }
}
