package dev.halftone.core.backtest;

import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Runs the default checks over recorded requests, {@code timestamp,user,version,status,latencyMs,pageview,click}, and prints one
 * line a file. Not a test.
 */
final class TraceTable {
    private TraceTable() {}

    public static void main(String[] args) throws IOException {
        for (String file : args) {
            long start = System.nanoTime();
            Replay replay = new Replay(DecisionTable.spec(true), 0);
            long requests = 0;
            double latencies = 0;
            long errors = 0;
            try (BufferedReader reader = Files.newBufferedReader(Path.of(file))) {
                reader.readLine();
                long second = 0;
                long[][] clicks = new long[2][2];
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    String[] field = line.split(",", -1);
                    double at = Double.parseDouble(field[0]);
                    Version version = field[2].equals("canary") ? Version.CANARY : Version.STABLE;
                    boolean failed = field[3].equals("503");
                    if ((long) at > second) {
                        second = (long) at;
                        for (Version of : Version.values()) {
                            replay.report(of, "click", clicks[of.ordinal()][0], clicks[of.ordinal()][1]);
                            clicks[of.ordinal()] = new long[2];
                        }
                    }
                    clicks[version.ordinal()][0] += Long.parseLong(field[5]);
                    clicks[version.ordinal()][1] += Long.parseLong(field[6]);
                    long user = field[1].hashCode() * 0x9e3779b97f4a7c15L;
                    double millis = Double.parseDouble(field[4]);
                    requests++;
                    latencies += Math.log(millis);
                    errors += failed ? 1 : 0;
                    if (!replay.request(
                            (long) (at * 1e9),
                            version,
                            true,
                            user ^ (user >>> 29),
                            failed ? Outcome.ERROR : Outcome.SUCCESS,
                            failed ? 503 : 200,
                            (long) (millis * 1e6))) {
                        break;
                    }
                }
            }
            var breach = replay.breach();
            System.out.printf(
                    Locale.ROOT,
                    "%-32s %8.1f %-16s %d requests, log mean %.3f, errors %.5f, %.1f s%n",
                    Path.of(file).getFileName(),
                    breach == null ? Double.NaN : breach.atNanos() / 1e9 - 900,
                    breach == null ? "-" : breach.result().check(),
                    requests,
                    latencies / requests,
                    (double) errors / requests,
                    (System.nanoTime() - start) / 1e9);
        }
    }
}
