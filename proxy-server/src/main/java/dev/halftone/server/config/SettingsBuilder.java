package dev.halftone.server.config;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.analysis.Metric;
import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Forwarding.HeaderEdits;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Regions;
import dev.halftone.core.routing.ReplayPolicy;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.RequestMatch.FieldMatch;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import dev.halftone.core.routing.Rule;
import dev.halftone.core.routing.Salt;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.core.routing.Variants;
import dev.halftone.server.cohort.SourceFiles;
import dev.halftone.server.config.Scalars.HostPort;
import dev.halftone.server.config.Scalars.Limit;
import dev.halftone.server.config.Struct.Values;
import dev.halftone.server.tracing.TracingSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes settings of the values that were read, and reports what only shows when several are seen together. One thread. */
final class SettingsBuilder {
    private static final int MIN_SECRET_BYTES = 16;
    private static final Set<String> NOT_TO_EDIT = Set.of(
            "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive");
    private static final InetSocketAddress DEFAULT_ADMIN =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 9901);

    private final Map<Object, Object> shared = new HashMap<>();
    private final Path folder;
    private final CustomMetricsSection customMetrics = new CustomMetricsSection();
    private final CohortBuilder cohorts;

    /** @param folder what the files that are named are relative to */
    SettingsBuilder(Path folder) {
        this(folder, new SourceFiles());
    }

    /** @param files keeps what is read of files that change by themselves */
    SettingsBuilder(Path folder, SourceFiles files) {
        this.folder = folder;
        this.cohorts = new CohortBuilder(folder, files);
    }

    /** What the files that are named are relative to. */
    Path folder() {
        return folder;
    }

    CohortBuilder cohorts() {
        return cohorts;
    }

    CustomMetricsSection customMetrics() {
        return customMetrics;
    }

    /** A route before its upstreams are known. */
    record RouteDraft(
            Values at,
            String name,
            RequestMatch match,
            String stable,
            @Nullable CanaryDraft canary,
            Forwarding forwarding) {}

    /** A canary before its upstream is known. */
    record CanaryDraft(Values at, String upstream, Settings.GraySettings settings) {}

    @Nullable
    Object root(Values values) {
        List<Settings.Listener> listeners = values.list("listeners", Settings.Listener.class);
        List<Upstream> upstreams = values.list("upstreams", Upstream.class);
        List<RouteDraft> drafts = values.list("routes", RouteDraft.class);
        notEmpty(values, "listeners");
        notEmpty(values, "upstreams");
        notEmpty(values, "routes");
        once(
                values,
                "listeners",
                listeners.stream().map(Settings.Listener::name).toList());
        once(values, "upstreams", upstreams.stream().map(Upstream::name).toList());
        once(values, "routes", drafts.stream().map(RouteDraft::name).toList());
        Regions regions = values.get("regions", Regions.class, Regions.NONE);
        CohortBuilder.checkRegions(drafts, regions);
        Map<String, Upstream> byName = new HashMap<>();
        upstreams.forEach(upstream -> byName.put(upstream.name(), upstream));
        List<Settings.RouteSettings> routes = new ArrayList<>();
        for (RouteDraft draft : drafts) {
            Settings.RouteSettings route = route(draft, byName);
            if (route != null) {
                routes.add(route);
            }
        }
        RollingSection.checkOneEach(values, routes);
        Settings.Admin admin = values.get("admin", Settings.Admin.class, new Settings.Admin(DEFAULT_ADMIN, null, null));
        RouteConflicts.warnOfMatches(drafts);
        RouteConflicts.warnOfUpstreams(values, upstreams, listeners);
        RouteConflicts.warnOfHooks(drafts, admin);
        return new Settings(
                values.get("eventLoops", Integer.class, 0),
                admin,
                values.get("state", Settings.State.class, new Settings.State(Path.of("data"))),
                values.get("accessLog", Settings.AccessLog.class),
                listeners,
                upstreams,
                routes,
                regions,
                NotificationsSection.receivers(values),
                values.get("tracing", TracingSettings.class, TracingSettings.OFF));
    }

    private static void notEmpty(Values values, String name) {
        if (values.isEmptyList(name)) {
            values.error(name, "empty", "at least one");
        }
    }

    private static void once(Values values, String name, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String each : names) {
            if (!seen.add(each)) {
                values.error(name, "the name " + each + " twice", "each name once");
            }
        }
    }

    private static Settings.@Nullable RouteSettings route(RouteDraft draft, Map<String, Upstream> upstreams) {
        Upstream stable = resolve(draft.at(), "stable", draft.stable(), upstreams);
        CanaryDraft canary = draft.canary();
        Settings.GraySettings gray = null;
        boolean isRolling = canary != null && RollingSection.isRolling(canary.at());
        if (canary != null && isRolling) {
            if (stable != null && !List.of("", draft.stable()).contains(canary.upstream())) {
                canary.at()
                        .error(
                                "upstream",
                                canary.upstream(),
                                draft.stable() + ", whose instances are updated, or none");
            }
            gray = stable == null ? null : RollingSection.complete(canary.at(), canary.settings(), stable);
            if (gray == null) {
                return null;
            }
        } else if (canary != null) {
            Variants variants = ExperimentSection.resolve(canary.at(), draft.stable(), upstreams);
            boolean isTest = ExperimentSection.isTest(canary.at());
            Upstream upstream = !isTest
                    ? resolve(canary.at(), "upstream", canary.upstream(), upstreams)
                    : variants == null ? null : variants.all().get(1).upstream();
            if (upstream == null) {
                return null;
            }
            gray = canary.settings().withCanary(upstream).withVariants(variants);
            if (!isTest && draft.stable().equals(canary.upstream())) {
                canary.at().warning("upstream", "the same upstream as stable", "another one, or both versions are one");
            } else if (!isTest && stable != null) {
                RouteConflicts.warnOfSameServers(canary.at(), stable, upstream);
            }
        }
        return stable == null
                ? null
                : new Settings.RouteSettings(draft.name(), draft.match(), stable, gray, draft.forwarding());
    }

    static @Nullable Upstream resolve(Values at, String key, String name, Map<String, Upstream> upstreams) {
        Upstream found = upstreams.get(name);
        if (found == null) {
            String near = Nearest.to(name, upstreams.keySet());
            String known = upstreams.isEmpty()
                    ? "a name under upstreams"
                    : "one of "
                            + String.join(
                                    ", ", upstreams.keySet().stream().sorted().toList());
            at.error(
                    key,
                    "unknown upstream " + name,
                    near == null
                            ? known
                            : "did you mean \"" + near + "\"? Known: "
                                    + known.substring(known.startsWith("one of ") ? 7 : 0));
        }
        return found;
    }

    @Nullable
    Object admin(Values values) {
        InetSocketAddress address = values.get("address", InetSocketAddress.class, DEFAULT_ADMIN);
        Path token = values.get("tokenFile", Path.class);
        if (token == null && !address.getAddress().isLoopbackAddress()) {
            values.error(
                    "tokenFile",
                    "missing, but the address is not a loopback one",
                    "a file with a token of 16 characters or more");
            return null;
        }
        if (token != null && secret(values, "tokenFile", token) == null) {
            return null;
        }
        Path readToken = values.get("readTokenFile", Path.class);
        if (readToken != null && !isReadTokenFine(values, token, readToken)) {
            return null;
        }
        return new Settings.Admin(
                address,
                token == null ? null : folder.resolve(token),
                readToken == null ? null : folder.resolve(readToken));
    }

    private boolean isReadTokenFine(Values values, @Nullable Path token, Path readToken) {
        if (token == null) {
            values.error("readTokenFile", "a token for reading where writing needs none", "tokenFile as well");
            return false;
        }
        byte[] write = secret(values, "tokenFile", token);
        byte[] read = secret(values, "readTokenFile", readToken);
        if (write == null || read == null) {
            return false;
        }
        if (java.util.Arrays.equals(write, read)) {
            values.error("readTokenFile", "holds the same token as tokenFile", "another token");
            return false;
        }
        return true;
    }

    /** The file's content without white space at its ends, never shown; null after a problem. */
    byte @Nullable [] secret(Values values, String key, Path file) {
        try {
            byte[] secret = Files.readString(folder.resolve(file), StandardCharsets.ISO_8859_1)
                    .strip()
                    .getBytes(StandardCharsets.ISO_8859_1);
            if (secret.length >= MIN_SECRET_BYTES) {
                return secret;
            }
            values.error(
                    key,
                    file + " holds " + secret.length + " bytes",
                    "a secret of " + MIN_SECRET_BYTES + " bytes or more");
        } catch (IOException e) {
            values.error(key, file + " cannot be read", "a readable file");
        }
        return null;
    }

    @Nullable
    Object state(Values values) {
        return new Settings.State(values.get("path", Path.class, Path.of("data")));
    }

    @Nullable
    Object accessLog(Values values) {
        return new Settings.AccessLog(values.get("path", Path.class, Path.of("/dev/stdout")));
    }

    private static Duration duration(@Nullable Values values, String name, Duration fallback) {
        return values == null ? fallback : values.get(name, Duration.class, fallback);
    }

    private static long size(@Nullable Values values, String name, long fallback) {
        return values == null ? fallback : values.get(name, Long.class, fallback);
    }

    /** Bytes a second; 0 if null was written. */
    private static long rate(@Nullable Values values, String name, long fallback) {
        return values != null && values.isNull(name) ? 0 : size(values, name, fallback);
    }

    private static int count(@Nullable Values values, String name, int fallback) {
        return values == null ? fallback : values.get(name, Integer.class, fallback);
    }

    @Nullable
    Object listener(Values values) {
        Values timeouts = values.get("timeouts", Values.class);
        Values limits = values.get("limits", Values.class);
        return new Settings.Listener(
                values.get("name", String.class, ""),
                values.get("address", InetSocketAddress.class, DEFAULT_ADMIN),
                values.list("trustedProxies", Cidr.class),
                duration(timeouts, "head", Duration.ofSeconds(10)),
                duration(timeouts, "body", Duration.ofSeconds(30)),
                duration(timeouts, "idle", Duration.ofSeconds(60)),
                duration(timeouts, "write", Duration.ofSeconds(30)),
                (int) Math.min(1 << 20, size(limits, "requestLine", 8 << 10)),
                (int) Math.min(1 << 24, size(limits, "headers", 32 << 10)),
                count(limits, "headerCount", 100),
                size(limits, "body", -1),
                count(limits, "connections", 20_000),
                count(limits, "connectionsPerClient", -1),
                rate(limits, "minBodyRate", 256),
                rate(limits, "minSendRate", 256),
                count(limits, "requestsPerConnection", 10_000),
                values.get("allowEncodedSlash", Boolean.class, false));
    }

    @Nullable
    Object endpoint(Values values) {
        HostPort address = values.get("address", HostPort.class, new HostPort("", 1));
        return new Upstream.Endpoint(address.host(), address.port(), values.get("weight", Integer.class, 1));
    }

    @Nullable
    Object upstream(Values values) {
        List<Upstream.Endpoint> endpoints = values.list("endpoints", Upstream.Endpoint.class);
        if (endpoints.isEmpty()) {
            notEmpty(values, "endpoints");
            return null;
        }
        Values timeouts = values.get("timeouts", Values.class);
        Values limits = values.get("limits", Values.class);
        Values pool = values.get("pool", Values.class);
        Upstream.Pool usual = Upstream.Pool.DEFAULT;
        return new Upstream(
                values.get("name", String.class, ""),
                endpoints,
                values.get("loadBalancing", Upstream.LoadBalancing.class, Upstream.LoadBalancing.LEAST_REQUEST),
                duration(timeouts, "connect", Duration.ofSeconds(1)),
                duration(timeouts, "response", Duration.ofSeconds(60)),
                new Upstream.Pool(
                        count(pool, "maxIdle", usual.maxIdle()),
                        duration(pool, "idleTimeout", usual.idleTimeout()),
                        count(pool, "maxConnections", usual.maxConnections()),
                        count(pool, "maxPending", usual.maxPending()),
                        pool == null ? null : pool.get("pendingTimeout", Duration.class)),
                (int) Math.min(1 << 24, size(limits, "responseHeaders", Upstream.DEFAULT_RESPONSE_HEAD_BYTES)),
                values.get("healthCheck", Upstream.HealthCheck.class),
                values.get("outlierDetection", Upstream.OutlierDetection.class),
                UpstreamKeys.dnsRefresh(values, Upstream.DEFAULT_DNS_REFRESH));
    }

    static boolean exactlyOne(Values values, String... names) {
        long given = java.util.Arrays.stream(names).filter(values::has).count();
        if (given != 1) {
            values.error(
                    "",
                    given == 0 ? "nothing is asked" : given + " of them at once",
                    "one of " + String.join(", ", names));
        }
        return given == 1;
    }

    @Nullable
    Object pathMatch(Values values) {
        if (!exactlyOne(values, "exact", "prefix", "regex")) {
            return null;
        }
        String exact = values.get("exact", String.class);
        String prefix = values.get("prefix", String.class);
        Pattern regex = values.get("regex", Pattern.class);
        if (regex != null) {
            return new PathMatch.Regex(regex);
        }
        return exact != null ? new PathMatch.Exact(exact) : prefix == null ? null : new PathMatch.Prefix(prefix);
    }

    @Nullable
    Object fieldMatch(Values values) {
        if (!exactlyOne(values, "exact", "prefix", "regex", "in", "present")) {
            return null;
        }
        boolean not = values.get("not", Boolean.class, false);
        String exact = values.get("exact", String.class);
        String prefix = values.get("prefix", String.class);
        Pattern regex = values.get("regex", Pattern.class);
        FieldMatch.Test test;
        if (exact != null) {
            test = new FieldMatch.Test.Exact(exact);
        } else if (prefix != null) {
            test = new FieldMatch.Test.Prefix(prefix);
        } else if (regex != null) {
            test = new FieldMatch.Test.Regex(regex);
        } else if (values.has("in")) {
            test = new FieldMatch.Test.In(values.list("in", String.class));
        } else {
            test = new FieldMatch.Test.Present();
            not ^= !values.get("present", Boolean.class, true);
        }
        return new FieldMatch(values.get("name", String.class, ""), test, not);
    }

    RequestMatch match(Values values) {
        return new RequestMatch(
                values.list("hosts", String.class),
                values.get("path", PathMatch.class),
                values.list("methods", String.class),
                values.list("headers", FieldMatch.class),
                values.list("cookies", FieldMatch.class),
                values.list("query", FieldMatch.class),
                values.list("clientIp", Cidr.class));
    }

    @Nullable
    Object edits(Values values) {
        Map<String, String> set = new java.util.LinkedHashMap<>();
        Map<?, ?> given = values.get("set", Map.class, Map.of());
        given.forEach((name, value) -> set.put((String) name, (String) value));
        List<String> remove = values.list("remove", String.class);
        List<String> names = new ArrayList<>(set.keySet());
        names.addAll(remove);
        for (String name : names) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (NOT_TO_EDIT.contains(lower) || lower.startsWith("x-halftone-")) {
                values.error(
                        remove.contains(name) ? "remove" : "set",
                        "the header " + name,
                        "a header that the proxy does not write itself");
                return null;
            }
        }
        return new HeaderEdits(java.util.Collections.unmodifiableMap(set), remove);
    }

    /** What is equal in many routes is one object, so that it stays in the processor's cache. */
    @SuppressWarnings("unchecked") // what is put is of the type of what was asked with
    private <T> T shared(T value) {
        return (T) shared.computeIfAbsent(value, same -> same);
    }

    @Nullable
    Object route(Values values) {
        Values timeouts = values.get("timeouts", Values.class);
        Values rewrite = values.get("rewrite", Values.class);
        RequestMatch match = values.get("match", RequestMatch.class, RequestMatch.ANY);
        String prefix = rewrite == null ? null : rewrite.get("path", String.class);
        if (prefix != null && !(match.path() instanceof PathMatch.Prefix)) {
            values.error("rewrite", "a path prefix to write, but none is matched", "match.path.prefix");
            return null;
        }
        CustomMetrics metrics = values.get("customMetrics", CustomMetrics.class);
        CanaryDraft canary = values.get("canary", CanaryDraft.class);
        customMetrics.checkNames(canary == null ? null : canary.settings().analysis(), metrics);
        if (canary != null) {
            ExperimentSection.checkGoal(canary.at(), metrics);
            RuleConflicts.warnWithin(match, canary.at(), canary.settings().rules());
        }
        Forwarding forwarding = new Forwarding(
                values.get("exposeVersion", Boolean.class, false),
                duration(timeouts, "request", Duration.ZERO),
                duration(timeouts, "idle", Duration.ofSeconds(60)),
                prefix,
                rewrite == null ? null : rewrite.get("host", String.class),
                values.get("requestHeaders", HeaderEdits.class, HeaderEdits.NONE),
                CustomMetricsSection.edits(values.get("responseHeaders", HeaderEdits.class, HeaderEdits.NONE), metrics),
                metrics,
                values.get("retries", ReplayPolicy.class));
        return new RouteDraft(
                values,
                values.get("name", String.class, ""),
                match,
                values.get("stable", String.class, ""),
                canary,
                shared(forwarding));
    }

    @Nullable
    Object userKey(Values values) {
        if (!exactlyOne(values, "cookie", "header", "query", "jwtClaim")) {
            return null;
        }
        UserKeySource.JwtClaim claim = values.get("jwtClaim", UserKeySource.JwtClaim.class);
        if (claim != null) {
            return claim;
        }
        String cookie = values.get("cookie", String.class);
        String header = values.get("header", String.class);
        if (cookie != null) {
            return new UserKeySource.Cookie(cookie);
        }
        return header != null
                ? new UserKeySource.Header(header)
                : new UserKeySource.Query(values.get("query", String.class, ""));
    }

    @Nullable
    Object salt(Values values) {
        Path file = values.get("file", Path.class, Path.of(""));
        byte[] secret = secret(values, "file", file);
        return secret == null ? null : new Salt(secret);
    }

    @Nullable
    Object rule(Values values) {
        RequestMatch when = values.get("when", RequestMatch.class, RequestMatch.ANY);
        Rule.SendTo sendTo = values.get("sendTo", Rule.SendTo.class, Rule.SendTo.RATIO);
        boolean spoken = when.clientIp().isEmpty() && when.cohort().isEverybody();
        if (sendTo == Rule.SendTo.CANARY && spoken && !when.equals(RequestMatch.ANY)) {
            values.warning(
                    "when", "anybody who sends this reaches the canary", "clientIp as well, to keep strangers out");
        }
        if (values.has("analyze") && sendTo == Rule.SendTo.RATIO) {
            values.error("analyze", "says nothing where the ratio decides", "leave it out, or sendTo canary or stable");
            return null;
        }
        return new Rule(
                values.get("name", String.class, ""), when, sendTo, values.get("analyze", Boolean.class, false));
    }

    @Nullable
    Object canary(Values values) {
        List<UserKeySource> userKey = values.list("userKey", UserKeySource.class);
        String release = values.get("release", String.class, "");
        if (!release.matches("[!-~]{1,100}")) {
            values.error("release", "\"" + release + "\"", "1 to 100 visible characters without spaces");
            return null;
        }
        notEmpty(values, "userKey");
        if (!values.has("userKey") && RolloutBuilder.needsUserKey(values)) {
            values.error("userKey", "missing", "a list, as [{cookie: user_id}]");
        }
        String upstream = ExperimentSection.upstream(values);
        AnalysisSpec analysis = values.get("analysis", AnalysisSpec.class, AnalysisSpec.DEFAULT);
        RolloutSettings rollout = RolloutBuilder.build(values, analysis);
        if (rollout == null || (upstream.isEmpty() && !values.has("upstream") && !RollingSection.isRolling(values))) {
            return null;
        }
        List<Rule> rules = values.list("rules", Rule.class);
        once(values, "rules", rules.stream().map(Rule::name).toList());
        RuleConflicts.warn(values, rules);
        boolean isSomebodyLeft = ReleaseConflicts.isSomebodyLeft(values, rules, rollout, analysis);
        if (!ReleaseConflicts.countsSomebody(values, rules) || !isSomebodyLeft) {
            return null;
        }
        return new CanaryDraft(
                values,
                upstream,
                new Settings.GraySettings(
                        PLACEHOLDER,
                        release,
                        RolloutBuilder.ratio(values, rollout),
                        shared(List.copyOf(cohorts.userKeys(values, userKey))),
                        values.get("onMissingKey", MissingKey.class, RolloutBuilder.missingKey(values)),
                        values.get("salt", Salt.class),
                        rules,
                        analysis,
                        rollout,
                        NetKeys.net(values)));
    }

    /** Stands in a draft until the name is looked up; never leaves this class. */
    private static final Upstream PLACEHOLDER = new Upstream(
            "",
            List.of(new Upstream.Endpoint("", 1, 1)),
            Upstream.LoadBalancing.LEAST_REQUEST,
            Duration.ZERO,
            Duration.ZERO,
            Upstream.Pool.DEFAULT);

    @Nullable
    Object analysis(Values values) {
        Duration interval = values.get("interval", Duration.class, Duration.ofSeconds(1));
        Duration window = values.get("window", Duration.class, Duration.ofSeconds(60));
        boolean whole = interval.toNanos() % 1_000_000_000L == 0 && !interval.isZero();
        if (!whole || interval.compareTo(Duration.ofHours(1)) > 0) {
            values.error("interval", values.shown("interval"), "whole seconds, 1s..1h");
            return null;
        }
        if (window.compareTo(interval) < 0 || window.compareTo(Duration.ofHours(1)) > 0) {
            values.error("window", values.shown("window"), "at least the interval, at most 1h");
            return null;
        }
        List<CheckSpec> given = Grammar.given(values, "checks", CheckSpec.class);
        List<CheckSpec> checks = given == null ? AnalysisSpec.DEFAULT_CHECKS : given;
        once(values, "checks", checks.stream().map(CheckSpec::name).toList());
        if (checks.isEmpty()) {
            values.warning("checks", "none, so nothing is ever rolled back by itself", "at least one check");
        }
        for (CheckSpec check : checks) {
            if (check.silence(interval, window) == null) {
                values.error(
                        "checks",
                        check.name() + ": a window of " + Words.of(window) + " holds too few points of "
                                + Words.of(interval) + ", so it never says anything",
                        "five intervals in the window");
                return null;
            }
            if (check.detector() instanceof DetectorSpec.Decomposition decomposition
                    && decomposition.period().compareTo(interval.multipliedBy(2)) < 0) {
                values.error("checks", check.name() + ": a period of less than two intervals", "a longer period");
                return null;
            }
        }
        if (!JudgeSection.shareHolds(values)) {
            return null;
        }
        return new AnalysisSpec(
                interval,
                window,
                values.get("minRequests", Integer.class, 50),
                values.get("minUsers", Integer.class, AnalysisSpec.DEFAULT.minUsers()),
                values.get("maxShareOfUser", Double.class, AnalysisSpec.MAX_SHARE_OF_USER),
                JudgeSection.harmBudget(values, checks),
                values.get("onBreach", OnBreach.class, OnBreach.ROLLBACK),
                checks);
    }

    @Nullable
    Object check(Values values) {
        JudgeSection.Judged judged = values.get("metric", JudgeSection.Judged.class, JudgeSection.Judged.ERRORS);
        Metric metric = judged.metric();
        String detector = values.get("detector", String.class, "");
        if (metric == Metric.CUSTOM && !detector.equals("comparison")) {
            values.error("detector", detector + " of " + judged.label(), "comparison");
            return null;
        }
        DetectorSpec spec = switch (detector) {
            case "comparison" ->
                onlyFor(values, detector, "alpha", "tolerance", "side", "warmUp")
                        ? JudgeSection.comparison(values, judged)
                        : null;
            case "cusum" ->
                onlyFor(values, detector, "good", "bad", "threshold") ? JudgeSection.cusum(values, judged) : null;
            case "threshold" -> threshold(values, metric);
            case "movingAverage" -> movingAverage(values, metric);
            case "mannWhitney" -> mannWhitney(values, metric);
            case "decomposition" -> decomposition(values, metric);
            case "stream" -> stream(values);
            default -> ewma(values, metric);
        };
        if (spec == null) {
            return null;
        }
        CheckSpec check = new CheckSpec(
                values.get("name", String.class, ""),
                metric,
                judged.custom(),
                spec,
                values.get("consecutive", Integer.class, 1));
        customMetrics.judgedAt(check, values);
        return check;
    }

    private static final List<String> PARAMETERS = List.of(
            "min",
            "max",
            "points",
            "sigma",
            "alpha",
            "side",
            "confidence",
            "tolerance",
            "effect",
            "period",
            "warmUp",
            "good",
            "bad",
            "threshold");

    private static boolean onlyFor(Values values, String detector, String... own) {
        boolean clean = true;
        for (String name : PARAMETERS) {
            if (values.has(name) && !List.of(own).contains(name)) {
                values.error(name, "is no parameter of " + detector, "leave it out");
                clean = false;
            }
        }
        return clean;
    }

    private static @Nullable DetectorSpec threshold(Values values, Metric metric) {
        if (!onlyFor(values, "threshold", "min", "max")) {
            return null;
        }
        if (!values.has("min") && !values.has("max")) {
            values.error("", "a threshold without limit", "min or max");
            return null;
        }
        Double min = limit(values, "min", metric);
        Double max = limit(values, "max", metric);
        boolean missed = (values.has("min") && min == null) || (values.has("max") && max == null);
        if (!missed && min != null && max != null && min > max) {
            values.error("min", values.shown("min") + " is above max", "min at most max");
            return null;
        }
        boolean isShare = metric == Metric.ERROR_RATE || metric == Metric.SUCCESS_RATE;
        if (!missed && (min == null || min <= 0) && (max == null || (isShare && max >= 1))) {
            values.warning(
                    max == null ? "min" : "max",
                    values.shown(max == null ? "min" : "max") + ": no value is beyond it, so the check never breaches",
                    "a limit that can be passed");
        }
        return missed ? null : new DetectorSpec.Threshold(min, max);
    }

    private static @Nullable Double limit(Values values, String name, Metric metric) {
        Limit limit = values.get(name, Limit.class);
        if (limit == null) {
            return null;
        }
        boolean rate = metric == Metric.ERROR_RATE || metric == Metric.SUCCESS_RATE;
        boolean latency = !rate && metric != Metric.REQUEST_RATE;
        boolean fits = rate
                ? limit.unit() != Limit.Unit.MILLIS && limit.value() >= 0 && limit.value() <= 1
                : limit.value() >= 0 && limit.unit() == (latency ? Limit.Unit.MILLIS : Limit.Unit.PLAIN);
        if (!fits) {
            String expected =
                    rate ? "5% or a share 0..1" : latency ? "a duration as 250ms" : "requests per second, as 10";
            values.error(name, values.shown(name), expected);
            return null;
        }
        return limit.value();
    }

    private static Side side(Values values, Metric metric) {
        Side bad = metric == Metric.SUCCESS_RATE ? Side.BELOW : metric == Metric.REQUEST_RATE ? Side.BOTH : Side.ABOVE;
        return values.get("side", Side.class, bad);
    }

    private static @Nullable DetectorSpec movingAverage(Values values, Metric metric) {
        if (!onlyFor(values, "movingAverage", "points", "sigma", "side")) {
            return null;
        }
        return new DetectorSpec.MovingAverage(
                values.get("points", Integer.class, 10), values.get("sigma", Double.class, 3.0), side(values, metric));
    }

    private static @Nullable DetectorSpec ewma(Values values, Metric metric) {
        if (!onlyFor(values, "ewma", "alpha", "sigma", "side")) {
            return null;
        }
        return new DetectorSpec.Ewma(
                values.get("alpha", Double.class, 0.3), values.get("sigma", Double.class, 3.0), side(values, metric));
    }

    private static @Nullable DetectorSpec mannWhitney(Values values, Metric metric) {
        boolean clean = onlyFor(values, "mannWhitney", "confidence", "tolerance", "effect", "side");
        double confidence = values.get("confidence", Double.class, 0.98);
        double effect = values.get("effect", Double.class, 1.0);
        if (confidence <= 0.5 || confidence >= 1) {
            values.error("confidence", values.shown("confidence"), "above 0.5 and below 1");
            clean = false;
        }
        if (effect < 1) {
            values.error("effect", values.shown("effect"), "1 or more");
            clean = false;
        }
        if (values.get("tolerance", Double.class, 1.0) > 1) {
            values.error("tolerance", values.shown("tolerance"), "at most 1");
            clean = false;
        }
        return clean
                ? new DetectorSpec.MannWhitney(
                        confidence, values.get("tolerance", Double.class, 0.25), effect, side(values, metric))
                : null;
    }

    private static @Nullable DetectorSpec decomposition(Values values, Metric metric) {
        boolean clean = onlyFor(values, "decomposition", "period", "sigma", "side");
        Duration period = values.get("period", Duration.class, Duration.ofHours(24));
        if (period.compareTo(Duration.ofMinutes(1)) < 0 || period.compareTo(Duration.ofDays(8)) > 0) {
            values.error("period", values.shown("period"), "1m..8d, as 24h or 168h");
            clean = false;
        }
        return clean
                ? new DetectorSpec.Decomposition(period, values.get("sigma", Double.class, 3.0), side(values, metric))
                : null;
    }

    private static @Nullable DetectorSpec stream(Values values) {
        return onlyFor(values, "stream") ? new DetectorSpec.Stream() : null;
    }
}
