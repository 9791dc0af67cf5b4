package dev.halftone.core.backtest;

import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.SeriesScorer;
import dev.halftone.core.analysis.SeriesScorer.Score;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One detector over a recorded monitoring series: CSV lines in, one scored row for each out, from that line and earlier ones
 * alone. A time before the last line's counts as the same. Memory does not grow with the lines. One thread.
 */
public final class SeriesBacktest {
    private static final String TIME = "timestamp";

    private final SeriesScorer scorer;
    private final int columns;
    private final int timeColumn;
    private final int valueColumn;
    private final String valueName;
    private long line = 1;

    /**
     * One line's answer; time and value as they were written.
     *
     * @param score 0..1, computed from this line and earlier ones only
     */
    public record Row(String timestamp, String value, double score, boolean anomaly) {}

    /**
     * @param header the first line of the file: {@code timestamp} and one or more columns of numbers
     * @param column the column that is judged; null: the only one, or the first after the timestamp
     * @throws BadLine if the header does not fit
     * @throws IllegalArgumentException if the detector compares two versions
     */
    public SeriesBacktest(DetectorSpec detector, String header, @Nullable String column) throws BadLine {
        List<String> names = fields(header);
        columns = names.size();
        timeColumn = names.indexOf(TIME);
        if (timeColumn < 0 || columns < 2) {
            throw new BadLine(1, header.strip() + " (expected: a header as timestamp,response_time)");
        }
        valueColumn = column == null ? (timeColumn == 0 ? 1 : 0) : names.indexOf(column);
        if (valueColumn < 0 || valueColumn == timeColumn) {
            throw new BadLine(
                    1,
                    "no column of numbers is named " + column + " (expected: one of "
                            + String.join(
                                    ", ",
                                    names.stream()
                                            .filter(name -> !name.equals(TIME))
                                            .toList()) + ")");
        }
        valueName = names.get(valueColumn);
        scorer = SeriesScorer.of(detector);
    }

    /** The name of the column that is judged. */
    public String column() {
        return valueName;
    }

    /**
     * Judges the next line.
     *
     * @throws BadLine if it has not as many fields as the header, its time cannot be read, or its value is no number
     */
    public Row next(String text) throws BadLine {
        line++;
        List<String> fields = fields(text);
        if (fields.size() != columns) {
            throw new BadLine(line, fields.size() + " fields (expected: " + columns + ")");
        }
        String time = fields.get(timeColumn);
        Double seconds = RecordedTime.seconds(time);
        if (seconds == null) {
            throw new BadLine(line, TIME + ": " + time + " (expected: " + RecordedTime.EXPECTED + ")");
        }
        String value = fields.get(valueColumn);
        Score score = scorer.next(seconds, number(value));
        return new Row(time, value, score.score(), score.isAnomaly());
    }

    private double number(String text) throws BadLine {
        double number;
        try {
            number = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            number = Double.NaN;
        }
        if (!Double.isFinite(number)) {
            throw new BadLine(line, valueName + ": " + text + " (expected: a number)");
        }
        return number;
    }

    private static List<String> fields(String text) {
        return Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }
}
