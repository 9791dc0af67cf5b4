package dev.halftone.server.cli;

import dev.halftone.core.backtest.Trials;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Simulated releases as a picture: for each kind the share of runs that were rolled back, over the time since the onset, and
 * beside it the figures. Well-formed XML without scripts; light or dark as the viewer is.
 */
final class RollbackPlot {
    private static final int WIDTH = 1180;
    private static final int MARGIN = 28;
    private static final int CURVES_LEFT = 262;
    private static final int CURVES_RIGHT = 772;
    private static final int[] COLUMNS = {848, 932, 1016, 1090, 1152};
    private static final String[] HEADS = {"rolled back", "median", "p90", "requests", "users"};
    private static final int TOP = 164;
    private static final int BELOW = 92;
    private static final int GAP = 14;
    private static final int LABEL_CHARS = 30;

    private static final String STYLE = """
            svg { --back: #ffffff; --text: #1d2733; --soft: #5b6875; --grid: #e2e7ec; --found: #1668b8; --wrong: #c2362b;
              --well: #1c7c45; background: var(--back); font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
            @media (prefers-color-scheme: dark) { svg { --back: #14191f; --text: #e6ebf0; --soft: #9aa7b4; --grid: #2c353f;
              --found: #62aef2; --wrong: #ff8074; --well: #62d191; } }
            .back { fill: var(--back); }
            text { fill: var(--text); font-size: 13px; }
            .title { font-size: 20px; font-weight: 600; }
            .tick, .soft { fill: var(--soft); font-size: 12px; }
            .label { font-weight: 600; }
            .well { fill: var(--well); }
            .wrong { fill: var(--wrong); }
            .figure { font-variant-numeric: tabular-nums; }
            .grid { stroke: var(--grid); stroke-width: 1; }
            .base { stroke: var(--soft); stroke-width: 1; }
            .curve { fill: none; stroke: var(--found); stroke-width: 2; stroke-linejoin: round; }
            .area { fill: var(--found); fill-opacity: 0.16; }
            .half { fill: var(--found); stroke: var(--back); stroke-width: 1.5; }
            .most { fill: var(--back); stroke: var(--found); stroke-width: 2; }
            .cross { stroke: var(--wrong); stroke-width: 2; fill: none; }
            """;

    private final String setting;
    private final int watchedSeconds;
    private final List<Trials> trials;
    private final List<String> words;
    private final TimeAxis axis;
    private final int rowHeight;

    /**
     * @param setting in one line, parts by {@code ;}
     * @param watchedSeconds from the onset to the end of each run
     * @param seconds how long each run is
     * @param words for each of the trials what its label leaves unsaid, may be empty
     */
    RollbackPlot(String setting, int watchedSeconds, int seconds, List<Trials> trials, List<String> words) {
        this.setting = setting;
        this.watchedSeconds = watchedSeconds;
        this.trials = trials;
        this.words = words;
        double first = trials.stream()
                .filter(of -> of.delaysSeconds().length > 0)
                .mapToDouble(of -> of.delaysSeconds()[0])
                .min()
                .orElse(1);
        axis = new TimeAxis(CURVES_LEFT, CURVES_RIGHT, first < 1 ? 0.1 : 1, Math.max(seconds, 10));
        rowHeight = trials.size() <= 3 ? 110 : trials.size() <= 8 ? 64 : 38;
    }

    /** The picture on a page of its own. */
    String html() {
        return """
                <!DOCTYPE html>
                <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
                <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width"/>
                <title>Halftone: simulated releases</title>
                <style>
                :root { color-scheme: light dark; }
                body { margin: 0; background: #ffffff; }
                svg { display: block; width: 100%; max-width: 1400px; height: auto; margin: 0 auto; }
                @media (prefers-color-scheme: dark) { body { background: #14191f; } }
                </style>
                </head>
                <body>
                """ + svg() + """
                </body>
                </html>
                """;
    }

