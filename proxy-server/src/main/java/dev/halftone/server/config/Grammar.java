package dev.halftone.server.config;

import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Rule.SendTo;
import dev.halftone.core.routing.Upstream.LoadBalancing;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Shape.Unavailable;
import dev.halftone.server.config.Struct.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Every key of the configuration, declared once. What the values come to is {@link SettingsBuilder}'s. */
final class Grammar {
    private final SettingsBuilder builder;

    Grammar(SettingsBuilder builder) {
        this.builder = builder;
    }

    private static Key must(String name, Shape shape, String description) {
        return new Key(name, shape, null, description);
    }

    private static Key may(String name, Shape shape, String fallback, String description) {
        return new Key(name, shape, fallback, description);
    }

    private static Key later(String name, String... harmless) {
        return new Key(name, new Unavailable(List.of(harmless)), "none", "Reserved; not available in this version.");
    }

    private static <E extends Enum<E>> Shape words(Class<E> type, Function<E, String> label) {
        Map<String, E> choices = new LinkedHashMap<>();
        for (E value : type.getEnumConstants()) {
            choices.put(label.apply(value), value);
        }
        return Scalars.oneOf(choices);
    }

    Struct root() {
        return new Struct(
                "a mapping with version, listeners, upstreams and routes",
                List.of(
                        must("version", Scalars.integer(1, 1), "The format of this file: 1."),
                        may(
                                "eventLoops",
                                Scalars.integer(0, 256),
                                "0",
                                "Threads of the data plane; 0: one for each core. A change needs a restart."),
                        may(
                                "admin",
                                admin(),
                                "127.0.0.1:9901",
                                "Where the admin API listens. A change needs a restart."),
                        may(
                                "state",
                                state(),
                                "path: data",
                                "Where releases and the audit trail are kept. A change needs a restart."),
                        may(
                                "accessLog",
                                new OrNull(accessLog()),
                                "null",
                                "One JSON line for each request, refused ones too; null: off."),
                        must("listeners", new ListOf(listener()), "Where clients connect."),
                        must("upstreams", new ListOf(upstream()), "The services behind the proxy."),
                        must("routes", new ListOf(route()), "What goes where; the first that matches wins."),
                        may(
                                "regions",
                                CohortGrammar.regions(builder.cohorts()),
                                "none",
                                "Where rules that ask for a region learn it."),
                        may(
                                "notifications",
                                new ListOf(new NotificationsSection(builder).receiver()),
                                "[]",
                                "Who is told what happens to releases, see docs/notifications.md."),
                        may(
                                "tracing",
                                new OrNull(TracingSection.shape()),
                                "null",
                                "Spans of requests, see docs/tracing.md; null: none. A change needs a restart.")),
                builder::root);
    }

    private Struct admin() {
        return new Struct(
                "a mapping with address",
                List.of(
                        may(
                                "address",
                                Scalars.LISTEN_ADDRESS,
                                "127.0.0.1:9901",
                                "IP address and port. Anything but loopback needs a tokenFile."),
                        may(
                                "tokenFile",
                                new OrNull(Scalars.FILE),
                                "null",
                                "File with the token that every call needs, 16 characters or more; relative to this file."),
                        may(
                                "readTokenFile",
                                new OrNull(Scalars.FILE),
                                "null",
                                "File with a second token that can read and change nothing.")),
                builder::admin);
    }

    private Struct state() {
        return new Struct(
                "a mapping with path",
                List.of(
                        may("store", Scalars.oneOf(Map.of("embedded", "embedded")), "embedded", "Kind of store."),
                        may("path", Scalars.FILE, "data", "Folder of the store; relative to the working directory."),
                        later("endpoints")),
                builder::state);
    }

    private Struct accessLog() {
        return new Struct(
                "a mapping with path, or null",
                List.of(
                        may(
                                "path",
                                Scalars.FILE,
                                "/dev/stdout",
                                "File to append to; opened anew at each reload. Relative to the working directory."),
                        may("format", Scalars.oneOf(Map.of("json", "json")), "json", "Format of a line.")),
                builder::accessLog);
    }

