package dev.halftone.core.backtest;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines of CSV as RFC 4180 has them, but that no field goes on in the next line. */
final class CsvLine {
    private CsvLine() {}

    /** The fields without the spaces around them and without their quotes; null if a quote is not closed where its field ends. */
    static @Nullable List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        int at = 0;
        while (at <= line.length()) {
            if (at < line.length() && line.charAt(at) == '"') {
                int close = closingQuote(line, at);
                if (close < 0) {
                    return null;
                }
                fields.add(line.substring(at + 1, close).replace("\"\"", "\""));
                at = close + 2;
            } else {
                int comma = line.indexOf(',', at);
                int end = comma < 0 ? line.length() : comma;
                fields.add(line.substring(at, end).strip());
                at = end + 1;
            }
        }
        return fields;
    }

    /** Where the field that opens here closes, before a comma or the end; -1 for nowhere. */
    private static int closingQuote(String line, int open) {
        int quote = line.indexOf('"', open + 1);
        while (quote >= 0 && quote + 1 < line.length() && line.charAt(quote + 1) == '"') {
            quote = line.indexOf('"', quote + 2);
        }
        boolean closes = quote >= 0 && (quote + 1 == line.length() || line.charAt(quote + 1) == ',');
        return closes ? quote : -1;
    }
}