    String svg() {
        int bottom = TOP + trials.size() * (rowHeight + GAP);
        int height = bottom + BELOW;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">%n",
                WIDTH,
                height,
                WIDTH,
                height));
        svg.append("<title>Time to rollback of simulated releases</title>\n");
        svg.append("<style>").append(STYLE).append("</style>\n");
        svg.append("<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n");
        head(svg);
        svg.append(axis.svg(TOP, bottom, "time from the onset of the regression to the rollback, logarithmic"));
        for (int i = 0; i < trials.size(); i++) {
            row(svg, i, TOP + GAP + i * (rowHeight + GAP), i == 0 || rowHeight > 60);
        }
        text(svg, "soft", MARGIN, bottom + 68, "start", falseText());
        return svg.append("</svg>\n").toString();
    }

    private void head(StringBuilder svg) {
        text(svg, "title", MARGIN, 38, "start", "How fast a bad release is rolled back, and whom it harms until then");
        String[] parts = setting.split("; ", -1);
        int half = (parts.length + 1) / 2;
        text(svg, "soft", MARGIN, 62, "start", String.join("; ", List.of(parts).subList(0, half)));
        text(svg, "soft", MARGIN, 80, "start", String.join("; ", List.of(parts).subList(half, parts.length)));
        legend(svg, 110);
        text(svg, "soft", (COLUMNS[3] + COLUMNS[4]) / 2 - 8, TOP - 26, "middle", "harmed (median)");
        for (int i = 0; i < COLUMNS.length; i++) {
            text(svg, "soft", COLUMNS[i], TOP - 8, "end", HEADS[i]);
        }
    }

    private static void legend(StringBuilder svg, int y) {
        shape(svg, "<path class=\"area\" d=\"M%d %dh26v16h-26z\"/>", CURVES_LEFT, y - 12);
        shape(svg, "<path class=\"curve\" d=\"M%d %dh26\"/>", CURVES_LEFT, y - 12);
        text(svg, "soft", CURVES_LEFT + 34, y, "start", "share of runs rolled back so far");
        shape(svg, "<circle class=\"half\" cx=\"%d\" cy=\"%d\" r=\"5\"/>", CURVES_LEFT + 246, y - 4);
        text(svg, "soft", CURVES_LEFT + 257, y, "start", "half of them (median)");
        shape(svg, "<circle class=\"most\" cx=\"%d\" cy=\"%d\" r=\"4.5\"/>", CURVES_LEFT + 414, y - 4);
        text(svg, "soft", CURVES_LEFT + 425, y, "start", "nine of ten (p90)");
        shape(svg, "<path class=\"cross\" d=\"M%d %dl8 8m0 -8l-8 8\"/>", CURVES_LEFT + 548, y - 8);
        text(svg, "soft", CURVES_LEFT + 563, y, "start", "rolled back for no reason");
    }

    private static void shape(StringBuilder svg, String format, int x, int y) {
        svg.append(String.format(Locale.ROOT, format, x, y)).append('\n');
    }

    private void row(StringBuilder svg, int number, int top, boolean showsScale) {
        Trials of = trials.get(number);
        int base = top + rowHeight;
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"base\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>%n",
                CURVES_LEFT,
                base,
                CURVES_RIGHT,
                base));
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>%n",
                CURVES_LEFT,
                top,
                CURVES_RIGHT,
                top));
        if (showsScale) {
            text(svg, "tick", CURVES_LEFT - 8, top + 9, "end", "100 %");
            text(svg, "tick", CURVES_LEFT - 8, base, "end", "0 %");
        }
        label(svg, of.label(), words.get(number), top + rowHeight / 2.0 + 5);
        if (of.isBad()) {
            curve(svg, of, top, base);
        }
        harmless(svg, of, top, base);
        figures(svg, of, top + rowHeight / 2.0 + 5);
    }

    private static void label(StringBuilder svg, String label, String more, double middle) {
        List<String> lines = lines(label);
        double y = middle - 8 * (lines.size() - (more.isEmpty() ? 1 : 0));
        for (String line : lines) {
            text(svg, "label", MARGIN, y, "start", line);
            y += 16;
        }
        if (!more.isEmpty()) {
            text(svg, "soft", MARGIN, y, "start", more);
        }
    }

    private void curve(StringBuilder svg, Trials of, int top, int base) {
        double[] delays = of.delaysSeconds();
        if (delays.length == 0) {
            text(svg, "wrong", CURVES_LEFT + 12, (top + base) / 2.0 + 5, "start", "never found");
            return;
        }
        double begin = axis.x(delays[0]);
        StringBuilder path = new StringBuilder(String.format(Locale.ROOT, "M%.1f %d", begin, base));
        for (int i = 0; i < delays.length; i++) {
            double y = height(top, base, (i + 1.0) / of.judged());
            path.append(String.format(Locale.ROOT, "H%.1fV%.1f", axis.x(delays[i]), y));
        }
        double end = axis.x(watchedSeconds);
        path.append(String.format(Locale.ROOT, "H%.1f", end));
        svg.append("<path class=\"area\" d=\"").append(path);
        svg.append(String.format(Locale.ROOT, "V%dz\"/>%n", base));
        svg.append("<path class=\"curve\" d=\"").append(path).append("\"/>\n");
        mark(svg, "half", of.delaySeconds(0.5), height(top, base, 0.5), 5);
        mark(svg, "most", of.delaySeconds(0.9), height(top, base, 0.9), 4.5);
    }

    private static double height(int top, int base, double share) {
        return base - share * (base - top);
    }

    private void mark(StringBuilder svg, String kind, double seconds, double y, double radius) {
        if (Double.isFinite(seconds)) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>%n",
                    kind,
                    axis.x(seconds),
                    y,
                    radius));
        }
    }

    /** What happened while nothing was wrong. */
    private void harmless(StringBuilder svg, Trials of, int top, int base) {
        double[] wrong = of.falseSeconds();
        for (double seconds : wrong) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<path class=\"cross\" d=\"M%.1f %dl8 8m0 -8l-8 8\"/>%n",
                    axis.x(seconds) - 4,
                    base - 12));
        }
        double y = (top + base) / 2.0 + 5;
        if (!of.isBad()) {
            String none = "no rollback in " + Words.count(of.runs(), "run") + ", "
                    + Words.time(of.harmlessDays() * 86_400) + " in all";
            String some = Words.count(wrong.length, "false rollback") + ", at their time since the release";
            text(
                    svg,
                    wrong.length == 0 ? "well" : "wrong",
                    CURVES_LEFT + 12,
                    y,
                    "start",
                    wrong.length == 0 ? none : some);
        } else if (wrong.length > 0) {
            text(svg, "wrong", CURVES_LEFT + 12, y, "start", wrong.length + " before the onset");
        }
    }

    private void figures(StringBuilder svg, Trials of, double y) {
        if (!of.isBad()) {
            String style = of.falseRollbacks() == 0 ? "figure well" : "figure wrong";
            text(svg, style, COLUMNS[0], y, "end", of.falseRollbacks() + " of " + of.runs());
            return;
        }
        String[] figures = {
            of.found() + " of " + of.judged(),
            SimulateReport.delay(of, 0.5, watchedSeconds),
            SimulateReport.delay(of, 0.9, watchedSeconds),
            count(of.struckRequests(0.5)),
            count(of.struckUsers(0.5))
        };
        for (int i = 0; i < figures.length; i++) {
            text(svg, "figure", COLUMNS[i], y, "end", figures[i]);
        }
    }

    private static String count(double number) {
        return Double.isNaN(number) ? "-" : Words.plain(number);
    }

    private String falseText() {
        int rollbacks = trials.stream().mapToInt(Trials::falseRollbacks).sum();
        double days = trials.stream().mapToDouble(Trials::harmlessDays).sum();
        return SimulateReport.falseText(rollbacks, days);
    }

    /** A label in lines that fit beside the curves. */
    private static List<String> lines(String label) {
        List<String> lines = new ArrayList<>();
        for (String part : label.split("(?<=,) ", -1)) {
            int last = lines.size() - 1;
            if (last >= 0 && lines.get(last).length() + part.length() < LABEL_CHARS) {
                lines.set(last, lines.get(last) + " " + part);
            } else {
                lines.add(part);
            }
        }
        return lines;
    }

    private static void text(StringBuilder svg, String style, double x, double y, String anchor, String words) {
        String escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                style,
                x,
                y,
                anchor,
                escaped));
    }
}
