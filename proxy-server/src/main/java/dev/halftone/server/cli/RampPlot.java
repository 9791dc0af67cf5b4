package dev.halftone.server.cli;

import dev.halftone.core.backtest.RampRun;
import dev.halftone.core.backtest.RampTrials;
import dev.halftone.core.backtest.Sample;
import java.util.List;
import java.util.Locale;

/**
 * Simulated releases along ramps as a picture: for each kind the median ratio over time along each ramp, and beside it the figures,
 * with the harm as bars.
 */
final class RampPlot {
    private static final int WIDTH = 1400;
    private static final int MARGIN = 28;
    private static final int CURVES_LEFT = 262;
    /** Where the curves end beside names of the greatest length; shorter ones leave room for curves and bars. */
    private static final int CURVES_RIGHT = 656;

    private static final int NAME_GAP = 26;
    private static final int CHAR = 9;
    private static final int SWATCH = 28;
    private static final int NAME_CHARS = 28;
    private static final int[] COLUMNS = {1010, 1094, 1162, 1236, 1288};
    private static final String[] HEADS = {"promoted", "rolled back", "to 100 %", "to rollback", "failed"};
    private static final int HARMED = 1340;
    private static final int BAR = 1348;
    private static final int BAR_LENGTH = 36;
    private static final int TOP = 146;
    private static final int BELOW = 66;
    private static final int GAP = 28;
    private static final int LINE = 21;
    private static final int LEAST_HEIGHT = 104;
    /** Where ratios have a line of their own, in percent. */
    private static final int[] RATIOS = {0, 1, 5, 25, 100};

    private static final String[] LIGHT = {
        "#1668b8", "#b85400", "#0a7a72", "#7d3fb5", "#b02a70", "#686f00", "#7a4b28", "#4b5a6b"
    };
    private static final String[] DARK = {
        "#62aef2", "#f2a154", "#4fc9bd", "#c49af0", "#f08abf", "#c3c95a", "#d0a27f", "#a9b8c8"
    };
    private static final String[] DASHES = {"none", "9 4", "3 3", "14 3 3 3"};

    private final String setting;
    private final List<RampRelease> releases;
    private final TimeAxis axis;
    private final int rowHeight;
    private final int room;

    /** @param setting in one line, parts by {@code ;} */
    RampPlot(String setting, List<RampRelease> releases) {
        this.setting = setting;
        this.releases = releases;
        double first = Double.POSITIVE_INFINITY;
        double last = 60;
        for (RampRelease release : releases) {
            for (RampTrials of : release.along()) {
                for (RampRun.Change change : of.course()) {
                    first = change.atSeconds() > 0 ? Math.min(first, change.atSeconds()) : first;
                    last = Math.max(last, change.atSeconds());
                }
            }
        }
        int longest = releases.get(0).along().stream()
                .mapToInt(of -> of.ramp().length())
                .max()
                .orElse(0);
        room = Math.max(0, CHAR * (NAME_CHARS - longest) / 2 - NAME_GAP);
        axis = new TimeAxis(CURVES_LEFT, CURVES_RIGHT + room, first < 1 ? 0.1 : first < 10 ? 1 : 10, last * 1.3);
        rowHeight = Math.max(LEAST_HEIGHT, LINE * releases.get(0).along().size());
    }