    private Struct listener() {
        Struct timeouts = new Struct(
                "a mapping of durations",
                List.of(
                        may(
                                "head",
                                Scalars.DURATION_VALUE,
                                "10s",
                                "Longest time for a request's head to arrive; then 408."),
                        may(
                                "body",
                                Scalars.DURATION_VALUE,
                                "30s",
                                "Longest silence within a request's body; then 408."),
                        may(
                                "idle",
                                Scalars.DURATION_VALUE,
                                "60s",
                                "How long a connection may wait for its next request."),
                        may(
                                "write",
                                Scalars.DURATION_VALUE,
                                "30s",
                                "Longest time in which a client takes no byte; then reset.")),
                values -> values);
        Struct limits = new Struct(
                "a mapping of limits",
                List.of(
                        may("requestLine", Scalars.SIZE_VALUE, "8KiB", "Longest request line; beyond: 414."),
                        may("headers", Scalars.SIZE_VALUE, "32KiB", "Most bytes of all header fields; beyond: 431."),
                        may("headerCount", Scalars.integer(1, 10_000), "100", "Most header fields; beyond: 431."),
                        may(
                                "body",
                                new OrNull(Scalars.SIZE_VALUE),
                                "null",
                                "Largest request body; beyond: 413. null: no limit."),
                        may(
                                "connections",
                                Scalars.integer(1, 1_000_000),
                                "20000",
                                "Most client connections at once; beyond: closed at once. Near it the longest idle are closed."),
                        may(
                                "connectionsPerClient",
                                new OrNull(Scalars.integer(1, 1_000_000)),
                                "null",
                                "Most connections of one IPv4 address or IPv6 /64, trustedProxies apart; beyond: closed at once."),
                        may(
                                "minBodyRate",
                                new OrNull(Scalars.SIZE_VALUE),
                                "256",
                                "Least bytes a second of a request's body, averaged over timeouts.body, 3s at least; below: 408. null: off."),
                        may(
                                "minSendRate",
                                new OrNull(Scalars.SIZE_VALUE),
                                "256",
                                "Least bytes a second that a client takes, averaged over timeouts.write, 3s at least; below: reset. null: off."),
                        may(
                                "requestsPerConnection",
                                Scalars.integer(1, 1_000_000_000),
                                "10000",
                                "Requests that one connection may send; the last one's answer closes it.")),
                values -> values);
        return new Struct(
                "a mapping with name and address",
                List.of(
                        must("name", Scalars.NAME_OF_THING, "Stands in logs and metrics."),
                        must("address", Scalars.LISTEN_ADDRESS, "IP address and port."),
                        may(
                                "trustedProxies",
                                new ListOf(Scalars.CIDR),
                                "[]",
                                "Networks whose X-Forwarded-* are believed."),
                        may("timeouts", timeouts, "see below", "How long to wait for clients."),
                        may("limits", limits, "see below", "How much to take from clients."),
                        may(
                                "allowEncodedSlash",
                                Scalars.BOOLEAN,
                                "false",
                                "Whether paths may hold %2F and %5C, which match as ordinary characters; else 400."),
                        later("protocols", "http1"),
                        later("tls"),
                        later("proxyProtocol", "false")),
                builder::listener);
    }

