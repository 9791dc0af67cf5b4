package dev.halftone.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.backtest.SeriesBacktest.Row;
import java.io.PrintWriter;
import java.util.Locale;

/** How a series' backtest is told, row by row. One thread. */
final class SeriesReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Format format;
    private final PrintWriter out;
    private final Progress progress;
    private final String column;
    private final String detector;
    private long values;
    private long anomalies;

    /** The words of the option. */
    enum Format {
        text,
        csv,
        json
    }

    SeriesReport(Format format, Terminal terminal, Progress progress, String column, String detector) {
        this.format = format;
        this.out = terminal.out();
        this.progress = progress;
        this.column = column;
        this.detector = detector;
    }

    void begin() throws JsonProcessingException {
        switch (format) {
            case csv -> out.println("timestamp,value,score,anomaly");
            case json ->
                out.print("{\"column\": " + JSON.writeValueAsString(column) + ", \"detector\": \"" + detector
                        + "\", \"anomalies\": [");
            case text -> {}
        }
    }

    void add(Row row) throws JsonProcessingException {
        values++;
        anomalies += row.anomaly() ? 1 : 0;
        if (format == Format.csv || row.anomaly()) {
            progress.clear();
        }
        if (format == Format.csv) {
            out.println(row.timestamp() + "," + row.value() + "," + score(row) + "," + (row.anomaly() ? 1 : 0));
        } else if (row.anomaly()) {
            out.println(
                    format == Format.json
                            ? json(row)
                            : row.timestamp() + "  " + column + " " + row.value() + "  score " + score(row));
        }
    }

    void end() {
        switch (format) {
            case csv -> {}
            case json -> out.println("], \"values\": " + values + "}");
            case text ->
                out.println((anomalies == 1 ? "1 anomaly" : anomalies + " anomalies") + " in " + values + " values");
        }
    }

    private String json(Row row) throws JsonProcessingException {
        ObjectNode node = JSON.createObjectNode();
        node.put("timestamp", row.timestamp());
        node.put("value", Double.parseDouble(row.value()));
        node.put("score", row.score());
        return (anomalies > 1 ? ", " : "") + JSON.writeValueAsString(node);
    }

    private static String score(Row row) {
        return String.format(Locale.ROOT, "%.6f", row.score());
    }
}
