package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.data.Offset.offset;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.Metric;
import dev.halftone.core.backtest.RequestBacktest.Change;
import dev.halftone.core.backtest.RequestBacktest.End;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestBacktestTest {
    private static final String HEADER = "timestamp,user,version,status,latencyMs";
    private static final DetectorSpec BELOW = DetectorSpec.Comparison.standard(DetectorSpec.Side.BELOW);

    /** What a backtest told. */
    private record Told(List<Change> changes, End end) {}

    private static Told told(AnalysisSpec spec, List<String> lines) throws BadLine {
        List<Change> changes = new ArrayList<>();
        RequestBacktest backtest = new RequestBacktest(spec, lines.get(0), changes::add);
        for (String line : lines.subList(1, lines.size())) {
            if (!backtest.next(line)) {
                break;
            }
        }
        return new Told(changes, backtest.end());
    }

    private static AnalysisSpec spec(OnBreach onBreach, CheckSpec... checks) {
        return new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 0, null, onBreach, List.of(checks));
    }

    private static CheckSpec fivePercent() {
        return new CheckSpec("errors", Metric.ERROR_RATE, new DetectorSpec.Threshold(null, 0.05), 1);
    }

    private static CheckSpec clicks() {
        return new CheckSpec("clicks", Metric.CUSTOM, "click", BELOW, 1);
    }

    private static List<String> release() throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RequestBacktestTest.class.getResourceAsStream("/backtest/release.csv")),
                StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }

    /** Ten requests a second, one of them the canary's, whose requests all fail from a second on. */
    private static List<String> lines(int seconds, int failsFrom) {
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (int i = 0; i < seconds * 10; i++) {
            boolean canary = i % 10 == 3;
            int status = canary && i >= failsFrom * 10 ? 503 : 200;
            lines.add(i / 10.0 + ",u" + i % 1000 + (canary ? ",canary," : ",stable,") + status + ",20");
        }
        return lines;
    }

    /** Requests and errors of the canary in the recorded file until then. */
    private static List<Long> canaryUntil(double seconds) throws IOException {
        long requests = 0;
        long errors = 0;
        for (String line : release().subList(1, release().size())) {
            String[] field = line.split(",", -1);
            double at = Double.parseDouble(field[0]);
            // A slice ends before what comes at its end; a trip with the request that trips.
            boolean counts = seconds % 1 == 0 ? at < seconds : at <= seconds;
            if (counts && field[2].equals("canary")) {
                requests++;
                errors += field[3].equals("503") || field[3].equals("0") ? 1 : 0;
            }
        }
        return List.of(requests, errors);
    }

    @Test
    void next_recordedRelease_isRolledBackAtItsMomentWithTheNumbersOfTheFile() throws Exception {
        Told told = told(spec(OnBreach.ROLLBACK, fivePercent()), release());
        End end = told.end();
        assertThat(Objects.requireNonNull(end.rollback()).check()).isEqualTo("errors");
        assertThat(end.at().seconds()).isEqualTo(411.0);
        assertThat(List.of(end.canaryRequests(), end.canaryErrors())).isEqualTo(canaryUntil(411));
        assertThat(end.late()).isEqualTo(2);
        assertThat(end.at().isDated()).isFalse();
        Change last = told.changes().get(told.changes().size() - 1);
        assertThat(last.result()).isEqualTo(end.rollback());
        assertThat(last.at()).isEqualTo(end.at());
    }

    @Test
    void next_recordedRelease_isFoundByTheDefaultChecks() throws Exception {
        Told told = told(AnalysisSpec.DEFAULT, release());
        double at = told.end().at().seconds();
        assertThat(told.end().rollback()).isNotNull();
        assertThat(at).isBetween(300.0, 420.0);
        assertThat(List.of(told.end().canaryRequests(), told.end().canaryErrors()))
                .isEqualTo(canaryUntil(at));
        List<String> verdicts = told.changes().stream()
                .map(change -> change.result().check() + " "
                        + change.result().verdict().label() + " "
                        + change.at().seconds())
                .toList();
        assertThat(verdicts).contains("errors healthy 60.0", "latency healthy 180.0");
        assertThat(verdicts).last().asString().endsWith(" breach " + at);
    }

    @Test
    void next_totalFailure_endsTheReleaseAfterAHandful() throws Exception {
        End end = told(AnalysisSpec.DEFAULT, lines(200, 100)).end();
        assertThat(Objects.requireNonNull(end.rollback()).check()).isEqualTo("too-many-errors");
        assertThat(end.canaryErrors()).isBetween(4L, 8L);
        assertThat(end.at().seconds()).isBetween(100.3 + end.canaryErrors() - 1, 100.3 + end.canaryErrors());
    }

    @Test
    void next_dates_giveWhatSecondsGive() throws Exception {
        List<String> dated = new ArrayList<>(List.of(HEADER));
        for (String line : lines(200, 100).subList(1, 2001)) {
            int cut = line.indexOf(',');
            long millis = Math.round(Double.parseDouble(line.substring(0, cut)) * 1000);
            dated.add(Instant.parse("2026-11-01T10:00:00Z").plusMillis(millis) + line.substring(cut));
        }
        End end = told(AnalysisSpec.DEFAULT, dated).end();
        End same = told(AnalysisSpec.DEFAULT, lines(200, 100)).end();
        assertThat(end.at().seconds()).isCloseTo(same.at().seconds(), offset(1e-6));
        assertThat(end.at().zeroSeconds()).isEqualTo(1_793_527_200.0);
        assertThat(end.rollback()).isEqualTo(same.rollback());
        assertThat(end.canaryRequests()).isEqualTo(same.canaryRequests());
    }

    @Test
    void next_alertAndPause_goOnToTheEnd() throws Exception {
        for (OnBreach onBreach : List.of(OnBreach.ALERT, OnBreach.PAUSE)) {
            Told told = told(spec(onBreach, fivePercent()), lines(300, 100));
            assertThat(told.end().rollback()).isNull();
            assertThat(told.end().canaryRequests()).isEqualTo(300);
            assertThat(told.end().at().seconds()).isEqualTo(299.9);
            assertThat(told.changes()).anyMatch(change -> change.result().verdict() == Verdict.BREACH);
        }
        assertThat(told(spec(OnBreach.ROLLBACK, fivePercent()), lines(300, 100))
                        .end()
                        .rollback())
                .isNotNull();
    }

    @Test
    void next_oneUserWhoseRequestsFail_cannotRollBack() throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line : lines(300, 300)) {
            lines.add(line);
            lines.add(line.startsWith("t") ? "" : line.substring(0, line.indexOf(',')) + ",attacker,canary,500,20");
        }
        End end = told(AnalysisSpec.DEFAULT, lines).end();
        assertThat(end.rollback()).isNull();
        assertThat(end.canaryErrors()).isEqualTo(3000);
    }

    @Test
    void next_columnsInAnyOrderAndQuoted_areFoundByName() throws Exception {
        List<String> turned = new ArrayList<>(List.of("\"latencyMs\",host,status,version,user,timestamp"));
        for (String line : lines(200, 100).subList(1, 2001)) {
            String[] field = line.split(",", -1);
            turned.add(field[4] + ",1," + field[3] + ",\"" + field[2] + "\",\"" + field[1] + "\"," + field[0]);
        }
        assertThat(told(AnalysisSpec.DEFAULT, turned).end())
                .isEqualTo(told(AnalysisSpec.DEFAULT, lines(200, 100)).end());
    }

    @Test
    void next_customColumn_isJudgedByItsCheck() throws Exception {
        List<String> lines = new ArrayList<>(List.of(HEADER + ",click"));
        for (int i = 0; i < 60_000; i++) {
            boolean canary = i % 4 == 1;
            boolean click = i % 7 == 0 && !(canary && i >= 12_000);
            String reported = i % 3 == 0 ? "" : click ? "1" : "0";
            lines.add(i / 20.0 + ",u" + i % 3001 + (canary ? ",canary" : ",stable") + ",200,20," + reported);
        }
        End end = told(spec(OnBreach.ROLLBACK, clicks()), lines).end();
        assertThat(Objects.requireNonNull(end.rollback()).metricLabel()).isEqualTo("custom:click");
        assertThat(end.at().seconds()).isBetween(600.0, 1200.0);
        assertThat(told(AnalysisSpec.DEFAULT, lines).end().rollback()).isNull();
    }

    @Test
    void next_oneUserWhoReportsBadly_cannotRollBack() throws Exception {
        List<String> honest = new ArrayList<>(List.of(HEADER + ",click"));
        List<String> attacked = new ArrayList<>(honest);
        for (int i = 0; i < 36_000; i++) {
            String line = i / 20.0 + ",u" + i % 3001 + (i % 4 == 1 ? ",canary" : ",stable") + ",200,20,";
            honest.add(line + (i % 7 == 0 ? 1 : 0));
            attacked.add(line + (i % 7 == 0 ? 1 : 0));
            attacked.add(i / 20.0 + ",attacker,canary,200,20,0");
        }
        assertThat(told(spec(OnBreach.ROLLBACK, clicks()), attacked).end().rollback())
                .isNull();
        assertThat(told(spec(OnBreach.ROLLBACK, clicks()), honest).end().rollback())
                .isNull();
    }

    @Test
    void missingColumns_checkWithoutColumn_isNamed() throws BadLine {
        assertThat(new RequestBacktest(spec(OnBreach.ROLLBACK, clicks()), HEADER, change -> {}).missingColumns())
                .containsExactly("click");
        assertThat(new RequestBacktest(spec(OnBreach.ROLLBACK, clicks()), HEADER + ",click", change -> {})
                        .missingColumns())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,u,stable,200 | 4 fields (expected: 6)",
                "now,u,stable,200,5, | timestamp: now (expected: seconds or ISO 8601, as 1396310400 or 2014-04-01T00:05:00Z)",
                "1764000000000,u,stable,200,5, | timestamp: 1764000000000 is no time in seconds (expected: seconds or ISO 8601,"
                        + " as 1396310400 or 2014-04-01T00:05:00Z)",
                "-1,u,stable,200,5, | timestamp: -1 (expected: seconds or ISO 8601, as 1396310400 or 2014-04-01T00:05:00Z)",
                "1,u,v2,200,5, | version: v2 (expected: stable or canary)",
                "1,u,stable,20x,5, | status: 20x (expected: 100..599, or 0 where no upstream answered)",
                "1,u,stable,600,5, | status: 600 (expected: 100..599, or 0 where no upstream answered)",
                "1,u,stable,200,fast, | latencyMs: fast (expected: milliseconds, 0 or more; nothing where it is not known)",
                "1,u,stable,200,-5, | latencyMs: -5 (expected: milliseconds, 0 or more; nothing where it is not known)",
                "1,u,stable,200,NaN, | latencyMs: NaN (expected: milliseconds, 0 or more; nothing where it is not known)",
                "1,u,stable,200,5,yes | click: yes (expected: a number, or nothing)",
                "1,u,stable,200,5,2 | click: 2 (expected: 0 or 1, as a check judges how often it happens, or nothing)",
                "1,\"u,stable,200,5, | a quote that does not close (expected: fields as RFC 4180 quotes them)",
                "2592003,u,stable,200,5, | timestamp: 30 days after the line before (expected: at most 30)",
                "939,u,stable,200,5, | fine"
            })
    void next_badLine_isNamedWithWhatWasExpected(String line, String message) throws BadLine {
        RequestBacktest backtest =
                new RequestBacktest(spec(OnBreach.ROLLBACK, clicks()), HEADER + ",click", change -> {});
        backtest.next("1,u,stable,200,5,1");
        backtest.next("");
        if (message.equals("fine")) {
            assertThat(backtest.next(line)).isTrue();
            return;
        }
        assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> backtest.next(line))
                .satisfies(problem -> assertThat(problem.problem()).isEqualTo(message))
                .satisfies(problem -> assertThat(problem.line()).isEqualTo(4));
    }

    @Test
    void new_badHeader_isNamedWithWhatWasExpected() {
        TreeMap<String, String> problems = new TreeMap<>();
        problems.put(
                "timestamp,user,version,status",
                "no column latencyMs (expected: a header as " + HEADER + " and columns of numbers)");
        problems.put(HEADER + ",click,click", "two columns click (expected: a name for each column)");
        problems.put("\"timestamp,version", "\"timestamp,version (expected: a header as " + HEADER + ")");
        problems.forEach((header, problem) -> assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> new RequestBacktest(AnalysisSpec.DEFAULT, header, change -> {}))
                .withMessage("line 1: " + problem));
        assertThat(RequestBacktest.isOfRequests(HEADER)).isTrue();
        assertThat(RequestBacktest.isOfRequests("timestamp,value")).isFalse();
    }

    @Test
    void next_disorder_countsAtTheLatestTimeAndIsToldUpToAMinute() throws BadLine {
        RequestBacktest backtest = new RequestBacktest(AnalysisSpec.DEFAULT, HEADER, change -> {});
        backtest.next("1000,u,stable,200,5");
        backtest.next("1010,u,canary,200,5");
        backtest.next("1007.5,u,canary,200,5");
        backtest.next("950,u,stable,200,5");
        assertThat(backtest.end().late()).isEqualTo(2);
        assertThat(backtest.end().latestBySeconds()).isEqualTo(60);
        assertThat(backtest.end().at().seconds()).isEqualTo(1010);
        assertThatExceptionOfType(BadLine.class)
                .isThrownBy(() -> backtest.next("949,u,stable,200,5"))
                .withMessage("line 6: timestamp: 61 s before an earlier line (expected: lines in the order of time)");
    }

    @Test
    void end_noRequests_isNoRollback() throws BadLine {
        End end = new RequestBacktest(AnalysisSpec.DEFAULT, HEADER, change -> {}).end();
        assertThat(end.rollback()).isNull();
        assertThat(end.requests()).isZero();
    }
}
