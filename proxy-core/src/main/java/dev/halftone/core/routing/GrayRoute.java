package dev.halftone.core.routing;

import dev.halftone.core.Position;
import dev.halftone.core.Version;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One route made ready to choose: its hash keyed, its rules compiled, every choice made beforehand. Immutable, any thread. */
final class GrayRoute {
    private static final String BEARER = "bearer ";
    private static final int VERSIONS = Version.values().length;

    private final Route route;
    private final @Nullable Gray gray;
    private final SipHash hash;
    private final RuleIndex index;
    private final Regions regions;
    private final LongSupplier random;
    private final @Nullable Variants variants;
    // How many ways there are: the two versions, or the variants of an A/B test, of which the first is stable's.
    private final int sides;
    // For each rule, and last for no rule: a choice by ratio, by rule and for want of a key, of each side.
    private final Choice[] byRatio;
    private final Choice[] byRule;
    private final Choice[] byMissingKey;

    GrayRoute(Route route, Regions regions, LongSupplier random) {
        this.route = route;
        this.regions = regions;
        this.random = random;
        gray = route.gray();
        List<Rule> rules = gray == null ? List.of() : gray.rules();
        index = RuleIndex.of(rules);
        hash = gray == null ? new SipHash(new byte[16]) : Buckets.hash(gray.salt(), route.name(), gray.release());
        variants = gray == null ? null : gray.variants();
        sides = variants == null ? VERSIONS : variants.all().size();
        byRatio = new Choice[(rules.size() + 1) * sides];
        byRule = new Choice[byRatio.length];
        byMissingKey = new Choice[byRatio.length];
        for (int i = 0; i <= rules.size(); i++) {
            Rule rule = i < rules.size() ? rules.get(i) : null;
            String name = rule == null ? null : rule.name();
            for (int side = 0; side < sides; side++) {
                int at = i * sides + side;
                byRatio[at] = choice(side, Reason.RATIO, name, true);
                byRule[at] = choice(side, Reason.RULE, name, rule != null && rule.analyzed());
                byMissingKey[at] = choice(side, Reason.NO_KEY, name, false);
            }
        }
    }

    private Choice choice(int side, Reason reason, @Nullable String rule, boolean analyzed) {
        Version version = side == 0 ? Version.STABLE : Version.CANARY;
        Variant variant = variants == null ? null : variants.all().get(side);
        SafetyNet net = gray == null ? SafetyNet.NONE : gray.net();
        Choice twin = null;
        if (version == Version.CANARY && net.rescue() != null) {
            twin = new Choice(route, Version.STABLE, Reason.RESCUE, rule, false);
        } else if (version == Version.STABLE && net.mirror() != null && mayMirror(reason)) {
            twin = new Choice(route, Version.CANARY, reason, rule, false);
        }
        return new Choice(route, version, reason, rule, analyzed, twin, variant);
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
        RequestFacts facts = user.facts();
        if (index.asksCohorts()) {
            facts.begin(request, this, regions, index.listHash());
        }
        int rule = index.first(request, facts);
        Rule.SendTo sendTo = rule < index.size() ? present.rules().get(rule).sendTo() : Rule.SendTo.RATIO;
        if (sendTo != Rule.SendTo.RATIO) {
            return byRule[at(rule, sendTo == Rule.SendTo.CANARY && present.open() ? 1 : 0)];
        }
        if (locate(request, user, facts)) {
            return byRatio[at(rule, side(present, user.position()))];
        }
        return switch (present.onMissingKey()) {
            case STABLE -> byMissingKey[at(rule, 0)];
            case RANDOM -> byMissingKey[at(rule, side(present, random.getAsLong()))];
            case EACH_REQUEST -> byRatio[at(rule, side(present, random.getAsLong()))];
            case CLIENT_IP -> byRatio[at(rule, side(present, user.known(hash.hash(address(request)))))];
            case ASSIGN_COOKIE -> byMissingKey[at(rule, present.open() ? assign(present, user) : 0)];
        };
    }

    private boolean locate(RequestView request, UserPosition user, RequestFacts facts) {
        if (index.listHash() != null && facts.isUserAsked()) {
            if (facts.isUserFound()) {
                user.known(facts.position());
            }
            return facts.isUserFound();
        }
        CharSequence key = userKey(request);
        if (key != null) {
            user.known(hash.hash(key));
        }
        return key != null;
    }

    /**
     * Gives the user an identifier and tells its side. This first request does not count for the checks: a
     * client that keeps no cookies is somebody else each time.
     */
    private int assign(Gray present, UserPosition user) {
        for (UserKeySource source : present.userKey()) {
            if (source instanceof UserKeySource.Assigned assigned) {
                UserKeySource.Assignment assignment = assigned.assignment();
                String value = assignment.issue();
                CharSequence key = assignment.identifier(value);
                user.assign(assignment.setCookie(value));
                return key == null ? 0 : side(present, hash.hash(key));
            }
        }
        return 0;
    }

    /** 0 for stable; above it the canary, or whichever variant of an A/B test. */
    private int side(Gray present, long position) {
        if (!present.open()) {
            return 0;
        }
        Variants test = variants;
        if (test != null) {
            return test.numberAt(position, present.ratio());
        }
        return present.ratio().includes(position) ? 1 : 0;
    }

