package dev.halftone.core.backtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Runs the default checks and one of clicks over {@link RecordedRequests}, and prints one line a file. Not a test. */
final class TraceTable {
    private TraceTable() {}

    public static void main(String[] args) throws IOException {
        for (String file : args) {
            long start = System.nanoTime();
            Replay replay = new Replay(DecisionTable.spec(true), 0);
            long requests;
            try (BufferedReader lines = Files.newBufferedReader(Path.of(file))) {
                requests = RecordedRequests.play(lines, replay);
            }
            var breach = replay.breach();
            System.out.printf(
                    Locale.ROOT,
                    "%-40s %8.1f %-16s %d requests, %.1f s%n",
                    Path.of(file).getFileName(),
                    breach == null ? Double.NaN : breach.atNanos() / 1e9,
                    breach == null ? "-" : breach.result().check(),
                    requests,
                    (System.nanoTime() - start) / 1e9);
        }
    }
}