    private Struct upstream() {
        Struct endpoint = new Struct(
                "a mapping with address",
                List.of(
                        must("address", Scalars.ENDPOINT_ADDRESS, "Host or IP address, and port."),
                        may("weight", Scalars.integer(1, 1000), "1", "Share of requests against the other endpoints."),
                        later("zone")),
                builder::endpoint);
        Struct timeouts = new Struct(
                "a mapping of durations",
                List.of(
                        may(
                                "connect",
                                Scalars.DURATION_VALUE,
                                "1s",
                                "Longest time for a connection to open; then 504."),
                        may(
                                "response",
                                Scalars.DURATION_VALUE,
                                "60s",
                                "Longest silence while a response is awaited or read; then 504.")),
                values -> values);
        Struct limits = new Struct(
                "a mapping of limits",
                List.of(may(
                        "responseHeaders",
                        Scalars.SIZE_VALUE,
                        "64KiB",
                        "Most bytes of all header fields of a response; beyond: 502.")),
                values -> values);
        Struct pool = new Struct(
                "a mapping of limits",
                List.of(
                        may(
                                "maxIdle",
                                Scalars.integer(0, 100_000),
                                "64",
                                "Idle connections kept; more only while the load of the last second used them."),
                        may("idleTimeout", Scalars.DURATION_VALUE, "30s", "How long one is kept."),
                        may("maxConnections", Scalars.integer(1, 100_000), "1024", "Connections open at once."),
                        may(
                                "maxPending",
                                Scalars.integer(0, 1_000_000),
                                "1024",
                                "Requests that wait because no more may be opened; beyond: 503."),
                        UpstreamKeys.pendingTimeout()),
                values -> values);
        Map<String, LoadBalancing> balancing = new LinkedHashMap<>();
        balancing.put("leastRequest", LoadBalancing.LEAST_REQUEST);
        balancing.put("roundRobin", LoadBalancing.ROUND_ROBIN);
        balancing.put("random", LoadBalancing.RANDOM);
        return new Struct(
                "a mapping with name and endpoints",
                List.of(
                        must("name", Scalars.NAME_OF_THING, "Routes name it; stands in logs and metrics."),
                        must("endpoints", new ListOf(endpoint), "Its servers."),
                        may(
                                "loadBalancing",
                                Scalars.oneOf(balancing),
                                "leastRequest",
                                "How the next endpoint is picked, by weight: the less busy of two that are drawn, in turn, or at random."),
                        may("timeouts", timeouts, "see below", "How long to wait for it."),
                        may("limits", limits, "see below", "How much to take from it."),
                        may(
                                "pool",
                                pool,
                                "see below",
                                "Its connections, of all endpoints together; counts are for the whole process."),
                        later("protocol", "http1"),
                        later("tls"),
                        UpstreamKeys.dnsRefresh(),
                        UpstreamKeys.healthCheck(),
                        UpstreamKeys.outlierDetection()),
                builder::upstream);
    }

    private Struct pathMatch() {
        return new Struct(
                "one of {exact: /x}, {prefix: /x}, {regex: x}",
                List.of(
                        may("exact", Scalars.PATH, "none", "This path alone."),
                        may("prefix", Scalars.PATH, "none", "This path and all below it; whole segments."),
                        may("regex", Scalars.REGEX, "none", "The whole path matches.")),
                builder::pathMatch);
    }

    private Struct fieldMatch() {
        return new Struct(
                "a mapping with name and one of exact, prefix, regex, in, present",
                List.of(
                        must("name", Scalars.HEADER_NAME, "Name of the header, cookie or query parameter."),
                        may("exact", Scalars.TEXT, "none", "The value is this."),
                        may("prefix", Scalars.TEXT, "none", "The value begins with this."),
                        may("regex", Scalars.REGEX, "none", "The whole value matches."),
                        may("in", new ListOf(Scalars.TEXT), "none", "The value is one of these."),
                        may("present", Scalars.BOOLEAN, "none", "true: it is there; false: it is not."),
                        may("not", Scalars.BOOLEAN, "false", "Turns the test round.")),
                builder::fieldMatch);
    }

    private List<Key> requestKeys() {
        return List.of(
                may("path", pathMatch(), "any", "What the normalised path must be."),
                may("methods", new ListOf(Scalars.METHOD), "[]", "One of these methods."),
                may("headers", new ListOf(fieldMatch()), "[]", "Each of these headers; names without case."),
                may("cookies", new ListOf(fieldMatch()), "[]", "Each of these cookies."),
                may("query", new ListOf(fieldMatch()), "[]", "Each of these query parameters."),
                may("clientIp", new ListOf(Scalars.CIDR), "[]", "The client's address lies in one of these networks."));
    }

    private Struct match() {
        List<Key> keys = new java.util.ArrayList<>();
        keys.add(may("hosts", new ListOf(Scalars.HOST_PATTERN), "[]", "One of these hosts; *.x matches all below x."));
        keys.addAll(requestKeys());
        return new Struct("a mapping of what must hold", keys, builder::match);
    }

    private Struct when() {
        List<Key> keys = new java.util.ArrayList<>(requestKeys());
        keys.addAll(CohortGrammar.when(builder.cohorts()));
        return new Struct(
                "a mapping of what must hold", keys, values -> builder.cohorts().when(values, builder.match(values)));
    }

