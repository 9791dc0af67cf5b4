package dev.halftone.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A metric as an OpenMetrics page describes it.
 *
 * @param unit as the page says it; "percent" where only the help does; else "1"
 * @param labels in the order of the alphabet, without a histogram's {@code le}
 * @param series the names under which Prometheus stores it
 */
record MetricFamily(String name, String type, String unit, String help, Set<String> labels, Set<String> series) {
    private static final Pattern DESCRIPTION = Pattern.compile("# (TYPE|UNIT|HELP) (\\S+) (.*)");
    private static final Pattern SAMPLE = Pattern.compile("([a-z_0-9]+)(?:\\{(.*)})? \\S+(?: .*)?");
    private static final Pattern LABEL = Pattern.compile("([a-z_0-9]+)=\"(?:[^\"\\\\]|\\\\.)*\"");

    /** All metrics of a page, by name. */
    static Map<String, MetricFamily> parse(String openMetrics) {
        Map<String, Map<String, String>> described = new LinkedHashMap<>();
        Map<String, Set<String>> labels = new LinkedHashMap<>();
        Map<String, Set<String>> series = new LinkedHashMap<>();
        String current = "";
        for (String line : openMetrics.lines().toList()) {
            Matcher description = DESCRIPTION.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (description.matches()) {
                current = description.group(2);
                described
                        .computeIfAbsent(current, name -> new LinkedHashMap<>())
                        .put(description.group(1), description.group(3));
            } else if (sample.matches()) {
                series.computeIfAbsent(current, name -> new TreeSet<>()).add(sample.group(1));
                labels.computeIfAbsent(current, name -> new TreeSet<>()).addAll(labelNames(sample.group(2)));
            }
        }
        Map<String, MetricFamily> families = new TreeMap<>();
        described.forEach((name, parts) -> families.put(
                name,
                new MetricFamily(
                        name,
                        parts.getOrDefault("TYPE", "unknown"),
                        unit(parts),
                        parts.getOrDefault("HELP", ""),
                        labels.getOrDefault(name, Set.of()),
                        series.getOrDefault(name, Set.of()))));
        return families;
    }

    private static List<String> labelNames(@org.jspecify.annotations.Nullable String labels) {
        List<String> names = new ArrayList<>();
        Matcher label = LABEL.matcher(labels == null ? "" : labels);
        while (label.find()) {
            if (!label.group(1).equals("le")) {
                names.add(label.group(1));
            }
        }
        return names;
    }

    private static String unit(Map<String, String> parts) {
        String help = parts.getOrDefault("HELP", "").toLowerCase(Locale.ROOT);
        return parts.getOrDefault("UNIT", help.startsWith("percent ") ? "percent" : "1");
    }

    /** The name under which one looks it up: a counter's and an info's with their suffix. */
    String shownName() {
        return switch (type) {
            case "counter" -> name + "_total";
            case "info" -> name + "_info";
            default -> name;
        };
    }
}
