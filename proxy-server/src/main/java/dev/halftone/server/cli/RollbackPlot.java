package dev.halftone.server.cli;

import dev.halftone.core.backtest.Trials;
import java.util.List;
import java.util.Locale;

/**
 * Simulated releases as a picture: for each kind the share of runs that were rolled back, over the time since the onset, and
 * beside it the figures.
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

    private static final String STYLE = """
            svg { --found: #1668b8; }
            @media (prefers-color-scheme: dark) { svg { --found: #62aef2; } }
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

    Picture drawn() {
        int bottom = TOP + trials.size() * (rowHeight + GAP);
        Picture picture = new Picture(WIDTH, bottom + BELOW, "Time to rollback of simulated releases", STYLE);
        picture.head(MARGIN, "How fast a bad release is rolled back, and whom it harms until then", setting);
        legend(picture, 110);
        picture.text("soft", (COLUMNS[3] + COLUMNS[4]) / 2 - 8, TOP - 26, "middle", "harmed (median)");
        for (int i = 0; i < COLUMNS.length; i++) {
            picture.text("soft", COLUMNS[i], TOP - 8, "end", HEADS[i]);
        }
        picture.addAll(axis.svg(TOP, bottom, "time from the onset of the regression to the rollback, logarithmic"));
        for (int i = 0; i < trials.size(); i++) {
            row(picture, i, TOP + GAP + i * (rowHeight + GAP), i == 0 || rowHeight > 60);
        }
        picture.text("soft", MARGIN, bottom + 68, "start", falseText());
        return picture;
    }

    private static void legend(Picture picture, int y) {
        picture.add("<path class=\"area\" d=\"M%d %dh26v16h-26z\"/>", CURVES_LEFT, y - 12);
        picture.add("<path class=\"curve\" d=\"M%d %dh26\"/>", CURVES_LEFT, y - 12);
        picture.text("soft", CURVES_LEFT + 34, y, "start", "share of runs rolled back so far");
        picture.add("<circle class=\"half\" cx=\"%d\" cy=\"%d\" r=\"5\"/>", CURVES_LEFT + 246, y - 4);
        picture.text("soft", CURVES_LEFT + 257, y, "start", "half of them (median)");
        picture.add("<circle class=\"most\" cx=\"%d\" cy=\"%d\" r=\"4.5\"/>", CURVES_LEFT + 414, y - 4);
        picture.text("soft", CURVES_LEFT + 425, y, "start", "nine of ten (p90)");
        picture.add("<path class=\"cross\" d=\"M%d %dl8 8m0 -8l-8 8\"/>", CURVES_LEFT + 548, y - 8);
        picture.text("soft", CURVES_LEFT + 563, y, "start", "rolled back for no reason");
    }

    private void row(Picture picture, int number, int top, boolean showsScale) {
        Trials of = trials.get(number);
        int base = top + rowHeight;
        picture.level("base", CURVES_LEFT, CURVES_RIGHT, base);
        picture.level("grid", CURVES_LEFT, CURVES_RIGHT, top);
        if (showsScale) {
            picture.text("tick", CURVES_LEFT - 8, top + 9, "end", "100 %");
            picture.text("tick", CURVES_LEFT - 8, base, "end", "0 %");
        }
        picture.label(MARGIN, top + rowHeight / 2.0 + 5, of.label(), words.get(number));
        if (of.isBad()) {
            curve(picture, of, top, base);
        }
        harmless(picture, of, top, base);
        figures(picture, of, top + rowHeight / 2.0 + 5);
    }

    private void curve(Picture picture, Trials of, int top, int base) {
        double[] delays = of.delaysSeconds();
        if (delays.length == 0) {
            picture.text("wrong", CURVES_LEFT + 12, (top + base) / 2.0 + 5, "start", "never found");
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
        picture.add("<path class=\"area\" d=\"%sV%dz\"/>", path, base);
        picture.add("<path class=\"curve\" d=\"%s\"/>", path);
        mark(picture, "half", of.delaySeconds(0.5), height(top, base, 0.5), 5);
        mark(picture, "most", of.delaySeconds(0.9), height(top, base, 0.9), 4.5);
    }

    private static double height(int top, int base, double share) {
        return base - share * (base - top);
    }

    private void mark(Picture picture, String kind, double seconds, double y, double radius) {
        if (Double.isFinite(seconds)) {
            picture.add("<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>", kind, axis.x(seconds), y, radius);
        }
    }

    /** What happened while nothing was wrong. */
    private void harmless(Picture picture, Trials of, int top, int base) {
        double[] wrong = of.falseSeconds();
        for (double seconds : wrong) {
            picture.add("<path class=\"cross\" d=\"M%.1f %dl8 8m0 -8l-8 8\"/>", axis.x(seconds) - 4, base - 12);
        }
        double y = (top + base) / 2.0 + 5;
        if (!of.isBad()) {
            String none = "no rollback in " + Words.count(of.runs(), "run") + ", "
                    + Words.time(of.harmlessDays() * 86_400) + " in all";
            String some = Words.count(wrong.length, "false rollback") + ", at their time since the release";
            picture.text(
                    wrong.length == 0 ? "well" : "wrong",
                    CURVES_LEFT + 12,
                    y,
                    "start",
                    wrong.length == 0 ? none : some);
        } else if (wrong.length > 0) {
            picture.text("wrong", CURVES_LEFT + 12, y, "start", wrong.length + " before the onset");
        }
    }

    private void figures(Picture picture, Trials of, double y) {
        if (!of.isBad()) {
            String style = of.falseRollbacks() == 0 ? "figure well" : "figure wrong";
            picture.text(style, COLUMNS[0], y, "end", of.falseRollbacks() + " of " + of.runs());
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
            picture.text("figure", COLUMNS[i], y, "end", figures[i]);
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
}
