package dev.halftone.core.routing;

import dev.halftone.core.Position;
import dev.halftone.core.Version;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One route made ready to choose: its hash keyed, its rules compiled, every choice made beforehand. Immutable, any thread. */
final class GrayRoute {
    private static final int MAX_KEY_BYTES = 256;
    private static final int VERSIONS = Version.values().length;

    private final Route route;
    private final @Nullable Gray gray;
    private final SipHash hash;
    private final MatchTest[] tests;
    private final LongSupplier random;
    // For each rule, and last for no rule: a choice by ratio, by rule and for want of a key, of either version.
    private final Choice[] byRatio;
    private final Choice[] byRule;
    private final Choice[] byMissingKey;

    GrayRoute(Route route, LongSupplier random) {
        this.route = route;
        this.random = random;
        gray = route.gray();
        List<Rule> rules = gray == null ? List.of() : gray.rules();
        tests = rules.stream().map(rule -> new MatchTest(rule.when())).toArray(MatchTest[]::new);
        hash = gray == null ? new SipHash(new byte[16]) : Buckets.hash(gray.salt(), route.name(), gray.release());
        byRatio = new Choice[(rules.size() + 1) * VERSIONS];
        byRule = new Choice[byRatio.length];
        byMissingKey = new Choice[byRatio.length];
        for (int i = 0; i <= rules.size(); i++) {
            Rule rule = i < rules.size() ? rules.get(i) : null;
            String name = rule == null ? null : rule.name();
            for (Version version : Version.values()) {
                int at = i * VERSIONS + version.ordinal();
                byRatio[at] = choice(version, Reason.RATIO, name, true);
                byRule[at] = choice(version, Reason.RULE, name, rule != null && rule.analyzed());
                byMissingKey[at] = choice(version, Reason.NO_KEY, name, false);
            }
        }
    }

    private Choice choice(Version version, Reason reason, @Nullable String rule, boolean analyzed) {
        SafetyNet net = gray == null ? SafetyNet.NONE : gray.net();
        Choice twin = null;
        if (version == Version.CANARY && net.rescue() != null) {
            twin = new Choice(route, Version.STABLE, Reason.RESCUE, rule, false);
        } else if (version == Version.STABLE && net.mirror() != null && mayMirror(reason)) {
            twin = new Choice(route, Version.CANARY, reason, rule, false);
        }
        return new Choice(route, version, reason, rule, analyzed, twin);
    }

    /** Not of whom a rule keeps away from the canary, and nothing reaches the canary of a release that is held. */
    private boolean mayMirror(Reason reason) {
        return gray != null && gray.open() && reason != Reason.RULE;
    }

    Route route() {
        return route;
    }

    Choice choose(RequestView request, UserPosition user) {
        user.unknown();
        Gray present = gray;
        if (present == null) {
            return byRatio[Version.STABLE.ordinal()];
        }
        int rule = rule(request);
        Rule.SendTo sendTo = rule < tests.length ? present.rules().get(rule).sendTo() : Rule.SendTo.RATIO;
        if (sendTo != Rule.SendTo.RATIO) {
            return byRule[at(rule, sendTo == Rule.SendTo.CANARY && present.open())];
        }
        CharSequence key = userKey(present, request);
        if (key != null) {
            return byRatio[at(rule, includes(present, user.known(hash.hash(key))))];
        }
        return switch (present.onMissingKey()) {
            case STABLE -> byMissingKey[at(rule, false)];
            case RANDOM -> byMissingKey[at(rule, includes(present, random.getAsLong()))];
            case CLIENT_IP -> byRatio[at(rule, includes(present, user.known(hash.hash(address(request)))))];
        };
    }

    private static boolean includes(Gray gray, long position) {
        return gray.open() && gray.ratio().includes(position);
    }

    private static int at(int rule, boolean canary) {
        return rule * VERSIONS + (canary ? Version.CANARY : Version.STABLE).ordinal();
    }

