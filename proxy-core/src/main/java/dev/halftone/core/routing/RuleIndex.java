package dev.halftone.core.routing;

import dev.halftone.core.routing.RequestMatch.FieldMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first rule that matches without asking each. A rule that asks for one of some values of a header, cookie or query
 * parameter, for an address or for a region is filed under those; only what the request has is looked up. All others are asked
 * one after another, and every list is scanned only up to the best find so far: the answer is that of a scan of all rules.
 * Immutable, any thread.
 */
final class RuleIndex {
    /** So few are asked one after another as fast as they are looked up. */
    private static final int FEW = 8;

    private static final int[] NOBODY = {};

    private final MatchTest[] tests;
    private final @Nullable CohortTest[] cohorts;
    private final @Nullable SipHash listHash;
    private final boolean asksCohorts;
    private final Named[] headers;
    private final Named[] cookies;
    private final Named[] query;
    private final NetworkTable networks;
    private final int[] regionCodes;
    private final int[][] byRegion;
    private final int[] others;

    /** The rules that ask for values of one field. */
    private record Named(String name, TextTable<int[]> byValue) {}

    /** That of routes without rules. */
    private static final RuleIndex NONE = new RuleIndex(List.of());

    static RuleIndex of(List<Rule> rules) {
        return rules.isEmpty() ? NONE : new RuleIndex(rules);
    }

    private RuleIndex(List<Rule> rules) {
        tests = rules.stream().map(rule -> new MatchTest(rule.when())).toArray(MatchTest[]::new);
        cohorts = rules.stream()
                .map(rule -> rule.when().cohort())
                .map(cohort -> cohort.isEverybody() ? null : new CohortTest(cohort))
                .toArray(CohortTest[]::new);
        listHash = listHash(rules);
        asksCohorts = rules.stream().anyMatch(rule -> !rule.when().cohort().isEverybody());
        Filing filing = new Filing();
        for (int i = 0; i < rules.size(); i++) {
            if (rules.size() <= FEW || !filing.file(rules.get(i).when(), i)) {
                filing.others.add(i);
            }
        }
        headers = named(filing.headers);
        cookies = named(filing.cookies);
        query = named(filing.query);
        networks = new NetworkTable(filing.networks);
        regionCodes =
                filing.regions.keySet().stream().mapToInt(Integer::intValue).toArray();
        byRegion = filing.regions.values().stream().map(RuleIndex::ints).toArray(int[][]::new);
        others = ints(filing.others);
    }

