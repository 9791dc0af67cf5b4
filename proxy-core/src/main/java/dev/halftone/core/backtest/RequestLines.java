package dev.halftone.core.backtest;

import dev.halftone.core.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads recorded requests, one a line of CSV, columns in the order of the header. One thread. */
final class RequestLines {
    private static final List<String> COLUMNS = List.of("timestamp", "user", "version", "status", "latencyMs");
    private static final String HEADER = String.join(",", COLUMNS);
    private static final double MILLIS_BEGIN = 1e11;
    private static final double LONGEST_MILLIS = 1e9;

    private final int[] places = new int[COLUMNS.size()];
    private final List<String> further = new ArrayList<>();
    private final List<Integer> furtherPlaces = new ArrayList<>();
    private final Set<String> judged;
    private final RecordedClock clock = new RecordedClock();
    private final int columns;
    private long line = 1;

    /**
     * @param header the first line of the file
     * @param judged names of further columns of which more than that they are numbers is asked: 0, 1 or nothing
     * @throws BadLine if the header does not fit
     */
    RequestLines(String header, Set<String> judged) throws BadLine {
        this.judged = judged;
        List<String> names = CsvLine.fields(header);
        if (names == null) {
            throw bad(header, "a header as " + HEADER);
        }
        columns = names.size();
        for (int i = 0; i < places.length; i++) {
            places[i] = names.indexOf(COLUMNS.get(i));
            if (places[i] < 0) {
                throw bad("no column " + COLUMNS.get(i), "a header as " + HEADER + " and columns of numbers");
            }
        }
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (names.indexOf(name) != i) {
                throw bad("two columns " + name, "a name for each column");
            }
            if (!COLUMNS.contains(name)) {
                further.add(name);
                furtherPlaces.add(i);
            }
        }
    }

    /** Names of the columns after those that every file has. */
    List<String> further() {
        return further;
    }

    /** The number of the line that was read last, from 1. */
    long line() {
        return line;
    }

    /**
     * Reads the next line.
     *
     * @return null for an empty one
     */
    @Nullable
    RecordedRequest next(String text) throws BadLine {
        line++;
        if (text.isBlank()) {
            return null;
        }
        List<String> fields = CsvLine.fields(text);
        if (fields == null) {
            throw bad("a quote that does not close", "fields as RFC 4180 quotes them");
        }
        if (fields.size() != columns) {
            throw bad(fields.size() + " fields", Integer.toString(columns));
        }
        String user = fields.get(places[1]);
        int status = status(fields.get(places[3]));
        long latencyNanos = latencyNanos(fields.get(places[4]));
        return new RecordedRequest(
                seconds(fields.get(places[0])),
                version(fields.get(places[2])),
                !user.isEmpty(),
                hash(user),
                status,
                status == 0 ? -1 : latencyNanos,
                reported(fields));
    }

    private double seconds(String text) throws BadLine {
        Double seconds = clock.seconds(text);
        if (seconds == null || seconds < 0 || seconds >= MILLIS_BEGIN) {
            boolean millis = seconds != null && seconds >= MILLIS_BEGIN;
            throw bad("timestamp: " + text + (millis ? " is no time in seconds" : ""), RecordedTime.EXPECTED);
        }
        return seconds;
    }

    private Version version(String text) throws BadLine {
        for (Version version : Version.values()) {
            if (version.label().equals(text)) {
                return version;
            }
        }
        throw bad("version: " + text, "stable or canary");
    }

    private int status(String text) throws BadLine {
        boolean digits = text.length() == 3
                && text.charAt(0) >= '1'
                && text.charAt(0) <= '5'
                && isDigit(text.charAt(1))
                && isDigit(text.charAt(2));
        if (!digits && !text.equals("0")) {
            throw bad("status: " + text, "100..599, or 0 where no upstream answered");
        }
        return Integer.parseInt(text);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private long latencyNanos(String text) throws BadLine {
        if (text.isEmpty() || text.equals("-1")) {
            return -1;
        }
        double millis = number(text);
        if (!(millis >= 0 && millis <= LONGEST_MILLIS)) {
            throw bad("latencyMs: " + text, "milliseconds, 0 or more; nothing where it is not known");
        }
        return Math.round(millis * 1e6);
    }

    private List<Double> reported(List<String> fields) throws BadLine {
        if (further.isEmpty()) {
            return List.of();
        }
        List<Double> reported = new ArrayList<>(further.size());
        for (int i = 0; i < further.size(); i++) {
            reported.add(reported(further.get(i), fields.get(furtherPlaces.get(i))));
        }
        return reported;
    }

    private double reported(String name, String text) throws BadLine {
        if (text.isEmpty()) {
            return Double.NaN;
        }
        double number = number(text);
        if (Double.isNaN(number)) {
            throw bad(name + ": " + text, "a number, or nothing");
        }
        if (number != 0 && number != 1 && judged.contains(name)) {
            throw bad(name + ": " + text, "0 or 1, as a check judges how often it happens, or nothing");
        }
        return number;
    }

    /** NaN for what is no finite number. */
    private static double number(String text) {
        try {
            double number = Double.parseDouble(text);
            return Double.isFinite(number) ? number : Double.NaN;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** FNV-1a over the characters, then mixed. */
    private static long hash(String user) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < user.length(); i++) {
            hash = (hash ^ user.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        return hash ^ (hash >>> 32);
    }

    private BadLine bad(String problem, String expected) {
        return new BadLine(line, problem + " (expected: " + expected + ")");
    }
}