    private static String style() {
        StringBuilder light = new StringBuilder();
        StringBuilder dark = new StringBuilder();
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < LIGHT.length; i++) {
            light.append("--ramp").append(i).append(": ").append(LIGHT[i]).append("; ");
            dark.append("--ramp").append(i).append(": ").append(DARK[i]).append("; ");
            rules.append(String.format(
                    Locale.ROOT,
                    ".ramp%d { stroke: var(--ramp%d); stroke-dasharray: %s; } .bar%d { fill: var(--ramp%d); }%n",
                    i,
                    i,
                    DASHES[i % DASHES.length],
                    i,
                    i));
        }
        return "svg { " + light + "}\n@media (prefers-color-scheme: dark) { svg { " + dark + "} }\n"
                + ".course { fill: none; stroke-width: 2.5; stroke-linejoin: round; }\n" + rules;
    }

    Picture drawn() {
        int bottom = TOP + releases.size() * (rowHeight + GAP);
        Picture picture = new Picture(WIDTH, bottom + BELOW, "Simulated releases along ramps", style());
        picture.head(MARGIN, "How fast a good release reaches everybody, and whom a bad one harms on its way", setting);
        picture.text(
                "soft", CURVES_LEFT, TOP - 12, "start", "ratio that half of the runs have at most (rolled back: 0 %)");
        picture.text("soft", (COLUMNS[2] + COLUMNS[3]) / 2.0 - 32 - room, TOP - 28, "middle", "median time");
        picture.text("soft", HARMED - 36 - room, TOP - 28, "middle", "requests (mean)");
        for (int i = 0; i < COLUMNS.length; i++) {
            picture.text("soft", COLUMNS[i] - room, TOP - 12, "end", HEADS[i]);
        }
        picture.text("soft", HARMED - room, TOP - 12, "end", "harmed");
        picture.addAll(axis.svg(TOP, bottom, "time since the release began, logarithmic"));
        for (int i = 0; i < releases.size(); i++) {
            row(picture, releases.get(i), TOP + 4 + i * (rowHeight + GAP));
        }
        return picture;
    }

    private void row(Picture picture, RampRelease release, int top) {
        int base = top + rowHeight;
        for (int percent : RATIOS) {
            double y = height(base, percent);
            picture.level(percent == 0 ? "base" : "grid", CURVES_LEFT, axis.right(), y);
            picture.text("tick", CURVES_LEFT - 8, y + 4, "end", percent + " %");
        }
        picture.label(MARGIN, top + rowHeight / 2.0 + 5, release.label(), release.words());
        double most = release.along().stream()
                .mapToDouble(of -> of.struck().mean())
                .max()
                .orElse(0);
        double y = top + (rowHeight - LINE * release.along().size()) / 2.0 + LINE - 5;
        for (int i = 0; i < release.along().size(); i++) {
            course(picture, release.along().get(i), i, base);
            figures(picture, release.along().get(i), i, y + i * LINE, most);
        }
    }

    /** Small ratios lie apart too: logarithmic, with 0 % at the base. */
    private double height(int base, double percent) {
        return base - rowHeight * Math.log1p(percent) / Math.log1p(100);
    }

    private void course(Picture picture, RampTrials of, int number, int base) {
        StringBuilder path = new StringBuilder();
        double y = base;
        for (RampRun.Change change : of.course()) {
            double x = axis.x(change.atSeconds());
            y = height(base, change.ratio().percent().doubleValue());
            path.append(
                    path.isEmpty()
                            ? String.format(Locale.ROOT, "M%.1f %.1f", x, y)
                            : String.format(Locale.ROOT, "H%.1fV%.1f", x, y));
        }
        if (!path.isEmpty()) {
            path.append(y < base ? String.format(Locale.ROOT, "H%.1f", axis.right()) : "");
            picture.add("<path class=\"course ramp%d\" d=\"%s\"/>", number, path);
        }
    }

    private void figures(Picture picture, RampTrials of, int number, double y, double most) {
        int left = CURVES_RIGHT + room + NAME_GAP;
        picture.add("<path class=\"course ramp%d\" d=\"M%d %.1fh%d\"/>", number, left, y - 4, SWATCH);
        String name = of.ramp().length() <= NAME_CHARS ? of.ramp() : of.ramp().substring(0, NAME_CHARS - 1) + "…";
        picture.text("label", left + SWATCH + 8, y, "start", name);
        String[] figures = {
            of.promoted() + " of " + of.runs(),
            of.stopped() + " of " + of.runs(),
            median(of.everybodySeconds()),
            median(of.stopSeconds()),
            mean(of.failed())
        };
        for (int i = 0; i < figures.length; i++) {
            boolean wrong = i == 0 ? of.isBad() && of.promoted() > 0 : i == 1 && of.falseStops() > 0;
            picture.text(wrong ? "figure wrong" : "figure", COLUMNS[i] - room, y, "end", figures[i]);
        }
        picture.text("figure", HARMED - room, y, "end", mean(of.struck()));
        if (of.struck().mean() > 0) {
            double length = Math.max(1, (BAR_LENGTH + room) * of.struck().mean() / most);
            picture.add(
                    "<rect class=\"bar%d\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"10\"/>",
                    number, BAR - room, y - 9, length);
        }
    }

    private static String median(Sample sample) {
        return sample.size() == 0 ? "-" : RampReport.time(sample, 0.5);
    }

    private static String mean(Sample sample) {
        return sample.size() == 0 ? "-" : RampReport.amount(sample.mean());
    }
}