    private static @Nullable SipHash listHash(List<Rule> rules) {
        SipHash shared = null;
        for (Rule rule : rules) {
            UserList users = rule.when().cohort().users();
            if (users != null && shared != null && !shared.equals(users.hash())) {
                throw new IllegalArgumentException("lists of one route must share a key");
            }
            shared = users == null ? shared : users.hash();
        }
        return shared;
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    private static Named[] named(Map<String, Map<String, List<Integer>>> fields) {
        List<Named> all = new ArrayList<>();
        fields.forEach((name, values) -> {
            Map<String, int[]> positions = new HashMap<>();
            values.forEach((value, list) -> positions.put(value, ints(list)));
            all.add(new Named(name, new TextTable<>(positions, false)));
        });
        return all.toArray(new Named[0]);
    }

    /** Collects, for each place to look at, the rules that can only match there. */
    private static final class Filing {
        private final Map<String, Map<String, List<Integer>>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private final Map<String, Map<String, List<Integer>>> cookies = new TreeMap<>();
        private final Map<String, Map<String, List<Integer>>> query = new TreeMap<>();
        private final Map<Cidr, List<Integer>> networks = new HashMap<>();
        private final TreeMap<Integer, List<Integer>> regions = new TreeMap<>();
        private final List<Integer> others = new ArrayList<>();

        /** Whether there is a place for it. */
        boolean file(RequestMatch when, int position) {
            if (file(when.cookies(), cookies, position)
                    || file(when.headers(), headers, position)
                    || file(when.query(), query, position)) {
                return true;
            }
            for (Cidr network : when.clientIp()) {
                add(networks.computeIfAbsent(network, key -> new ArrayList<>()), position);
            }
            if (!when.clientIp().isEmpty()) {
                return true;
            }
            for (String region : when.cohort().regions()) {
                add(regions.computeIfAbsent(RegionCode.parse(region), key -> new ArrayList<>()), position);
            }
            return !when.cohort().regions().isEmpty();
        }

        private static boolean file(
                List<FieldMatch> fields, Map<String, Map<String, List<Integer>>> into, int position) {
            for (FieldMatch field : fields) {
                List<String> values = values(field);
                if (!values.isEmpty()) {
                    Map<String, List<Integer>> named = into.computeIfAbsent(field.name(), name -> new HashMap<>());
                    for (String value : values) {
                        add(named.computeIfAbsent(Buckets.byteString(value), key -> new ArrayList<>()), position);
                    }
                    return true;
                }
            }
            return false;
        }

        private static List<String> values(FieldMatch field) {
            if (field.not()) {
                return List.of();
            } else if (field.test() instanceof FieldMatch.Test.Exact exact) {
                return List.of(exact.value());
            }
            return field.test() instanceof FieldMatch.Test.In in ? in.values() : List.of();
        }

        private static void add(List<Integer> list, int position) {
            if (list.isEmpty() || list.get(list.size() - 1) != position) {
                list.add(position);
            }
        }
    }

    /** Whether any rule needs more than the request's text. */
    boolean asksCohorts() {
        return asksCohorts;
    }

    /** The hash that all user lists share, or null if there is none. */
    @Nullable
    SipHash listHash() {
        return listHash;
    }

    int size() {
        return tests.length;
    }

    /**
     * The position of the first rule that matches, or the number of rules.
     *
     * @param facts begun for this request if {@link #asksCohorts}
     */
    int first(RequestView request, RequestFacts facts) {
        int best = tests.length;
        for (Named field : headers) {
            best = scan(at(field, request.header(field.name)), request, facts, best);
        }
        for (Named field : cookies) {
            best = scan(at(field, request.cookie(field.name)), request, facts, best);
        }
        for (Named field : query) {
            best = scan(at(field, request.query(field.name)), request, facts, best);
        }
        if (!networks.isEmpty()) {
            byte[] address = request.clientAddress().getAddress();
            int lengths = networks.lengths(address);
            for (int i = 0; i < lengths; i++) {
                best = scan(networks.find(address, i), request, facts, best);
            }
        }
        if (regionCodes.length > 0) {
            best = inRegion(request, facts, best);
        }
        return scan(others, request, facts, best);
    }

    private static int[] at(Named field, @Nullable CharSequence value) {
        int[] found = value == null ? null : field.byValue.get(value, 0, value.length());
        return found == null ? NOBODY : found;
    }

    private int inRegion(RequestView request, RequestFacts facts, int bestSoFar) {
        long region = facts.region();
        int first = (int) region;
        int second = (int) (region >>> 32);
        int best = scan(filed(first), request, facts, bestSoFar);
        int country = RegionCode.country(first);
        if (country != first) {
            best = scan(filed(country), request, facts, best);
        }
        return scan(filed(second), request, facts, best);
    }

    private int[] filed(int region) {
        int at = region == RegionCode.UNKNOWN ? -1 : java.util.Arrays.binarySearch(regionCodes, region);
        return at < 0 ? NOBODY : byRegion[at];
    }

    private int scan(int[] positions, RequestView request, RequestFacts facts, int best) {
        for (int position : positions) {
            if (position >= best) {
                return best;
            }
            CohortTest cohort = cohorts[position];
            if (tests[position].matches(request) && (cohort == null || cohort.matches(facts))) {
                return position;
            }
        }
        return best;
    }
}