    private Struct route() {
        Struct timeouts = new Struct(
                "a mapping of durations",
                List.of(
                        may("request", Scalars.DURATION_VALUE, "0s", "Longest time for a whole request; 0s: no limit."),
                        may(
                                "idle",
                                Scalars.DURATION_VALUE,
                                "60s",
                                "Longest silence on an upgraded connection; 0s: no limit.")),
                values -> values);
        Struct rewritePath = new Struct(
                "{prefix: /x}",
                List.of(must("prefix", Scalars.PATH, "Takes the place of the matched path prefix.")),
                values -> values.get("prefix", String.class));
        Struct rewrite = new Struct(
                "a mapping with path or host",
                List.of(
                        may("path", new OrNull(rewritePath), "null", "Changes the path for the upstream."),
                        may("host", new OrNull(Scalars.AUTHORITY), "null", "Takes the place of Host.")),
                values -> values);
        return new Struct(
                "a mapping with name and stable",
                List.of(
                        must("name", Scalars.NAME_OF_THING, "Stands in commands, logs and metrics."),
                        may("match", match(), "everything", "Which requests it takes."),
                        must("stable", Scalars.NAME_OF_THING, "The upstream that serves today."),
                        may("canary", new OrNull(canary()), "null", "The new version while a release runs."),
                        may("exposeVersion", Scalars.BOOLEAN, "false", "Whether clients see X-Halftone-Version."),
                        may("timeouts", timeouts, "see below", "Limits on a request's time."),
                        may("rewrite", new OrNull(rewrite), "null", "Changes to the request's target."),
                        may("requestHeaders", edits(), "none", "Changes to what the upstream sees."),
                        may("responseHeaders", edits(), "none", "Changes to what the client sees."),
                        may(
                                "customMetrics",
                                new OrNull(builder.customMetrics().section()),
                                "null",
                                "What the services report, see docs/checks.md."),
                        NetKeys.retries()),
                builder::route);
    }

    private Struct edits() {
        return new Struct(
                "a mapping with set and remove",
                List.of(
                        may("set", new MapOf(), "{}", "Header fields to set."),
                        may("remove", new ListOf(Scalars.HEADER_NAME), "[]", "Header fields to remove.")),
                builder::edits);
    }

    private Struct canary() {
        Struct keySource = new Struct(
                "one of {cookie: name}, {header: name}, {query: name}, {jwtClaim: {claim: name, jwks: file}}",
                List.of(
                        may("cookie", Scalars.COOKIE_NAME, "none", "A cookie's value."),
                        may("header", Scalars.HEADER_NAME, "none", "A header's value."),
                        may("query", Scalars.COOKIE_NAME, "none", "A query parameter's value."),
                        may(
                                "jwtClaim",
                                CohortGrammar.jwtClaim(builder.cohorts()),
                                "none",
                                "A claim of a signed token.")),
                builder::userKey);
        Struct salt = new Struct(
                "{file: path}",
                List.of(must("file", Scalars.FILE, "File with the secret, 16 bytes or more; relative to this file.")),
                builder::salt);
        Struct rule = new Struct(
                "a mapping with name, when and sendTo",
                List.of(
                        must("name", Scalars.NAME_OF_THING, "Stands in the access log and in explain."),
                        must("when", when(), "What must hold; {} for everything."),
                        must(
                                "sendTo",
                                words(SendTo.class, SendTo::label),
                                "By the ratio, or to one version whatever it is."),
                        may(
                                "analyze",
                                Scalars.BOOLEAN,
                                "false",
                                "Whether what it sends to one version counts for the checks.")),
                builder::rule);
        return new Struct(
                "a mapping with upstream, release, userKey, and ratio or steps",
                List.of(
                        may(
                                "upstream",
                                Scalars.NAME_OF_THING,
                                "stable, of rolling; none, of abTest; else needed",
                                "The upstream of the new version; abTest has none."),
                        must("release", Scalars.TEXT, "Name of what is rolled out; another name starts afresh."),
                        may(
                                "userKey",
                                new ListOf(keySource),
                                "none; blueGreen and rolling can do without",
                                "Where the user's identifier is; the first that has one counts."),
                        may("ratio", Scalars.RATIO, "none", "Percent of users that go to the canary; or steps."),
                        may(
                                "onMissingKey",
                                words(MissingKey.class, MissingKey::label),
                                "stable; blueGreen, rolling: clientIp, without userKey: eachRequest",
                                "Where requests without a user key go."),
                        may(
                                "assignCookie",
                                new OrNull(CohortGrammar.assignCookie(builder.cohorts(), salt)),
                                "see below",
                                "The cookie of onMissingKey: assignCookie."),
                        may("salt", new OrNull(salt), "route/release", "Secret that keys the hash of users."),
                        may(
                                "rules",
                                new ListOf(rule),
                                "[]",
                                "Looked at before the ratio; the first that matches wins."),
                        may("analysis", analysis(), "see below", "How the canary is judged."),
                        RolloutGrammar.strategy(),
                        RolloutGrammar.steps(),
                        RolloutGrammar.auto(),
                        RolloutGrammar.blueGreen(),
                        new RollingSection(builder).key(),
                        NetKeys.rescue(),
                        NetKeys.mirror(),
                        ExperimentSection.variants(),
                        ExperimentSection.goal(),
                        RolloutGrammar.deadline(),
                        RolloutGrammar.freeze(),
                        new HookSection(builder).hooks(),
                        later("onRollbackStreams", "drain")),
                builder::canary);
    }

