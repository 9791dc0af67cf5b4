package dev.halftone.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.Ratio;
import dev.halftone.core.endpoint.UpstreamStatus;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.SampleRequest;
import dev.halftone.server.config.Nearest;
import dev.halftone.server.control.ControlLoop;
import dev.halftone.server.control.RouteStatus;
import dev.halftone.server.store.StateStore;
import dev.halftone.server.store.StateStore.Recorded;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The calls under {@code /api/v1}: what they ask of the control loop and what they answer. Any thread; never blocks. */
final class AdminApi {
    private static final int MAX_REASON_CHARS = 500;
    private static final ObjectMapper BODIES = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Set<String> COMMANDS = Set.of("pause", "resume", "promote", "abort", "rollback");

    private final ControlLoop control;
    private final ActiveRouting routing;
    private final StateStore store;
    private final ReportedOutcomes reports;
    private final Supplier<List<UpstreamStatus>> upstreams;

    AdminApi(
            ControlLoop control,
            ActiveRouting routing,
            StateStore store,
            ReportedOutcomes reports,
            Supplier<List<UpstreamStatus>> upstreams) {
        this.control = control;
        this.routing = routing;
        this.store = store;
        this.reports = reports;
        this.upstreams = upstreams;
    }

    /** @param location for a Location header, or null */
    record Answer(int status, JsonNode body, @Nullable String location) {
        static Answer ok(JsonNode body) {
            return new Answer(200, body, null);
        }
    }

    /** Who wants to sign in to the dashboard. */
    record SignIn(String token, String name) {}

    static SignIn signIn(String body) {
        JsonNode fields = body(body, Set.of("token", "name"));
        JsonNode token = fields.get("token");
        if (token == null || !token.isTextual()) {
            throw new ApiProblem(400, "token: missing (expected: what admin.tokenFile or admin.readTokenFile holds)");
        }
        JsonNode name = fields.get("name");
        String who = name == null || name.isNull() || name.asText().isEmpty() ? "operator" : name.asText();
        if (!who.matches("[!-~]{1,64}")) {
            throw new ApiProblem(400, "name (expected: 1 to 64 visible characters without spaces)");
        }
        return new SignIn(token.textValue(), who);
    }

    ArrayNode routes() {
        ArrayNode all = RouteJson.JSON.createArrayNode();
        control.status().forEach(status -> all.add(json(status)));
        return all;
    }

    ArrayNode upstreams() {
        return UpstreamJson.all(upstreams.get());
    }

    /** All that is shown of a route. */
    ObjectNode json(RouteStatus status) {
        return NetJson.add(RouteJson.route(status), status, control.sideCounts());
    }

    List<RouteStatus> status() {
        return control.status();
    }

    RouteStatus status(String route) {
        for (RouteStatus status : control.status()) {
            if (status.route().name().equals(route)) {
                return status;
            }
        }
        List<String> known =
                control.status().stream().map(status -> status.route().name()).toList();
        throw new ApiProblem(404, "unknown route " + route + " (expected: " + Nearest.expected(route, known) + ")");
    }

    ArrayNode events(Map<String, String> query) {
        int limit = (int) number(query, "limit", 100, 1, 1000);
        String route = query.get("route");
        List<Recorded> events = query.containsKey("after")
                ? store.events(route, number(query, "after", 0, 0, Long.MAX_VALUE), limit)
                : store.latestEvents(route, limit);
        ArrayNode all = RouteJson.JSON.createArrayNode();
        events.forEach(event -> all.add(RouteJson.event(event)));
        return all;
    }

    static long number(Map<String, String> query, String name, long fallback, long least, long most) {
        String text = query.get(name);
        if (text == null) {
            return fallback;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new ApiProblem(400, name + ": " + text + " (expected: a whole number)");
        }
        throw new ApiProblem(400, name + ": " + text + " (expected: " + least + ".." + most + ")");
    }

    ObjectNode explain(String name, Map<String, String> query, InetAddress client) {
        RoutingTable table = routing.get();
        Route route = status(name).route();
        Route present = table.route(name);
        if (present != null) {
            route = present;
        }
        String user = query.get("user");
        SampleRequest sample = user != null
                ? SampleRequest.ofUser(route, user)
                : new SampleRequest(
                        query.getOrDefault("method", "GET"),
                        query.getOrDefault("host", ""),
                        query.getOrDefault("path", "/"),
                        pair(query, "header"),
                        pair(query, "cookie"),
                        pair(query, "query"),
                        address(query, client));
        return ExplanationJson.of(table.explain(user == null ? route : route.withUnprovenKeys(), sample));
    }

    private static InetAddress address(Map<String, String> query, InetAddress fallback) {
        String text = query.get("ip");
        if (text == null) {
            return fallback;
        }
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            if (bytes != null) {
                return InetAddress.getByAddress(bytes);
            }
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
        throw new ApiProblem(400, "ip: " + text + " (expected: an address as 192.0.2.7 or 2001:db8::7)");
    }

