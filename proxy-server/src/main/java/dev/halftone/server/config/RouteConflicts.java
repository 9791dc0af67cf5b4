package dev.halftone.server.config;

import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.OutlierDetection;
import dev.halftone.server.config.RolloutSettings.Call;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.config.Settings.Admin;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.Listener;
import dev.halftone.server.config.SettingsBuilder.RouteDraft;
import dev.halftone.server.config.Struct.Values;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What only shows of routes, upstreams and addresses when all of a file are seen together, and is hardly meant. Any thread. */
final class RouteConflicts {
    /** Beyond so many routes, only equal ones are looked for: comparing each with each would take seconds. */
    private static final int EACH_WITH_EACH = 2000;

    private RouteConflicts() {}

    /** Warns of routes that match nothing, or nothing that a route before them has left. */
    static void warnOfMatches(List<RouteDraft> routes) {
        Map<RequestMatch, String> first = new HashMap<>();
        for (int i = 0; i < routes.size(); i++) {
            RouteDraft route = routes.get(i);
            String why = Contradiction.between(RequestMatch.ANY, route.match());
            String before = routes.size() > EACH_WITH_EACH ? first.get(route.match()) : coveringRoute(routes, i);
            first.putIfAbsent(route.match(), route.name());
            if (before != null) {
                why = before + " before it takes all of it";
            }
            if (why != null) {
                route.at()
                        .warning(
                                route.at().has("match") ? "match" : "name",
                                "route " + route.name() + " never matches: " + why,
                                before == null ? "what a request can be" : "the narrower route first, or one of them");
            }
        }
    }

    private static @Nullable String coveringRoute(List<RouteDraft> routes, int later) {
        RequestMatch narrower = routes.get(later).match();
        for (int i = 0; i < later; i++) {
            RequestMatch wider = routes.get(i).match();
            if (coversHosts(wider.hosts(), narrower.hosts()) && RuleConflicts.covers(wider, narrower)) {
                return routes.get(i).name();
            }
        }
        return null;
    }

    private static boolean coversHosts(List<String> wider, List<String> narrower) {
        return wider.isEmpty()
                || (!narrower.isEmpty()
                        && narrower.stream()
                                .allMatch(host -> wider.stream().anyMatch(known -> coversHost(known, host))));
    }

    private static boolean coversHost(String wider, String narrower) {
        String known = wider.toLowerCase(Locale.ROOT);
        String host = narrower.toLowerCase(Locale.ROOT);
        return host.equals(known) || (known.startsWith("*.") && host.endsWith(known.substring(1)));
    }

    // Upstreams.

    /** Warns of upstreams that come back to this proxy, and of a detection that can never take anything out. */
    static void warnOfUpstreams(Values root, List<Upstream> upstreams, List<Listener> listeners) {
        for (int i = 0; i < upstreams.size(); i++) {
            Upstream upstream = upstreams.get(i);
            for (Listener listener : listeners) {
                if (upstream.endpoints().stream()
                        .anyMatch(endpoint -> isAt(listener.address(), endpoint.host(), endpoint.port()))) {
                    root.warning(
                            "upstreams",
                            i,
                            upstream.name() + " leads to the listener " + listener.name()
                                    + " of this proxy, so requests go round in a circle",
                            "the address of the service");
                }
            }
            OutlierDetection outliers = upstream.outlierDetection();
            int known = upstream.endpoints().size();
            if (outliers != null && isEachAnAddress(upstream) && known * outliers.maxEjectedPercent() / 100 == 0) {
                root.warning(
                        "upstreams",
                        i,
                        "outlierDetection of " + upstream.name() + " never takes anything out: "
                                + outliers.maxEjectedPercent() + " % of " + known + " is none",
                        "more endpoints, a higher maxEjectedPercent, or no outlierDetection");
            }
        }
    }

    /** A name may stand for several addresses. */
    private static boolean isEachAnAddress(Upstream upstream) {
        return upstream.endpoints().stream().allMatch(endpoint -> literal(endpoint.host()) != null);
    }

    /** Null for a name; nothing is looked up. */
    private static @Nullable InetAddress literal(String host) {
        boolean isNumeric = host.indexOf(':') >= 0 || host.matches("\\d{1,3}(\\.\\d{1,3}){3}");
        return isNumeric ? new InetSocketAddress(host, 0).getAddress() : null;
    }

    /** Whether a client of this machine that speaks to the host and port reaches what listens there. */
    private static boolean isAt(InetSocketAddress listening, String host, int port) {
        if (listening.getPort() == 0 || listening.getPort() != port) {
            return false;
        }
        InetAddress asked = host.equals("localhost") ? InetAddress.getLoopbackAddress() : literal(host);
        InetAddress own = listening.getAddress();
        return asked != null && (asked.equals(own) || (own.isAnyLocalAddress() && asked.isLoopbackAddress()));
    }

    /** Warns where stable and canary are the same servers under two names. */
    static void warnOfSameServers(Values canary, Upstream stable, Upstream upstream) {
        boolean isSame = names(stable).equals(names(upstream));
        if (isSame && !stable.name().equals(upstream.name())) {
            canary.warning(
                    "upstream",
                    upstream.name() + " has the endpoints of " + stable.name() + ", so both versions are one",
                    "the endpoints of the new version");
        }
    }

    private static Set<String> names(Upstream upstream) {
        return upstream.endpoints().stream().map(Upstream.Endpoint::toString).collect(Collectors.toSet());
    }

    /** Warns of hooks that ask the admin address of this proxy, which answers none. */
    static void warnOfHooks(List<RouteDraft> drafts, Admin admin) {
        for (RouteDraft draft : drafts) {
            SettingsBuilder.CanaryDraft canary = draft.canary();
            if (canary != null) {
                warnOfHooks(canary.at(), canary.settings(), admin);
            }
        }
    }

    private static void warnOfHooks(Values canary, GraySettings gray, Admin admin) {
        for (Hook hook : hooks(gray)) {
            if (hook.call() instanceof Call.Webhook webhook
                    && isAt(admin.address(), webhook.hook().url())) {
                canary.warning(
                        gray.rollout().hooks().contains(hook) ? "hooks" : "rolling",
                        hook.name() + " asks the admin address of this proxy, which answers no hook",
                        "the address of your hook");
            }
        }
    }

    private static boolean isAt(InetSocketAddress listening, URI url) {
        int usual = url.getScheme().equals("https") ? 443 : 80;
        String host = url.getHost().startsWith("[")
                ? url.getHost().substring(1, url.getHost().length() - 1)
                : url.getHost();
        return isAt(listening, host, url.getPort() < 0 ? usual : url.getPort());
    }

    private static List<Hook> hooks(GraySettings gray) {
        List<Hook> all = new ArrayList<>(gray.rollout().hooks());
        RolloutSettings.Rolling rolling = gray.rollout().rolling();
        if (rolling != null) {
            all.add(rolling.update());
            all.add(rolling.undo());
        }
        return all;
    }
}