    private Struct analysis() {
        Map<String, String> detectors = new LinkedHashMap<>();
        for (String name : List.of(
                "comparison",
                "cusum",
                "threshold",
                "movingAverage",
                "ewma",
                "mannWhitney",
                "decomposition",
                "stream")) {
            detectors.put(name, name);
        }
        List<Key> checkKeys = new java.util.ArrayList<>(List.of(
                must("name", Scalars.NAME_OF_THING, "Stands in verdicts, metrics and the audit trail."),
                must("metric", JudgeSection.METRIC, "What is judged, of the canary."),
                must("detector", Scalars.oneOf(detectors), "How it is judged, see docs/checks.md."),
                may("min", Scalars.LIMIT, "none", "threshold: breach below."),
                may("max", Scalars.LIMIT, "none", "threshold: breach above."),
                may("points", Scalars.integer(2, 1000), "10", "movingAverage: points before the judged one."),
                may(
                        "sigma",
                        Scalars.number(0, 100),
                        "3",
                        "movingAverage, ewma, decomposition: width in standard deviations."),
                may(
                        "alpha",
                        Scalars.number(0, 1),
                        "0.3; comparison: 0.01",
                        "ewma: weight of the newest point. comparison: chance of a false breach in a day."),
                may(
                        "confidence",
                        Scalars.number(0, 1),
                        "0.98",
                        "mannWhitney: of test and interval, above 0.5, below 1."),
                may("effect", Scalars.number(0, 1000), "1", "mannWhitney: least ratio of the means, 1 or more."),
                may("period", Scalars.DURATION_VALUE, "24h", "decomposition: length of the season, 1m..8d."),
                may(
                        "side",
                        words(Side.class, Side::label),
                        "the metric's bad side",
                        "Not threshold, stream, cusum: which direction is bad. Needed for comparison of custom metrics."),
                may("consecutive", Scalars.integer(1, 1000), "1", "Breaching points in a row that make a breach.")));
        checkKeys.addAll(JudgeSection.checkKeys());
        Struct check = new Struct("a mapping with name, metric and detector", checkKeys, builder::check);
        List<Key> keys = new java.util.ArrayList<>(List.of(
                may("interval", Scalars.DURATION_VALUE, "1s", "Time that one point holds; whole seconds, 1s..1h."),
                may("window", Scalars.DURATION_VALUE, "60s", "How far back figures and thresholds look; at most 1h."),
                may(
                        "minRequests",
                        Scalars.integer(1, 1_000_000),
                        "50",
                        "Canary requests below which a check says insufficient."),
                may("onBreach", words(OnBreach.class, OnBreach::label), "rollback", "What a breach does."),
                may(
                        "checks",
                        new ListOf(check),
                        "too-many-errors, errors, latency: see docs/checks.md",
                        "The rules; [] for none.")));
        keys.addAll(JudgeSection.analysisKeys());
        return new Struct("a mapping with checks", keys, builder::analysis);
    }

    /** The default of a list that is not there, told apart from an empty one. */
    static @Nullable <T> List<T> given(Struct.Values values, String name, Class<T> type) {
        return values.has(name) ? values.list(name, type) : null;
    }
}