    /** {@code header=X-User-Id:42}, {@code cookie=user_id=42}: name and value parted by the first colon or equals sign. */
    private static Map<String, String> pair(Map<String, String> query, String name) {
        String text = query.get(name);
        Map<String, String> pair = new HashMap<>();
        if (text != null) {
            int at = 0;
            while (at < text.length() && text.charAt(at) != ':' && text.charAt(at) != '=') {
                at++;
            }
            if (at == 0 || at == text.length()) {
                throw new ApiProblem(400, name + ": " + text + " (expected: name:value)");
            }
            pair.put(text.substring(0, at), text.substring(at + 1).strip());
        }
        return pair;
    }

    CompletableFuture<Answer> setRatio(String route, String body, String actor) {
        JsonNode fields = body(body, Set.of("ratio", "reason"));
        JsonNode ratio = fields.get("ratio");
        if (ratio == null || !ratio.isNumber()) {
            throw new ApiProblem(
                    400,
                    "ratio: " + (ratio == null ? "missing" : ratio) + " (expected: 0..100 with at most two decimals)");
        }
        Ratio wanted;
        try {
            wanted = Ratio.ofPercent(ratio.decimalValue());
        } catch (IllegalArgumentException e) {
            throw new ApiProblem(400, "ratio: " + e.getMessage());
        }
        return submit(route, new RolloutEvent.SetRatio(wanted, actor, reason(fields)), 200, null);
    }

    CompletableFuture<Answer> startRelease(String route, String body, String actor) {
        JsonNode fields = body(body, Set.of("release", "reason"));
        JsonNode release = fields.get("release");
        if (release == null || !release.isTextual() || !release.textValue().matches("[!-~]{1,100}")) {
            throw new ApiProblem(
                    400,
                    "release: " + (release == null ? "missing" : release)
                            + " (expected: 1 to 100 visible characters without spaces)");
        }
        RolloutEvent.Command command = new RolloutEvent.StartRelease(release.textValue(), actor, reason(fields));
        return submit(route, command, 202, "/api/v1/routes/" + route);
    }

    /** @param nowNanos on the monotonic clock */
    Answer report(String route, String body, long nowNanos) {
        return Answer.ok(reports.take(status(route).route(), json(body, "a list of reports"), nowNanos));
    }

    static boolean isCommand(String name) {
        return COMMANDS.contains(name);
    }

    CompletableFuture<Answer> command(String route, String name, String body, String actor) {
        boolean isPromotion = name.equals("promote");
        JsonNode fields =
                body(body.isBlank() ? "{}" : body, isPromotion ? Set.of("reason", "variant") : Set.of("reason"));
        String reason = reason(fields);
        RolloutEvent.Command command = switch (name) {
            case "pause" -> new RolloutEvent.Pause(actor, reason);
            case "resume" -> new RolloutEvent.Resume(actor, reason);
            case "promote" -> new RolloutEvent.Promote(actor, reason, ExperimentJson.variant(fields));
            case "abort" -> new RolloutEvent.Abort(actor, reason);
            default -> new RolloutEvent.Rollback(actor, reason);
        };
        return submit(route, command, 200, null);
    }

    private CompletableFuture<Answer> submit(
            String route, RolloutEvent.Command command, int success, @Nullable String location) {
        if (status(route).state() == null) {
            throw new ApiProblem(409, "route " + route + " has no canary (expected: a route with a release)");
        }
        return control.submit(route, command).thenApply(transition -> {
            if (transition instanceof Transition.Refused refused) {
                throw new ApiProblem(409, refused.problem());
            }
            return new Answer(success, json(status(route)), location);
        });
    }

    private static JsonNode json(String text, String expected) {
        try {
            return BODIES.readTree(text);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new ApiProblem(400, "the body is not JSON" + place + " (expected: " + expected + ")");
        }
    }

    private static JsonNode body(String text, Set<String> known) {
        String expected =
                "an object with " + String.join(", ", known.stream().sorted().toList());
        JsonNode node = json(text, expected);
        if (node == null || !node.isObject()) {
            throw new ApiProblem(400, "the body is no JSON object (expected: " + expected + ")");
        }
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new ApiProblem(
                        400,
                        name + ": unknown field (expected: "
                                + String.join(", ", known.stream().sorted().toList()) + ")");
            }
        });
        return node;
    }

    private static String reason(JsonNode fields) {
        JsonNode reason = fields.get("reason");
        if (reason == null || reason.isNull()) {
            return "";
        }
        String text = reason.isTextual() ? reason.textValue() : "";
        boolean fine = reason.isTextual()
                && text.length() <= MAX_REASON_CHARS
                && text.chars().noneMatch(Character::isISOControl);
        if (!fine) {
            throw new ApiProblem(400, "reason (expected: one line of at most " + MAX_REASON_CHARS + " characters)");
        }
        return text;
    }
}
