package dev.halftone.server.config;

import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.RequestMatch.FieldMatch;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds what no request can be at once. Any thread. */
final class Contradiction {
    private Contradiction() {}

    /** Why no request matches both, in a few words; null if one may. A rule is asked within what its route matches. */
    static @Nullable String between(RequestMatch route, RequestMatch rule) {
        if (isApart(route.path(), rule.path())) {
            return "its path is none of the route's";
        } else if (isApart(route.methods(), rule.methods())) {
            return "its methods are none of the route's";
        } else if (isApartByNetwork(route.clientIp(), rule.clientIp())) {
            return "its clientIp is none of the route's";
        }
        String header = ofOne("header", route.headers(), rule.headers(), true);
        String cookie = ofOne("cookie", route.cookies(), rule.cookies(), false);
        String query = ofOne("query parameter", route.query(), rule.query(), false);
        return header != null ? header : cookie != null ? cookie : query;
    }

    private static boolean isApart(List<String> one, List<String> other) {
        return !one.isEmpty() && !other.isEmpty() && Collections.disjoint(one, other);
    }

    private static boolean isApartByNetwork(List<Cidr> one, List<Cidr> other) {
        boolean isAsked = !one.isEmpty() && !other.isEmpty();
        return isAsked && one.stream().noneMatch(a -> other.stream().anyMatch(b -> a.contains(b) || b.contains(a)));
    }

    private static boolean isApart(@Nullable PathMatch one, @Nullable PathMatch other) {
        if (one instanceof PathMatch.Exact exact) {
            return other != null && !holds(other, exact.path());
        } else if (other instanceof PathMatch.Exact exact) {
            return one != null && !holds(one, exact.path());
        }
        return one instanceof PathMatch.Prefix a
                && other instanceof PathMatch.Prefix b
                && !holds(a, b.prefix())
                && !holds(b, a.prefix());
    }

    private static boolean holds(PathMatch asked, String path) {
        if (asked instanceof PathMatch.Exact exact) {
            return exact.path().equals(path);
        }
        return asked instanceof PathMatch.Prefix prefix
                ? RuleConflicts.isBelow(path, prefix.prefix())
                : ((PathMatch.Regex) asked).pattern().matcher(path).matches();
    }

    /** Of each name a request has one value, or none. */
    private static @Nullable String ofOne(String kind, List<FieldMatch> one, List<FieldMatch> other, boolean anyCase) {
        List<FieldMatch> all = Stream.concat(one.stream(), other.stream()).toList();
        for (int i = 0; i < all.size(); i++) {
            if (!mayBe(all.get(i))) {
                return "no value of the " + kind + " " + all.get(i).name() + " is well";
            }
            for (int j = i + 1; j < all.size(); j++) {
                String a = all.get(i).name();
                String b = all.get(j).name();
                boolean isSame = anyCase ? a.toLowerCase(Locale.ROOT).equals(b.toLowerCase(Locale.ROOT)) : a.equals(b);
                if (isSame && !mayBoth(all.get(i), all.get(j))) {
                    return "the " + kind + " " + b + " cannot be both that are asked for";
                }
            }
        }
        return null;
    }

    private static boolean mayBe(FieldMatch field) {
        return field.not()
                || !(field.test() instanceof FieldMatch.Test.In in)
                || !in.values().isEmpty();
    }

    private static boolean mayBoth(FieldMatch one, FieldMatch other) {
        if (one.not() && other.not()) {
            return true; // a request without the field
        } else if (one.not()) {
            return mayBoth(other, one);
        }
        List<String> values = values(one.test());
        if (values != null) {
            return values.stream().anyMatch(value -> isWell(other, value));
        } else if (other.not()) {
            return !(other.test() instanceof FieldMatch.Test.Present);
        }
        List<String> others = values(other.test());
        return others == null
                ? !isApart(one.test(), other.test())
                : others.stream().anyMatch(value -> isWell(one, value));
    }

    private static boolean isApart(FieldMatch.Test one, FieldMatch.Test other) {
        return one instanceof FieldMatch.Test.Prefix a
                && other instanceof FieldMatch.Test.Prefix b
                && !a.prefix().startsWith(b.prefix())
                && !b.prefix().startsWith(a.prefix());
    }

    private static boolean isWell(FieldMatch field, String value) {
        return field.not() != RuleConflicts.holds(field.test(), value);
    }

    /** All values that it may have, or null for too many to tell. */
    private static @Nullable List<String> values(FieldMatch.Test test) {
        if (test instanceof FieldMatch.Test.Exact exact) {
            return List.of(exact.value());
        }
        return test instanceof FieldMatch.Test.In in ? in.values() : null;
    }
}
