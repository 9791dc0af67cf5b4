package dev.halftone.server.config;

import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.Cohort;
import dev.halftone.core.routing.RegionCode;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.RequestMatch.FieldMatch;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import dev.halftone.core.routing.Rule;
import dev.halftone.server.config.Struct.Values;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds rules that never match, because one before them matches all that they do, or the route nothing of it. Any thread. */
final class RuleConflicts {
    /** Beyond so many rules, only equal ones are looked for: comparing each with each would take seconds. */
    private static final int EACH_WITH_EACH = 2000;

    private RuleConflicts() {}

    static void warn(Values canary, List<Rule> rules) {
        Map<RequestMatch, Rule> first = new HashMap<>();
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            Rule before = rules.size() > EACH_WITH_EACH ? first.get(rule.when()) : covering(rules, i);
            first.putIfAbsent(rule.when(), rule);
            if (before != null) {
                canary.warning(
                        "rules",
                        i,
                        "rule " + rule.name() + " never matches: " + before.name() + " before it takes all of it",
                        "the narrower rule first, or one of them");
            }
            if (rule.when().equals(RequestMatch.ANY) && rule.sendTo() == Rule.SendTo.CANARY) {
                canary.warning(
                        "rules",
                        i,
                        "rule " + rule.name() + " sends everybody to the canary, whatever the ratio",
                        "sendTo: ratio, or a condition");
            }
            if (rule.when().equals(RequestMatch.ANY) && i < rules.size() - 1) {
                canary.warning(
                        "rules",
                        i,
                        "no rule after " + rule.name() + " is ever reached",
                        "the rule for everything last");
                return;
            }
        }
    }

    /** Warns of rules that ask for what no request of their route is. */
    static void warnWithin(RequestMatch route, Values canary, List<Rule> rules) {
        for (int i = 0; i < rules.size(); i++) {
            String why = Contradiction.between(route, rules.get(i).when());
            if (why != null) {
                canary.warning(
                        "rules",
                        i,
                        "rule " + rules.get(i).name() + " never matches: " + why,
                        "what a request of the route can be");
            }
        }
    }

    /** Whether whom the rule sends to the canary counts for the checks. */
    static boolean counts(Rule rule) {
        return rule.sendTo() == Rule.SendTo.CANARY && rule.analyzed();
    }

    /**
     * Whether a rule for everything keeps all away from the checks: nobody is left to the ratio, and whom a rule has sent to the canary
     * does not count.
     *
     * @param byRatio whether only those count whom the ratio decides, as in an A/B test
     */
    static @Nullable Rule takingAll(List<Rule> rules, boolean byRatio) {
        for (Rule rule : rules) {
            if (rule.sendTo() == Rule.SendTo.RATIO || (!byRatio && counts(rule))) {
                return null;
            } else if (rule.when().equals(RequestMatch.ANY)) {
                return rule;
            }
        }
        return null;
    }

    private static @Nullable Rule covering(List<Rule> rules, int later) {
        for (int i = 0; i < later; i++) {
            if (covers(rules.get(i).when(), rules.get(later).when())) {
                return rules.get(i);
            }
        }
        return null;
    }

    /** Whether it is certain that the wider one matches whatever the narrower one does. */
    static boolean covers(RequestMatch wider, RequestMatch narrower) {
        return coversList(wider.methods(), narrower.methods())
                && coversPath(wider.path(), narrower.path())
                && coversFields(wider.headers(), narrower.headers(), true)
                && coversFields(wider.cookies(), narrower.cookies(), false)
                && coversFields(wider.query(), narrower.query(), false)
                && coversNetworks(wider.clientIp(), narrower.clientIp())
                && coversCohort(wider.cohort(), narrower.cohort());
    }

    private static <T> boolean coversList(List<T> wider, List<T> narrower) {
        return wider.isEmpty() || (!narrower.isEmpty() && wider.containsAll(narrower));
    }

    private static boolean coversPath(@Nullable PathMatch wider, @Nullable PathMatch narrower) {
        if (wider == null || same(wider, narrower)) {
            return true;
        }
        if (!(wider instanceof PathMatch.Prefix prefix)) {
            return false;
        }
        if (narrower instanceof PathMatch.Exact exact) {
            return isBelow(exact.path(), prefix.prefix());
        }
        return narrower instanceof PathMatch.Prefix longer && isBelow(longer.prefix(), prefix.prefix());
    }

    private static boolean same(PathMatch one, @Nullable PathMatch other) {
        if (one instanceof PathMatch.Regex a && other instanceof PathMatch.Regex b) {
            return a.pattern().pattern().equals(b.pattern().pattern());
        }
        return one.equals(other);
    }

    /** Whether a path begins with this prefix, by whole segments. */
    static boolean isBelow(String path, String prefix) {
        return path.equals(prefix) || path.startsWith(prefix.endsWith("/") ? prefix : prefix + "/");
    }

    private static boolean coversFields(List<FieldMatch> wider, List<FieldMatch> narrower, boolean anyCase) {
        return wider.stream()
                .allMatch(asked -> narrower.stream().anyMatch(given -> {
                    boolean sameName = anyCase
                            ? given.name().equalsIgnoreCase(asked.name())
                            : given.name().equals(asked.name());
                    return sameName && follows(given, asked);
                }));
    }

    /** Whether what is given makes what is asked true. */
    private static boolean follows(FieldMatch given, FieldMatch asked) {
        if (given.not() != asked.not()) {
            return false;
        }
        return given.not() ? follows(asked.test(), given.test()) : follows(given.test(), asked.test());
    }

    private static boolean follows(FieldMatch.Test given, FieldMatch.Test asked) {
        if (asked instanceof FieldMatch.Test.Present) {
            return true;
        } else if (given instanceof FieldMatch.Test.Exact exact) {
            return holds(asked, exact.value());
        } else if (given instanceof FieldMatch.Test.In in) {
            return !in.values().isEmpty() && in.values().stream().allMatch(value -> holds(asked, value));
        } else if (given instanceof FieldMatch.Test.Prefix longer && asked instanceof FieldMatch.Test.Prefix prefix) {
            return longer.prefix().startsWith(prefix.prefix());
        }
        return given instanceof FieldMatch.Test.Regex a
                && asked instanceof FieldMatch.Test.Regex b
                && a.pattern().pattern().equals(b.pattern().pattern());
    }

    /** Whether a field of this value is what is asked for. */
    static boolean holds(FieldMatch.Test asked, String value) {
        if (asked instanceof FieldMatch.Test.Exact exact) {
            return exact.value().equals(value);
        } else if (asked instanceof FieldMatch.Test.In in) {
            return in.values().contains(value);
        } else if (asked instanceof FieldMatch.Test.Prefix prefix) {
            return value.startsWith(prefix.prefix());
        }
        return !(asked instanceof FieldMatch.Test.Regex regex)
                || regex.pattern().matcher(value).matches();
    }

    private static boolean coversNetworks(List<Cidr> wider, List<Cidr> narrower) {
        return wider.isEmpty()
                || (!narrower.isEmpty()
                        && narrower.stream()
                                .allMatch(each -> wider.stream().anyMatch(network -> network.contains(each))));
    }

    private static boolean coversCohort(Cohort wider, Cohort narrower) {
        return coversRegions(wider.regions(), narrower.regions())
                && coversList(wider.devices(), narrower.devices())
                && (wider.users() == null || Objects.equals(wider.users(), narrower.users()));
    }

    private static boolean coversRegions(List<String> wider, List<String> narrower) {
        return wider.isEmpty()
                || (!narrower.isEmpty()
                        && narrower.stream()
                                .allMatch(region -> wider.contains(region) || wider.contains(countryOf(region))));
    }

    private static String countryOf(String region) {
        return RegionCode.text(RegionCode.country(RegionCode.parse(region)));
    }
}
