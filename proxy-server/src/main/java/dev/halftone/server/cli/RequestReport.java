package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.backtest.RequestBacktest.Change;
import dev.halftone.core.backtest.RequestBacktest.End;
import dev.halftone.core.backtest.RequestBacktest.Moment;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a backtest of requests is told: a line for each verdict that changes, then how it ended. One thread. */
final class RequestReport {
    private static final int LONGEST_VERDICT = "insufficient".length();

    private final SeriesReport.Format format;
    private final Terminal terminal;
    private final Progress progress;

    RequestReport(SeriesReport.Format format, Terminal terminal, Progress progress) {
        this.format = format;
        this.terminal = terminal;
        this.progress = progress;
    }

    /** @param missing custom metrics that checks judge and the file does not report */
    void begin(List<String> missing) {
        for (String name : missing) {
            terminal.err().println("halftone: no column " + name + ": its check stays insufficient");
        }
        if (format == SeriesReport.Format.csv) {
            terminal.out().println("atSeconds,event,check,value,limit,samples,reason");
        }
    }

    void add(Change change) {
        progress.clear();
        CheckResult result = change.result();
        String verdict = result.verdict().label();
        switch (format) {
            case text -> {
                String at = moment(change.at());
                String padding = " ".repeat(LONGEST_VERDICT - verdict.length());
                terminal.out()
                        .println(at + "  " + result.check() + "  "
                                + terminal.paint().verdict(verdict) + padding + "  " + result.why());
            }
            case csv -> terminal.out().println(csv(change.at(), verdict, result));
            case json ->
                terminal.out()
                        .println("{\"atSeconds\": " + seconds(change.at()) + ", \"check\": " + quoted(result.check())
                                + ", \"verdict\": \"" + verdict + "\", \"value\": " + number(result.value())
                                + ", \"limit\": " + number(result.limit()) + ", \"samples\": " + result.samples()
                                + ", \"why\": " + quoted(result.why()) + "}");
        }
    }

    void end(End end) {
        progress.clear();
        CheckResult rollback = end.rollback();
        switch (format) {
            case text -> text(end, rollback);
            case csv ->
                terminal.out()
                        .println(
                                rollback == null
                                        ? seconds(end.at()) + ",end,,,,,"
                                        : csv(end.at(), "rolledBack", rollback));
            case json ->
                terminal.out()
                        .println("{\"rolledBack\": " + (rollback != null) + ", \"atSeconds\": "
                                + (rollback == null ? "null" : seconds(end.at())) + ", \"check\": "
                                + (rollback == null ? "null" : quoted(rollback.check())) + ", \"reason\": "
                                + (rollback == null ? "null" : quoted(rollback.why())) + ", \"canaryRequests\": "
                                + end.canaryRequests() + ", \"canaryErrors\": " + end.canaryErrors() + "}");
        }
        if (end.late() > 0) {
            terminal.err()
                    .println("halftone: " + Words.count(end.late(), "line")
                            + " out of order, by " + Words.time(end.latestBySeconds())
                            + " at most; each counted at the latest time before it");
        }
    }

    private void text(End end, @Nullable CheckResult rollback) {
        String canary =
                Words.count(end.canaryRequests(), "canary request") + ", " + end.canaryErrors() + " of them failed";
        if (rollback == null) {
            terminal.out()
                    .println(terminal.good("not rolled back") + " until " + moment(end.at()) + ", the end of "
                            + Words.count(end.requests(), "request") + "; " + canary);
            return;
        }
        terminal.out()
                .println(terminal.bad("rolled back") + " at " + moment(end.at()) + " by " + rollback.check() + ": "
                        + rollback.why());
        terminal.out().println(canary + " until then");
    }

    private static String moment(Moment at) {
        String seconds = seconds(at) + " s";
        if (!at.isDated()) {
            return seconds;
        }
        long millis = Math.round((at.zeroSeconds() + at.seconds()) * 1000);
        return Instant.ofEpochMilli(millis) + " (" + seconds + ")";
    }

    private static String csv(Moment at, String event, CheckResult result) {
        return String.join(
                ",",
                seconds(at),
                event,
                field(result.check()),
                number(result.value()).replace("null", ""),
                number(result.limit()).replace("null", ""),
                Long.toString(result.samples()),
                field(result.why()));
    }

    /** Quoted as RFC 4180 has it. */
    private static String field(String text) {
        return "\"" + text.replace("\"", "\"\"") + "\"";
    }

    /** To the millisecond, one decimal at least. */
    private static String seconds(Moment at) {
        BigDecimal seconds = BigDecimal.valueOf(at.seconds())
                .setScale(3, RoundingMode.HALF_UP)
                .stripTrailingZeros();
        return seconds.setScale(Math.max(1, seconds.scale())).toPlainString();
    }

    private static String number(double value) {
        return Double.isFinite(value)
                ? JsonNodeFactory.instance.numberNode(value).toString()
                : "null";
    }

    private static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }
}
