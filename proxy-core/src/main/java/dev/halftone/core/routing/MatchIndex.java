package dev.halftone.core.routing;

import dev.halftone.core.routing.RequestMatch.PathMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first route that matches without asking each: routes are grouped by host and, within, by path. Every group is
 * scanned in the order of the configuration and only up to the best find so far, so the answer is that of a scan of all
 * routes. Immutable, any thread.
 */
final class MatchIndex {
    private final MatchTest[] tests;
    private final TextTable<PathGroups> byHost;
    private final TextTable<PathGroups> bySuffix;
    private final PathGroups anyHost;

    MatchIndex(List<Route> routes) {
        tests = routes.stream().map(route -> new MatchTest(route.match())).toArray(MatchTest[]::new);
        Map<String, List<Integer>> hosts = new HashMap<>();
        Map<String, List<Integer>> suffixes = new HashMap<>();
        List<Integer> any = new ArrayList<>();
        for (int i = 0; i < routes.size(); i++) {
            List<String> wanted = routes.get(i).match().hosts();
            if (wanted.isEmpty()) {
                any.add(i);
            }
            for (String host : wanted) {
                String lower = host.toLowerCase(Locale.ROOT);
                Map<String, List<Integer>> into = lower.startsWith("*.") ? suffixes : hosts;
                String key = lower.startsWith("*.") ? lower.substring(1) : lower;
                into.computeIfAbsent(key, name -> new ArrayList<>()).add(i);
            }
        }
        byHost = groups(hosts, routes);
        bySuffix = groups(suffixes, routes);
        anyHost = new PathGroups(any, routes, tests);
    }

    private TextTable<PathGroups> groups(Map<String, List<Integer>> members, List<Route> routes) {
        Map<String, PathGroups> groups = new HashMap<>();
        members.forEach((host, positions) -> groups.put(host, new PathGroups(positions, routes, tests)));
        return new TextTable<>(groups, true);
    }

    /** The position of the first route that matches, or -1. */
    int first(RequestView request) {
        CharSequence host = request.host();
        int end = MatchTest.hostLength(host);
        int best = tests.length;
        PathGroups exact = byHost.get(host, 0, end);
        if (exact != null) {
            best = exact.first(request, tests, best);
        }
        for (int i = 1; i < end && !bySuffix.isEmpty(); i++) {
            PathGroups below = host.charAt(i) == '.' ? bySuffix.get(host, i, end) : null;
            if (below != null) {
                best = below.first(request, tests, best);
            }
        }
        best = anyHost.first(request, tests, best);
        return best == tests.length ? -1 : best;
    }

    /**
     * The routes of one host by what they ask of the path. What the look-up has told is not asked again, and with thousands of
     * routes each object that is not touched is a cache miss less: a route is {@code position * 2}, and 1 more if it asks for more
     * than host and path.
     */
    private static final class PathGroups {
        private final @Nullable TextTable<int[]> exact;
        private final @Nullable TextTable<int[]> prefixes;
        private final int @Nullable [] others;

        PathGroups(List<Integer> positions, List<Route> routes, MatchTest[] tests) {
            Map<String, List<Integer>> exacts = new HashMap<>();
            Map<String, List<Integer>> byPrefix = new HashMap<>();
            List<Integer> rest = new ArrayList<>();
            for (int position : positions) {
                @Nullable PathMatch path = routes.get(position).match().path();
                List<Integer> into = rest;
                if (path instanceof PathMatch.Exact wanted) {
                    into = exacts.computeIfAbsent(Buckets.byteString(wanted.path()), key -> new ArrayList<>());
                } else if (path instanceof PathMatch.Prefix wanted) {
                    into = byPrefix.computeIfAbsent(Buckets.byteString(wanted.prefix()), key -> new ArrayList<>());
                }
                into.add(position * 2 + (tests[position].asksMore() ? 1 : 0));
            }
            exact = table(exacts);
            prefixes = table(byPrefix);
            others = rest.isEmpty() ? null : ints(rest);
        }

        private static @Nullable TextTable<int[]> table(Map<String, List<Integer>> lists) {
            Map<String, int[]> arrays = new HashMap<>();
            lists.forEach((key, list) -> arrays.put(key, ints(list)));
            return arrays.isEmpty() ? null : new TextTable<>(arrays, false);
        }

        private static int[] ints(List<Integer> list) {
            return list.stream().mapToInt(Integer::intValue).toArray();
        }

        int first(RequestView request, MatchTest[] tests, int bestSoFar) {
            int best = scan(others, request, tests, bestSoFar);
            if (exact == null && prefixes == null) {
                return best;
            }
            CharSequence path = request.path();
            int length = path.length();
            if (exact != null) {
                best = scan(exact.get(path, 0, length), request, tests, best);
            }
            return prefixes == null ? best : firstPrefix(prefixes, path, request, tests, best);
        }

        private static int firstPrefix(
                TextTable<int[]> prefixes, CharSequence path, RequestView request, MatchTest[] tests, int bestSoFar) {
            int best = bestSoFar;
            int length = path.length();
            // A prefix ends where a segment does: before a slash, after it, or at the end.
            int hash = 0;
            for (int i = 0; i < length; i++) {
                char c = path.charAt(i);
                if (c == '/') {
                    best = scan(prefixes.get(path, 0, i, hash), request, tests, best);
                }
                hash = TextTable.extend(hash, c);
                if (c == '/') {
                    best = scan(prefixes.get(path, 0, i + 1, hash), request, tests, best);
                }
            }
            return scan(prefixes.get(path, 0, length, hash), request, tests, best);
        }

        private static int scan(int @Nullable [] routes, RequestView request, MatchTest[] tests, int best) {
            if (routes == null) {
                return best;
            }
            for (int route : routes) {
                int position = route >> 1;
                if (position >= best) {
                    return best;
                }
                if ((route & 1) == 0 || tests[position].matchesMore(request)) {
                    return position;
                }
            }
            return best;
        }
    }
}