    private int at(int rule, int side) {
        return rule * sides + side;
    }

    private static String address(RequestView request) {
        return request.clientAddress().getHostAddress();
    }

    /** What the first source holds that holds 1 to 256 bytes, or null. Valid until the next call on the request. */
    @Nullable
    CharSequence userKey(RequestView request) {
        List<UserKeySource> sources = gray == null ? List.of() : gray.userKey();
        for (int i = 0; i < sources.size(); i++) {
            CharSequence value = value(sources.get(i), request);
            if (isKey(value)) {
                return value;
            }
        }
        return null;
    }

    long position(CharSequence key) {
        return hash.hash(key);
    }

    private static boolean isKey(@Nullable CharSequence value) {
        return value != null && value.length() > 0 && value.length() <= UserList.MAX_KEY_BYTES;
    }

    private static int keySource(Gray gray, RequestView request) {
        for (int i = 0; i < gray.userKey().size(); i++) {
            if (isKey(value(gray.userKey().get(i), request))) {
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
        } else if (source instanceof UserKeySource.Query query) {
            return request.query(query.name());
        } else if (source instanceof UserKeySource.JwtClaim claim) {
            CharSequence token = value(claim.token(), request);
            return token == null ? null : claim.reader().claim(withoutScheme(token));
        }
        UserKeySource.Assignment assignment = ((UserKeySource.Assigned) source).assignment();
        CharSequence value = request.cookie(assignment.cookie());
        return value == null ? null : assignment.identifier(value);
    }

    /** What stands behind {@code Bearer}, in any case (RFC 6750, 2.1). */
    private static CharSequence withoutScheme(CharSequence token) {
        int length = BEARER.length();
        if (token.length() <= length) {
            return token;
        }
        for (int i = 0; i < length; i++) {
            char c = token.charAt(i);
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != BEARER.charAt(i)) {
                return token;
            }
        }
        return token.subSequence(length, token.length());
    }

    Explanation explain(RequestView request) {
        Choice choice = choose(request, new UserPosition());
        Gray present = gray;
        if (present == null) {
            return explanation(request, choice, -1, null, "the route has no canary");
        }
        if (choice.reason() == Reason.RULE) {
            boolean held = !present.open();
            return explanation(
                    request,
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
            return explanation(request, choice, -1, null, withoutKey(present));
        }
        String from = key == null ? "client address" : label(present.userKey().get(source));
        long position = hash.hash(key == null ? address(request) : key);
        return explanation(request, choice, position, from, sentence(present, choice, position, from));
    }

    private static String withoutKey(Gray gray) {
        return switch (gray.onMissingKey()) {
            case ASSIGN_COOKIE ->
                gray.open()
                        ? "no user key was found, so a cookie gives the user one, drawn at ratio " + gray.ratio()
                        : "no user key was found, and the release is held at 0, so stable";
            case RANDOM, EACH_REQUEST ->
                "no user key was found, so each request is drawn anew at ratio " + gray.ratio();
            case CLIENT_IP -> "no user key was found, so the client's address decides at ratio " + gray.ratio();
            case STABLE -> "no user key was found, so stable";
        };
    }

    private static String sentence(Gray gray, Choice choice, long position, String from) {
        if (!gray.open()) {
            return "the release is held at 0, so everybody is on stable";
        }
        String rule = choice.rule() == null ? "" : "rule " + choice.rule() + " leaves it to the ratio; ";
        String point = java.math.BigDecimal.valueOf(Position.tenThousandth(position), 2)
                .toPlainString();
        boolean canary = choice.version() == Version.CANARY;
        Variant variant = choice.variant();
        return rule + "the user key from " + from + " stands at " + point + " (bucket " + Position.bucket(position)
                + "), which is " + (canary ? "below" : "not below") + " the ratio " + gray.ratio() + ", so "
                + choice.version().label() + (variant == null ? "" : ", variant " + variant.name());
    }

    private static String label(UserKeySource source) {
        if (source instanceof UserKeySource.Cookie cookie) {
            return "cookie " + cookie.name();
        } else if (source instanceof UserKeySource.Header header) {
            return "header " + header.name();
        } else if (source instanceof UserKeySource.JwtClaim claim) {
            return "JWT claim " + claim.claim() + " in " + label(claim.token());
        } else if (source instanceof UserKeySource.Assigned assigned) {
            return "assigned cookie " + assigned.assignment().cookie();
        }
        return "query parameter " + ((UserKeySource.Query) source).name();
    }

    private Explanation explanation(
            RequestView request, Choice choice, long position, @Nullable String from, String why) {
        boolean known = from != null;
        int first = (int) regions.of(request);
        Device device = new DeviceCache().of(request);
        return new Explanation(
                route.name(),
                gray == null ? null : gray.release(),
                choice.version(),
                choice.variant() == null ? null : choice.variant().name(),
                choice.reason(),
                choice.rule(),
                known ? Position.bucket(position) : -1,
                known ? Position.tenThousandth(position) / 100.0 : -1,
                from,
                gray == null ? dev.halftone.core.Ratio.NONE : gray.ratio(),
                first == RegionCode.UNKNOWN ? null : RegionCode.text(first),
                device == null ? null : device.label(),
                why);
    }
}
