package dev.halftone.server.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Rows of cells as lines of text whose columns stand below each other. */
final class TextTable {
    private TextTable() {}

    /**
     * @param rows all of the same length; an empty row gives an empty line, one of a single cell stands by itself
     * @param isFigure of which columns the cells stand at the right
     */
    static List<String> lines(List<List<String>> rows, IntPredicate isFigure) {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; row.size() > 1 && i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                String padding = " ".repeat(Math.max(0, widths[i] - row.get(i).length()));
                line.append(i == 0 ? "" : "  ");
                line.append(isFigure.test(i) ? padding + row.get(i) : row.get(i) + padding);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
