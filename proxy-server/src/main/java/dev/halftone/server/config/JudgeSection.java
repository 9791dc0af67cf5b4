package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.analysis.Metric;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The keys of {@code analysis} that belong to the default checks: comparison, cusum, users and harm. One thread. */
final class JudgeSection {
    private static final Pattern PERCENT = Pattern.compile("\\d{1,3}(\\.\\d{1,6})?%");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,4}(\\.\\d{1,12})?");
    private static final double MOST_TOLERANCE = 10;
    private static final Duration LONGEST_WARM_UP = Duration.ofHours(1);

    private static final String METRICS = Arrays.stream(Metric.values())
            .filter(metric -> metric != Metric.CUSTOM)
            .map(Metric::label)
            .collect(Collectors.joining(", "));

    /** A metric of a check: a word, or {@code custom:NAME}. */
    static final Shape METRIC = new Shape.Scalar(
            "one of " + METRICS + ", or custom:NAME",
            Shape.object()
                    .put("type", "string")
                    .put(
                            "pattern",
                            "^(" + METRICS.replace(", ", "|") + "|" + CustomMetricsSection.PREFIX
                                    + CustomMetricsSection.NAME + ")$"),
            JudgeSection::metric);

    /** @param custom the name of a custom metric, else null */
    record Judged(Metric metric, @Nullable String custom) {
        static final Judged ERRORS = new Judged(Metric.ERROR_RATE, null);

        String label() {
            return custom == null ? metric.label() : CustomMetricsSection.PREFIX + custom;
        }
    }

    private JudgeSection() {}

    private static Object metric(String text) {
        String custom = text.startsWith(CustomMetricsSection.PREFIX)
                ? text.substring(CustomMetricsSection.PREFIX.length())
                : null;
        if (custom != null && Pattern.matches(CustomMetricsSection.NAME, custom)) {
            return new Judged(Metric.CUSTOM, custom);
        }
        for (Metric metric : Metric.values()) {
            if (metric != Metric.CUSTOM && metric.label().equals(text)) {
                return new Judged(metric, null);
            }
        }
        throw new IllegalArgumentException(text);
    }

    /** A share as {@code 5%} or {@code 0.05}. */
    private static Shape share(double most) {
        ObjectNode schema = Shape.object();
        ArrayNode types = schema.putArray("type");
        types.add("string").add("number");
        schema.put("pattern", "^" + PERCENT.pattern() + "$").put("minimum", 0).put("maximum", most);
        String expected = "5% or a share 0.."
                + BigDecimal.valueOf(most).stripTrailingZeros().toPlainString();
        return new Shape.Scalar(expected, schema, text -> {
            boolean percent = PERCENT.matcher(text).matches();
            if (!percent && !NUMBER.matcher(text).matches()) {
                throw new IllegalArgumentException(text);
            }
            double value =
                    percent ? Double.parseDouble(text.substring(0, text.length() - 1)) / 100 : Double.parseDouble(text);
            if (value > most) {
                throw new IllegalArgumentException(text);
            }
            return value;
        });
    }

    /** What comparison and cusum take besides what other detectors do. */
    static List<Key> checkKeys() {
        return List.of(
                new Key(
                        "tolerance",
                        share(MOST_TOLERANCE),
                        "0.25; comparison: see docs/checks.md",
                        "mannWhitney: share of the shift that its interval must clear. comparison: how much worse is still well."),
                new Key(
                        "warmUp",
                        Scalars.DURATION_VALUE,
                        "60s; latencies 180s",
                        "comparison: nothing is judged so long after the canary's first request; 0s..1h."),
                new Key("good", share(1), "1%", "cusum: share of errors that is well."),
                new Key("bad", share(1), "20%", "cusum: share of errors that is not, above good."),
                new Key(
                        "threshold",
                        Scalars.number(0, 100),
                        "13.8",
                        "cusum: evidence that a stop takes, in nats; 2.3 more make a false one ten times rarer."));
    }

    static List<Key> analysisKeys() {
        Struct budget = new Struct(
                "a mapping with requests",
                List.of(new Key(
                        "requests",
                        Scalars.integer(1, 1_000_000_000),
                        null,
                        "Failed canary requests beyond stable's share of failures.")),
                values -> values.get("requests", Integer.class));
        return List.of(
                new Key(
                        "minUsers",
                        Scalars.integer(0, 1000),
                        "10",
                        "Canary users below which a check says insufficient, where users are known; not cusum."),
                new Key(
                        "maxShareOfUser",
                        share(1),
                        "1/3",
                        "Most of half an hour's failures that one user may have, for failures to count."),
                new Key(
                        "harmBudget",
                        new OrNull(budget),
                        "null",
                        "The release stops when it has harmed so many requests; null: no limit."));
    }

    /** The direction that is bad if nothing is said; null where it must be said. */
    private static @Nullable Side badSide(Metric metric) {
        return switch (metric) {
            case CUSTOM, REQUEST_RATE -> null;
            case SUCCESS_RATE -> Side.BELOW;
            default -> Side.ABOVE;
        };
    }

    /** All parameters but these are known to be absent. */
    static @Nullable DetectorSpec comparison(Values values, Judged judged) {
        if (judged.metric() == Metric.REQUEST_RATE) {
            values.error(
                    "metric",
                    "requestRate cannot be compared, as it follows the ratio",
                    "errorRate, successRate, a latency or custom:NAME");
            return null;
        }
        Side usual = badSide(judged.metric());
        Side side = values.get("side", Side.class);
        if (side == null && usual == null) {
            values.error("side", "missing: which direction of " + judged.label() + " is bad?", "below or above");
            return null;
        }
        if (side == Side.BOTH || (usual != null && side != null && side != usual)) {
            values.error(
                    "side",
                    values.shown("side"),
                    usual == null ? "below or above, whichever is bad" : usual.label() + " for " + judged.label());
            return null;
        }
        double alpha = values.get("alpha", Double.class, DetectorSpec.Comparison.ALPHA);
        Duration warmUp = values.get("warmUp", Duration.class);
        if (alpha >= 1) {
            values.error("alpha", values.shown("alpha"), "above 0 and below 1, as 0.01");
            return null;
        }
        if (warmUp != null && warmUp.compareTo(LONGEST_WARM_UP) > 0) {
            values.error("warmUp", values.shown("warmUp"), "0s..1h");
            return null;
        }
        Side bad = side == null ? usual : side;
        return bad == null
                ? null
                : new DetectorSpec.Comparison(
                        alpha,
                        values.get("tolerance", Double.class),
                        // Errors and latencies are asked for upwards whatever they are called.
                        judged.metric() == Metric.SUCCESS_RATE ? Side.ABOVE : bad,
                        warmUp);
    }

    static @Nullable DetectorSpec cusum(Values values, Judged judged) {
        DetectorSpec.Cusum usual = DetectorSpec.Cusum.STANDARD;
        double good = values.get("good", Double.class, usual.good());
        double bad = values.get("bad", Double.class, usual.bad());
        if (judged.metric() != Metric.ERROR_RATE) {
            values.error("metric", judged.label() + " with cusum", "errorRate");
            return null;
        }
        if (!(good > 0 && good < bad)) {
            values.error(
                    values.has("good") ? "good" : "bad",
                    values.shown(values.has("good") ? "good" : "bad"),
                    "good above 0 and below bad, as good: 1%, bad: 20%");
            return null;
        }
        if (bad >= 1) {
            values.error("bad", values.shown("bad"), "below 100%");
            return null;
        }
        return new DetectorSpec.Cusum(good, bad, values.get("threshold", Double.class, usual.threshold()));
    }

    /** Whether the share that a user may have was written as something that can be held. */
    static boolean shareHolds(Values values) {
        double share = values.get("maxShareOfUser", Double.class, AnalysisSpec.MAX_SHARE_OF_USER);
        if (share < 0.01) {
            values.error("maxShareOfUser", values.shown("maxShareOfUser"), "1%..100%");
        }
        return share >= 0.01;
    }

    /** The budget, or null for none or after a problem. */
    static @Nullable Long harmBudget(Values values, List<CheckSpec> checks) {
        Integer requests = values.get("harmBudget", Integer.class);
        if (requests == null) {
            return null;
        }
        for (CheckSpec check : checks) {
            if (check.name().equals(AnalysisSpec.HARM_BUDGET)) {
                values.error("checks", "the name " + check.name() + ", which the budget has", "another name");
            }
        }
        return requests.longValue();
    }
}
