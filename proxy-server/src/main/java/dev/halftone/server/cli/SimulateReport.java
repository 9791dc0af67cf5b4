package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.backtest.Trials;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/** What came of simulated releases, in a table. */
final class SimulateReport {
    private static final List<String> HEAD =
            List.of("RELEASE", "ROLLED BACK", "MEDIAN", "P90", "HARMED REQUESTS", "HARMED USERS", "FALSE", "BY CHECK");
    private static final int LAST_FIGURE = 6;

    private final String setting;
    private final int watchedSeconds;
    private final List<Trials> trials;

    /**
     * @param setting in one line
     * @param watchedSeconds from the onset to the end of each run
     */
    SimulateReport(String setting, int watchedSeconds, List<Trials> trials) {
        this.setting = setting;
        this.watchedSeconds = watchedSeconds;
        this.trials = trials;
    }

    String as(SeriesReport.Format format) {
        return switch (format) {
            case text -> text();
            case csv -> csv();
            case json -> json();
        };
    }

    private int falseRollbacks() {
        return trials.stream().mapToInt(Trials::falseRollbacks).sum();
    }

    private double harmlessDays() {
        return trials.stream().mapToDouble(Trials::harmlessDays).sum();
    }

    private String text() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        trials.forEach(of -> rows.add(row(of)));
        StringBuilder text = new StringBuilder(setting).append("\n\n");
        TextTable.lines(rows, column -> column > 0 && column <= LAST_FIGURE)
                .forEach(line -> text.append(line).append('\n'));
        text.append('\n').append(falseText(falseRollbacks(), harmlessDays())).append('\n');
        text.append(
                "Times from the onset to the rollback; harmed: what the regression made fail or slower until then, median"
                        + " (p90).\n");
        return text.toString();
    }

    /** How often releases that nothing ails are rolled back. */
    static String falseText(int rollbacks, double days) {
        if (days <= 0) {
            return "No time without regression was played: false rollbacks are not known.";
        }
        return "False rollbacks: " + rollbacks + " in " + Words.time(days * 86_400) + " without regression, "
                + (rollbacks == 0 ? "" : Words.plain(rollbacks / days) + " a day, ") + "at most "
                + Words.plain(Trials.highestRate(rollbacks, days)) + " a day with 95 % confidence.";
    }

    private List<String> row(Trials of) {
        String checks = of.checks().entrySet().stream()
                .map(check -> check.getKey() + " " + check.getValue())
                .collect(Collectors.joining(", "));
        if (!of.isBad()) {
            String rolledBack = of.falseRollbacks() + "/" + of.runs();
            return List.of(of.label(), rolledBack, "-", "-", "-", "-", Integer.toString(of.falseRollbacks()), checks);
        }
        return List.of(
                of.label(),
                of.found() + "/" + of.judged(),
                delay(of, 0.5, watchedSeconds),
                delay(of, 0.9, watchedSeconds),
                spread(of.struckRequests(0.5), of.struckRequests(0.9)),
                spread(of.struckUsers(0.5), of.struckUsers(0.9)),
                Integer.toString(of.falseRollbacks()),
                checks);
    }

    /** In so many runs within this time; {@code > 45 min} where they ended before. */
    static String delay(Trials of, double share, int watchedSeconds) {
        double seconds = of.delaySeconds(share);
        return Double.isInfinite(seconds) ? "> " + Words.time(watchedSeconds) : Words.time(seconds);
    }

    private static String spread(double median, double p90) {
        return Double.isNaN(median) ? "-" : Words.plain(median) + " (" + Words.plain(p90) + ")";
    }

    private String csv() {
        ToIntFunction<Trials> bad = of -> of.isBad() ? 1 : 0;
        StringBuilder text =
                new StringBuilder("release,bad,runs,falseRollbacks,harmlessDays,judged,found,medianSeconds,"
                        + "p90Seconds,harmedRequestsMedian,harmedRequestsP90,harmedUsersMedian,harmedUsersP90\n");
        for (Trials of : trials) {
            List<Object> fields = List.of(
                    "\"" + of.label() + "\"",
                    bad.applyAsInt(of),
                    of.runs(),
                    of.falseRollbacks(),
                    of.harmlessDays(),
                    of.judged(),
                    of.found(),
                    finite(of.delaySeconds(0.5)),
                    finite(of.delaySeconds(0.9)),
                    finite(of.struckRequests(0.5)),
                    finite(of.struckRequests(0.9)),
                    finite(of.struckUsers(0.5)),
                    finite(of.struckUsers(0.9)));
            text.append(fields.stream().map(Object::toString).collect(Collectors.joining(",")))
                    .append('\n');
        }
        return text.toString();
    }

    static Object finite(double number) {
        return Double.isFinite(number) ? number : "";
    }

    private String json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("setting", setting);
        root.put("watchedSeconds", watchedSeconds);
        ObjectNode wrong = root.putObject("falseRollbacks");
        double days = harmlessDays();
        wrong.put("count", falseRollbacks());
        wrong.put("days", days);
        put(wrong, "perDay", falseRollbacks() / days);
        put(wrong, "perDayAtMost95", days > 0 ? Trials.highestRate(falseRollbacks(), days) : Double.NaN);
        for (Trials of : trials) {
            json(root.withArray("/releases").addObject(), of);
        }
        return root.toPrettyString() + "\n";
    }

    private static void json(ObjectNode node, Trials of) {
        node.put("release", of.label());
        node.put("bad", of.isBad());
        node.put("runs", of.runs());
        node.put("falseRollbacks", of.falseRollbacks());
        node.put("harmlessDays", of.harmlessDays());
        node.put("judged", of.judged());
        node.put("found", of.found());
        put(node, "medianSeconds", of.delaySeconds(0.5));
        put(node, "p90Seconds", of.delaySeconds(0.9));
        put(node, "harmedRequestsMedian", of.struckRequests(0.5));
        put(node, "harmedRequestsP90", of.struckRequests(0.9));
        put(node, "harmedUsersMedian", of.struckUsers(0.5));
        put(node, "harmedUsersP90", of.struckUsers(0.9));
        putChecks(node, of.checks());
    }

    static void putChecks(ObjectNode node, Map<String, Integer> rollbacks) {
        ObjectNode checks = node.putObject("checks");
        rollbacks.forEach((check, count) -> checks.put(check, (int) count));
    }

    static void put(ObjectNode node, String name, double number) {
        if (Double.isFinite(number)) {
            node.put(name, number);
        } else {
            node.putNull(name);
        }
    }
}
