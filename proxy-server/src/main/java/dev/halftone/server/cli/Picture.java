package dev.halftone.server.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A picture while it is drawn, and then the whole of it. Well-formed XML without scripts; light or dark as the viewer is. One thread. */
final class Picture {
    private static final String STYLE = """
            svg { --back: #ffffff; --text: #1d2733; --soft: #5b6875; --grid: #e2e7ec; --wrong: #c2362b; --well: #1c7c45;
              background: var(--back); font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
            @media (prefers-color-scheme: dark) { svg { --back: #14191f; --text: #e6ebf0; --soft: #9aa7b4; --grid: #2c353f;
              --wrong: #ff8074; --well: #62d191; } }
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
            """;

    private static final int LABEL_CHARS = 30;

    private final StringBuilder svg = new StringBuilder();

    /**
     * @param title for those who do not see it
     * @param style rules of its own
     */
    Picture(int width, int height, String title, String style) {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">",
                width, height, width, height);
        svg.append("<title>").append(title).append("</title>\n");
        svg.append("<style>").append(STYLE).append(style).append("</style>\n");
        svg.append("<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n");
    }

    /** A title and in two lines what was played, whose parts are separated by {@code ;}. */
    void head(double x, String title, String setting) {
        text("title", x, 38, "start", title);
        String[] parts = setting.split("; ", -1);
        int half = (parts.length + 1) / 2;
        text("soft", x, 62, "start", String.join("; ", List.of(parts).subList(0, half)));
        text("soft", x, 80, "start", String.join("; ", List.of(parts).subList(half, parts.length)));
    }

    void text(String style, double x, double y, String anchor, String words) {
        String escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        add("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", style, x, y, anchor, escaped);
    }

    /** What a row is about: a label in lines that fit beside the curves, and below it more; around this height. */
    void label(double x, double middle, String label, String more) {
        List<String> lines = lines(label);
        double y = middle - 8 * (lines.size() - (more.isEmpty() ? 1 : 0));
        for (String line : lines) {
            text("label", x, y, "start", line);
            y += 16;
        }
        if (!more.isEmpty()) {
            text("soft", x, y, "start", more);
        }
    }

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

    /** A horizontal line. */
    void level(String style, double fromX, double toX, double y) {
        add("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", style, fromX, y, toX, y);
    }

    /** An element, as a format and what belongs in it. */
    void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** Elements as they are. */
    void addAll(String elements) {
        svg.append(elements);
    }

    String svg() {
        return svg + "</svg>\n";
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
}