    /** The position of the first rule that matches, or the number of rules. */
    private int rule(RequestView request) {
        int i = 0;
        while (i < tests.length && !tests[i].matches(request)) {
            i++;
        }
        return i;
    }

    private static String address(RequestView request) {
        return request.clientAddress().getHostAddress();
    }

    private static @Nullable CharSequence userKey(Gray gray, RequestView request) {
        int source = keySource(gray, request);
        return source < 0 ? null : value(gray.userKey().get(source), request);
    }

    /** The first source that holds 1 to 256 bytes, or -1. */
    private static int keySource(Gray gray, RequestView request) {
        for (int i = 0; i < gray.userKey().size(); i++) {
            CharSequence value = value(gray.userKey().get(i), request);
            if (value != null && value.length() > 0 && value.length() <= MAX_KEY_BYTES) {
                return i;
            }
        }
        return -1;
    }

    private static @Nullable CharSequence value(UserKeySource source, RequestView request) {
        if (source instanceof UserKeySource.Cookie cookie) {
            return request.cookie(cookie.name());
        } else if (source instanceof UserKeySource.Header header) {
            return request.header(header.name());
        }
        return request.query(((UserKeySource.Query) source).name());
    }

    Explanation explain(RequestView request) {
        Choice choice = choose(request, new UserPosition());
        Gray present = gray;
        if (present == null) {
            return explanation(choice, -1, null, "the route has no canary");
        }
        if (choice.reason() == Reason.RULE) {
            boolean held = !present.open();
            return explanation(
                    choice,
                    -1,
                    null,
                    "rule " + choice.rule() + " matches and sends to "
                            + (held
                                    ? "stable, as the release is held"
                                    : choice.version().label()));
        }
        int source = keySource(present, request);
        CharSequence key = source >= 0 ? value(present.userKey().get(source), request) : null;
        if (key == null && present.onMissingKey() != MissingKey.CLIENT_IP) {
            String why = present.onMissingKey() == MissingKey.STABLE
                    ? "no user key was found, so stable"
                    : "no user key was found, so each request is drawn anew at ratio " + present.ratio();
            return explanation(choice, -1, null, why);
        }
        String from = key == null ? "client address" : label(present.userKey().get(source));
        long position = hash.hash(key == null ? address(request) : key);
        return explanation(choice, position, from, sentence(present, choice, position, from));
    }

    private static String sentence(Gray gray, Choice choice, long position, String from) {
        if (!gray.open()) {
            return "the release is held at 0, so everybody is on stable";
        }
        String rule = choice.rule() == null ? "" : "rule " + choice.rule() + " leaves it to the ratio; ";
        String point = java.math.BigDecimal.valueOf(Position.tenThousandth(position), 2)
                .toPlainString();
        boolean canary = choice.version() == Version.CANARY;
        return rule + "the user key from " + from + " stands at " + point + " (bucket " + Position.bucket(position)
                + "), which is " + (canary ? "below" : "not below") + " the ratio " + gray.ratio() + ", so "
                + choice.version().label();
    }

    private static String label(UserKeySource source) {
        if (source instanceof UserKeySource.Cookie cookie) {
            return "cookie " + cookie.name();
        } else if (source instanceof UserKeySource.Header header) {
            return "header " + header.name();
        }
        return "query parameter " + ((UserKeySource.Query) source).name();
    }

    private Explanation explanation(Choice choice, long position, @Nullable String from, String why) {
        boolean known = from != null;
        return new Explanation(
                route.name(),
                gray == null ? null : gray.release(),
                choice.version(),
                choice.reason(),
                choice.rule(),
                known ? Position.bucket(position) : -1,
                known ? Position.tenThousandth(position) / 100.0 : -1,
                from,
                gray == null ? dev.halftone.core.Ratio.NONE : gray.ratio(),
                why);
    }
}
