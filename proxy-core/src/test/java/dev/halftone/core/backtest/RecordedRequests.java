package dev.halftone.core.backtest;

import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import java.io.BufferedReader;
import java.io.IOException;

/**
 * Recorded requests, {@code timestamp,user,version,status,latencyMs,pageview,click}, with a header, in the order of their time: played to a
 * replay up to its breach. What was clicked is reported second by second.
 */
final class RecordedRequests {
    private final Replay replay;
    private final long[][] clicks = new long[2][2];
    private long second;
    private long requests;

    private RecordedRequests(Replay replay) {
        this.replay = replay;
    }

    /** @return how many requests were played */
    static long play(BufferedReader lines, Replay replay) throws IOException {
        RecordedRequests recorded = new RecordedRequests(replay);
        lines.readLine();
        for (String line = lines.readLine(); line != null && recorded.play(line); line = lines.readLine()) {
            recorded.requests++;
        }
        return recorded.requests;
    }

    private boolean play(String line) {
        String[] field = line.split(",", -1);
        double at = Double.parseDouble(field[0]);
        Version version = field[2].equals("canary") ? Version.CANARY : Version.STABLE;
        boolean failed = field[3].equals("503");
        if ((long) at > second) {
            second = (long) at;
            report();
        }
        clicks[version.ordinal()][0] += Long.parseLong(field[5]);
        clicks[version.ordinal()][1] += Long.parseLong(field[6]);
        long user = field[1].hashCode() * 0x9e3779b97f4a7c15L;
        return replay.request(
                (long) (at * 1e9),
                version,
                true,
                user ^ (user >>> 29),
                failed ? Outcome.ERROR : Outcome.SUCCESS,
                Integer.parseInt(field[3]),
                (long) (Double.parseDouble(field[4]) * 1e6));
    }

    private void report() {
        for (Version of : Version.values()) {
            replay.report(of, MinuteTotals.CLICKS, clicks[of.ordinal()][0], clicks[of.ordinal()][1]);
            clicks[of.ordinal()] = new long[2];
        }
    }
}
