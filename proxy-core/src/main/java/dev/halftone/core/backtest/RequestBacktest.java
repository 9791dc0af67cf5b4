package dev.halftone.core.backtest;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.window.RouteSlice;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A route's whole analysis over recorded requests: CSV lines in, each verdict that changes out, until a rollback ends the release.
 * Memory does not grow with the lines. One thread.
 *
 * <p>Lines come in the order of time. One that lies up to {@value #DISORDER_SECONDS} s before the latest counts at the latest
 * time, as logs are written when requests end; one that lies further back, or more than {@value #SILENCE_DAYS} days after,
 * is a fault.
 */
public final class RequestBacktest {
    public static final int DISORDER_SECONDS = 60;
    public static final int SILENCE_DAYS = 30;

    private static final double DAY_SECONDS = 86_400;
    /** Smaller numbers are no dates but seconds since the recording began. */
    private static final double DATES_BEGIN = 1e9;

    private final AnalysisSpec spec;
    private final Consumer<Change> listener;
    private final RequestLines lines;
    private final List<String> judged;
    private final Map<String, Verdict> verdicts = new HashMap<>();
    private @Nullable Replay replay;
    private double zeroSeconds;
    private double latestSeconds;
    private long requests;
    private long late;
    private double latestBySeconds;

    /**
     * A check's verdict is another than before.
     *
     * @param at when the slice closed that changed it
     */
    public record Change(Moment at, CheckResult result) {}

    /**
     * A moment of the recording.
     *
     * @param seconds since the recording began: since 0 where its times are no dates, else since the second of its first request
     * @param zeroSeconds the beginning as seconds since 1970; 0 where times are no dates
     */
    public record Moment(double seconds, double zeroSeconds) {
        public boolean isDated() {
            return zeroSeconds >= DATES_BEGIN;
        }
    }

    /**
     * How it ended.
     *
     * @param at the rollback, or the last request
     * @param rollback the check that rolled back, or null
     * @param requests of both versions that were replayed
     * @param canaryRequests of the canary
     * @param canaryErrors of them, those that failed
     * @param late requests that counted later than they came, as a later line stood before them
     * @param latestBySeconds by how much at most
     */
    public record End(
            Moment at,
            @Nullable CheckResult rollback,
            long requests,
            long canaryRequests,
            long canaryErrors,
            long late,
            double latestBySeconds) {}

    /**
     * @param header the first line of the file: {@code timestamp,user,version,status,latencyMs} in any order and further columns
     *     of numbers; of those a custom check judges, each line holds 1 if it happened, 0 if not, nothing if nothing was reported
     * @throws BadLine if the header does not fit
     */
    public RequestBacktest(AnalysisSpec spec, String header, Consumer<Change> listener) throws BadLine {
        this.spec = spec;
        this.listener = listener;
        judged = Replay.customMetrics(spec);
        lines = new RequestLines(header, Set.copyOf(judged));
    }

    /** Whether a file with this header line holds requests and no monitoring series: it has versions. */
    public static boolean isOfRequests(String header) {
        List<String> names = CsvLine.fields(header);
        return names != null && names.contains("version");
    }

    /** Custom metrics that a check judges and no column reports. */
    public List<String> missingColumns() {
        return judged.stream().filter(name -> !lines.further().contains(name)).toList();
    }

    /**
     * Takes the next line; an empty one says nothing.
     *
     * @return false if the release has been rolled back: no later line counts
     * @throws BadLine with what was expected
     */
    public boolean next(String text) throws BadLine {
        RecordedRequest request = lines.next(text);
        if (request == null) {
            return replay == null || !replay.isRolledBack();
        }
        Replay present = replay;
        if (present == null) {
            double second = Math.floor(request.seconds());
            zeroSeconds = second < DATES_BEGIN ? 0 : second;
            latestSeconds = request.seconds();
            present = new Replay(spec, nanos(second), this::compare);
            replay = present;
        }
        keepOrder(request.seconds());
        long atNanos = nanos(latestSeconds);
        if (!present.advance(atNanos)) {
            return false;
        }
        requests++;
        return present.request(
                atNanos,
                request.version(),
                request.known(),
                request.user(),
                request.outcome(),
                request.status(),
                request.latencyNanos(),
                bits(request, false),
                bits(request, true));
    }

    private void keepOrder(double seconds) throws BadLine {
        double behind = latestSeconds - seconds;
        if (behind > DISORDER_SECONDS) {
            throw new BadLine(
                    lines.line(),
                    "timestamp: " + rounded(behind)
                            + " s before an earlier line (expected: lines in the order of time)");
        }
        if (-behind > SILENCE_DAYS * DAY_SECONDS) {
            throw new BadLine(
                    lines.line(),
                    "timestamp: " + rounded(-behind / DAY_SECONDS) + " days after the line before (expected: at most "
                            + SILENCE_DAYS + ")");
        }
        if (behind > 0) {
            late++;
            latestBySeconds = Math.max(latestBySeconds, behind);
        }
        latestSeconds = Math.max(latestSeconds, seconds);
    }

    private static String rounded(double number) {
        return Long.toString(Math.round(number));
    }

    private long nanos(double seconds) {
        return Math.round((seconds - zeroSeconds) * 1e9);
    }

    /** The judged metrics that this request reported, or of them those that happened, one bit each. */
    private int bits(RecordedRequest request, boolean happened) {
        int bits = 0;
        for (int i = 0; i < request.reported().size(); i++) {
            int metric = judged.indexOf(lines.further().get(i));
            double value = request.reported().get(i);
            boolean set = happened ? value == 1 : !Double.isNaN(value);
            bits |= metric >= 0 && set ? 1 << metric : 0;
        }
        return bits;
    }

    private void compare(RouteSlice slice, List<CheckResult> results) {
        for (CheckResult result : results) {
            Verdict before = verdicts.put(result.check(), result.verdict());
            if (result.verdict() != (before == null ? Verdict.INSUFFICIENT : before)) {
                listener.accept(new Change(moment(slice.endNanos()), result));
            }
        }
    }

    private Moment moment(long nanos) {
        return new Moment(nanos / 1e9, zeroSeconds);
    }

    /** After the last line: the second that it lies in is judged too. */
    public End end() {
        Replay present = replay;
        if (present == null) {
            return new End(new Moment(0, 0), null, 0, 0, 0, 0, 0);
        }
        long lastNanos = nanos(latestSeconds);
        present.advance(nanos(Math.floor(latestSeconds) + 1));
        Replay.Breach rollback = present.isRolledBack() ? present.breach() : null;
        return new End(
                moment(rollback == null ? lastNanos : rollback.atNanos()),
                rollback == null ? null : rollback.result(),
                requests,
                present.canaryRequests(),
                present.canaryErrors(),
                late,
                latestBySeconds);
    }
}
