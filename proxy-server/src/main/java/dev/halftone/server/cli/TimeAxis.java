package dev.halftone.server.cli;

import java.util.Locale;

/**
 * A horizontal axis of times on a logarithmic scale, as SVG.
 *
 * @param left where it begins, in the picture's units
 * @param right where it ends
 * @param fromSeconds the time at its beginning, above 0
 * @param toSeconds the time at its end
 */
record TimeAxis(double left, double right, double fromSeconds, double toSeconds) {
    private static final double[] TICKS = {
        0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10_800, 43_200, 86_400, 259_200, 604_800
    };
    private static final int LABEL_BELOW = 18;
    private static final int TITLE_BELOW = 40;
    private static final int LABEL_WIDTH = 46;

    TimeAxis {
        if (!(fromSeconds > 0 && toSeconds > fromSeconds)) {
            throw new IllegalArgumentException(
                    "axis from " + fromSeconds + " to " + toSeconds + " s (expected: above 0, rising)");
        }
    }

    /** Where a time lies; times beyond the ends lie at them. */
    double x(double seconds) {
        double clipped = Math.max(fromSeconds, Math.min(toSeconds, seconds));
        return left + (right - left) * Math.log(clipped / fromSeconds) / Math.log(toSeconds / fromSeconds);
    }

    /** Lines for the ticks from top to bottom, their labels below, and the title below those. */
    String svg(double top, double bottom, String title) {
        StringBuilder svg = new StringBuilder();
        double free = left - LABEL_WIDTH;
        for (double tick : TICKS) {
            double x = x(tick);
            if (tick < fromSeconds || tick > toSeconds || x < free) {
                continue;
            }
            free = x + LABEL_WIDTH;
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
                    x,
                    top,
                    x,
                    bottom));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>%n",
                    x,
                    bottom + LABEL_BELOW,
                    Words.time(tick)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>%n",
                (left + right) / 2,
                bottom + TITLE_BELOW,
                title));
        return svg.toString();
    }
}
