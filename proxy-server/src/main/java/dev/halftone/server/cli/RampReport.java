package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.backtest.Ramp;
import dev.halftone.core.backtest.RampTrials;
import dev.halftone.core.backtest.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What came of simulated releases along ramps, in a table. */
final class RampReport {
    private static final List<String> HEAD = List.of(
            "RELEASE, RAMP",
            "PROMOTED",
            "ROLLED BACK",
            "FALSE",
            "TO 100 %",
            "TO ROLLBACK",
            "FAILED",
            "HARMED",
            "MET IT");
    private static final String LEGEND = """
            FALSE: rolled back though good, or before the onset. Times from the release to 100 % and from the onset to the rollback:
            median (p90); never: so many were not until the end. Requests of each bad release until it was promoted or rolled back:
            FAILED on the canary, HARMED (would have been well without the regression), all that MET IT: mean, median (p90).
            """;

    private final String setting;
    private final List<Ramp> ramps;
    private final String leftOut;
    private final List<RampRelease> releases;
    private final List<RampRelease> sums = new ArrayList<>();

    /**
     * @param setting in one line
     * @param leftOut what of a ramp was not played, in a sentence; may be empty
     */
    RampReport(String setting, List<Ramp> ramps, String leftOut, List<RampRelease> releases) {
        this.setting = setting;
        this.ramps = ramps;
        this.leftOut = leftOut;
        this.releases = releases;
        addSum("all good releases", release -> !release.bad());
        addSum("all bad releases", RampRelease::bad);
    }

    private void addSum(String label, Predicate<RampRelease> which) {
        List<RampRelease> parts = releases.stream().filter(which).toList();
        if (parts.size() > 1) {
            sums.add(RampRelease.sum(label, parts));
        }
    }

    String as(SeriesReport.Format format) {
        return switch (format) {
            case text -> text();
            case csv -> csv();
            case json -> json();
        };
    }

    private String text() {
        StringBuilder text = new StringBuilder(setting).append("\n\n");
        List<List<String>> described = ramps.stream()
                .map(ramp -> List.of(ramp.name(), RampOption.words(ramp)))
                .toList();
        TextTable.lines(described, column -> false)
                .forEach(line -> text.append(line).append('\n'));
        text.append(leftOut).append(leftOut.isEmpty() ? "\n" : "\n\n");
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        releases.forEach(release -> addRows(rows, release));
        sums.forEach(sum -> addRows(rows, sum));
        TextTable.lines(rows, column -> column > 0)
                .forEach(line -> text.append(line).append('\n'));
        return text.append('\n').append(LEGEND).toString();
    }

    private static void addRows(List<List<String>> rows, RampRelease release) {
        rows.add(List.of());
        rows.add(List.of(release.label() + (release.words().isEmpty() ? "" : ": " + release.words())));
        release.along().forEach(of -> rows.add(row(of)));
    }

    private static List<String> row(RampTrials of) {
        return List.of(
                "  " + of.ramp(),
                of.promoted() + "/" + of.runs(),
                of.stopped() + "/" + of.runs(),
                Integer.toString(of.falseStops()),
                times(of.everybodySeconds()),
                times(of.stopSeconds()),
                amounts(of.failed()),
                amounts(of.struck()),
                amounts(of.met()));
    }

    private static String times(Sample sample) {
        return sample.size() == 0 ? "-" : time(sample, 0.5) + " (" + time(sample, 0.9) + ")";
    }

    /** In so many runs within this time. */
    static String time(Sample sample, double share) {
        double seconds = sample.quantile(share);
        return Double.isInfinite(seconds) ? "never" : Words.time(seconds);
    }

    private static String amounts(Sample sample) {
        return sample.size() == 0
                ? "-"
                : amount(sample.mean()) + ", " + Words.plain(sample.quantile(0.5)) + " ("
                        + Words.plain(sample.quantile(0.9)) + ")";
    }

    /** A mean number of requests: of ten and more nobody needs parts. */
    static String amount(double mean) {
        return Words.plain(mean < 10 ? mean : Math.round(mean));
    }

    /** The figures by their names; those that there are not are NaN or infinite. */
    private static Map<String, Double> figures(RampTrials of) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("to100MedianSeconds", of.everybodySeconds().quantile(0.5));
        figures.put("to100P90Seconds", of.everybodySeconds().quantile(0.9));
        figures.put("toRollbackMedianSeconds", of.stopSeconds().quantile(0.5));
        figures.put("toRollbackP90Seconds", of.stopSeconds().quantile(0.9));
        putAmounts(figures, "failedRequests", of.failed());
        putAmounts(figures, "harmedRequests", of.struck());
        putAmounts(figures, "harmedUsers", of.struckUsers());
        putAmounts(figures, "metRequests", of.met());
        return figures;
    }

    private static void putAmounts(Map<String, Double> figures, String name, Sample sample) {
        figures.put(name + "Mean", sample.mean());
        figures.put(name + "Median", sample.quantile(0.5));
        figures.put(name + "P90", sample.quantile(0.9));
    }

    private String csv() {
        StringBuilder text = new StringBuilder("release,bad,ramp,runs,promoted,rolledBack,falseRollbacks,");
        text.append(String.join(",", figures(releases.get(0).along().get(0)).keySet()));
        for (RampRelease release : releases) {
            for (RampTrials of : release.along()) {
                text.append("\n\"").append(release.label()).append("\",").append(release.bad() ? 1 : 0);
                text.append(",\"").append(of.ramp()).append("\",").append(of.runs());
                text.append(',').append(of.promoted()).append(',').append(of.stopped());
                text.append(',').append(of.falseStops()).append(',');
                text.append(figures(of).values().stream()
                        .map(figure -> SimulateReport.finite(figure).toString())
                        .collect(Collectors.joining(",")));
            }
        }
        return text.append('\n').toString();
    }

    private String json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("setting", setting);
        for (Ramp ramp : ramps) {
            ObjectNode node = root.withArray("/ramps").addObject();
            node.put("ramp", ramp.name());
            node.put("steps", RampOption.words(ramp));
        }
        root.put("leftOut", leftOut);
        releases.forEach(release -> json(root, "/releases", release));
        root.putArray("sums");
        sums.forEach(sum -> json(root, "/sums", sum));
        return root.toPrettyString() + "\n";
    }

    private static void json(ObjectNode root, String place, RampRelease release) {
        for (RampTrials of : release.along()) {
            ObjectNode node = root.withArray(place).addObject();
            node.put("release", release.label());
            node.put("bad", release.bad());
            node.put("ramp", of.ramp());
            node.put("runs", of.runs());
            node.put("promoted", of.promoted());
            node.put("rolledBack", of.stopped());
            node.put("falseRollbacks", of.falseStops());
            figures(of).forEach((name, figure) -> SimulateReport.put(node, name, figure));
            SimulateReport.putChecks(node, of.checks());
        }
    }
}
