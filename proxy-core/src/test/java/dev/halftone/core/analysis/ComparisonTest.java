package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.window.FailingUsers;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.Reported;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.UserBits;
import dev.halftone.core.window.VersionSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ComparisonTest {
    private static final long SECOND = 1_000_000_000L;

    private static Analyzer analyzer(double alpha, String... metrics) {
        List<CheckSpec> checks = new ArrayList<>();
        for (String metric : metrics) {
            checks.add(
                    switch (metric) {
                        case "errors" ->
                            new CheckSpec(
                                    metric, Metric.ERROR_RATE, new DetectorSpec.Comparison(alpha, null, Side.ABOVE), 1);
                        case "latency" ->
                            new CheckSpec(
                                    metric,
                                    Metric.LATENCY_MEAN,
                                    new DetectorSpec.Comparison(alpha, null, Side.ABOVE),
                                    1);
                        default ->
                            new CheckSpec(
                                    metric,
                                    Metric.CUSTOM,
                                    metric,
                                    new DetectorSpec.Comparison(alpha, null, Side.BELOW),
                                    1);
                    });
        }
        return new Analyzer(
                new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, OnBreach.ROLLBACK, checks));
    }

    private static RouteSlice slice(int second, VersionSlice stable, VersionSlice canary) {
        return new RouteSlice(0, second * SECOND, (second + 1) * SECOND, stable, canary);
    }

    private static VersionSlice made(
            Random random, int requests, double errors, double medianMillis, double spread, long oneUser) {
        long failed = 0;
        long[] latencies = new long[requests];
        for (int i = 0; i < requests; i++) {
            failed += random.nextDouble() < errors ? 1 : 0;
            latencies[i] = (long) (medianMillis * 1e6 * Math.exp(spread * random.nextGaussian()));
        }
        long[] users = new long[(int) failed];
        for (int i = 0; i < users.length; i++) {
            users[i] = oneUser != 0 ? oneUser : random.nextLong();
        }
        Outcomes counted = new Outcomes(requests, failed, 0, LatencyCounts.ofNanos(latencies));
        return new VersionSlice(counted, Outcomes.NONE, FailingUsers.of(users, 0), UserBits.NONE, Map.of());
    }

    /** The second at which some check breaches, or -1; the canary is as given from the onset on, and like stable before. */
    private static int breach(
            Analyzer analyzer, Random random, int seconds, int onset, double errors, double median, long oneUser) {
        for (int second = 0; second < seconds; second++) {
            boolean struck = second >= onset;
            VersionSlice stable = made(random, 50, 0.01, 30, 0.6, 0);
            VersionSlice canary = made(random, 10, struck ? errors : 0.01, struck ? median : 30, 0.6, oneUser);
            for (CheckResult result : analyzer.assess(slice(second, stable, canary))) {
                if (result.verdict() == Verdict.BREACH) {
                    return second;
                }
            }
        }
        return -1;
    }

    @Test
    void comparison_errorsTriple_breachesAndSaysWithWhatNumbers() {
        Analyzer analyzer = analyzer(0.01, "errors", "latency");
        assertThat(breach(analyzer, new Random(1), 2000, 400, 0.03, 30, 0)).isBetween(401, 1000);
        CheckResult result = analyzer.results().get(0);
        assertThat(result.verdict()).isEqualTo(Verdict.BREACH);
        assertThat(result.why())
                .matches("\\d+ of \\d+ canary requests failed \\([0-9.]+ %\\) in the last \\d+ s, of stable's "
                        + "\\d+ of \\d+ \\([0-9.]+ %\\); \\d+ users, at most \\d+ failures each");
        assertThat(analyzer.results().get(1).verdict()).isEqualTo(Verdict.HEALTHY);
    }

    @Test
    void comparison_slowerByAFifth_latencyBreaches() {
        Analyzer analyzer = analyzer(0.01, "errors", "latency");
        assertThat(breach(analyzer, new Random(2), 2000, 400, 0.01, 36, 0)).isBetween(401, 700);
        assertThat(analyzer.results().get(1).verdict()).isEqualTo(Verdict.BREACH);
    }

    @Test
    void doubt_isOneWithoutRequests_belowOneForAGoodCanary_aboveLongBeforeABreach() {
        Analyzer unseen = analyzer(0.01, "errors", "latency");
        for (int second = 0; second < 400; second++) {
            unseen.assess(slice(second, VersionSlice.EMPTY, made(new Random(1), 1, 0, 30, 0.6, 0)));
        }
        assertThat(unseen.results().get(0).doubt()).isBetween(0.9999, 1.0001);

        Analyzer good = analyzer(0.01, "errors", "latency");
        breach(good, new Random(2), 400, 400, 0.01, 30, 0);
        assertThat(good.results().get(0).doubt()).isBetween(0.0001, 0.9);
        assertThat(good.results().get(1).doubt())
                .isEqualTo(good.results().get(0).doubt());

        Analyzer slower = analyzer(0.01, "errors", "latency");
        assertThat(breach(slower, new Random(2), 205, 180, 0.01, 36, 0)).isEqualTo(-1);
        assertThat(slower.results().get(0).doubt()).isGreaterThan(2);
    }

    /** Many requests a second, judged by one figure of the latencies alone; when stable and canary are how much slower than usual. */
    private static int breach(
            Metric metric, int seconds, IntToDoubleFunction stableSlowdown, IntToDoubleFunction canarySlowdown) {
        CheckSpec check = new CheckSpec("latency", metric, new DetectorSpec.Comparison(0.01, 0.02, Side.ABOVE), 1);
        Analyzer analyzer = new Analyzer(
                new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, OnBreach.ROLLBACK, List.of(check)));
        Random random = new Random(17);
        for (int second = 0; second < seconds; second++) {
            VersionSlice stable = made(random, 300, 0.01, 30 * stableSlowdown.applyAsDouble(second), 0.6, 0);
            double slowdown = canarySlowdown.applyAsDouble(second);
            VersionSlice canary = slowdown == 0 ? VersionSlice.EMPTY : made(random, 300, 0.01, 30 * slowdown, 0.6, 0);
            if (analyzer.assess(slice(second, stable, canary)).get(0).verdict() == Verdict.BREACH) {
                return second;
            }
        }
        return -1;
    }

    @ParameterizedTest
    @EnumSource(
            value = Metric.class,
            names = {"LATENCY_P50", "LATENCY_P90", "LATENCY_P99"})
    void comparison_twoSlowSecondsInAMinute_sayNothing_aSlowCanaryDoes(Metric metric) {
        assertThat(breach(metric, 900, second -> 1, second -> second > 300 && second % 60 < 2 ? 3 : 1))
                .isEqualTo(-1);
        assertThat(breach(metric, 900, second -> 1, second -> second < 600 ? 1 : 3))
                .isBetween(603, 615);
    }

    @Test
    void comparison_inAnIncidentOfBoth_waitsLongerThanWithout() {
        IntToDoubleFunction canary = second -> second < 100 ? 0 : second < 500 ? 4 : 4 * 1.12;
        int without = breach(Metric.LATENCY_P50, 2000, second -> 4, canary);
        int within = breach(Metric.LATENCY_P50, 2000, second -> second < 90 ? 1 : 4, canary);
        assertThat(without).isBetween(501, 1000);
        assertThat(within).isGreaterThan(without + 5);
    }

    @Test
    void comparison_tolerableSlowdown_neverBreaches() {
        assertThat(breach(analyzer(0.01, "errors", "latency"), new Random(3), 20_000, 0, 0.01, 30.6, 0))
                .isEqualTo(-1);
    }

    @Test
    void comparison_oneUserFails_vetoesErrorsAndHidesNoSlowdown() {
        assertThat(breach(analyzer(0.01, "errors", "latency"), new Random(4), 3000, 300, 0.3, 30, 77))
                .isEqualTo(-1);
        Analyzer analyzer = analyzer(0.01, "errors", "latency");
        assertThat(breach(analyzer, new Random(4), 3000, 300, 0.3, 40, 77)).isBetween(301, 700);
        assertThat(analyzer.results().get(1).verdict()).isEqualTo(Verdict.BREACH);
    }

    @Test
    void comparison_noStableTraffic_saysNothingWhateverTheCanaryDoes() {
        Analyzer analyzer = analyzer(0.01, "errors");
        Random random = new Random(5);
        for (int second = 0; second < 500; second++) {
            CheckResult result = analyzer.assess(slice(second, VersionSlice.EMPTY, made(random, 10, 0.5, 30, 0.6, 0)))
                    .get(0);
            assertThat(result.verdict()).isNotEqualTo(Verdict.BREACH);
        }
    }

    @Test
    void comparison_coldOrFew_isInsufficient() {
        Analyzer analyzer = analyzer(0.01, "errors");
        Random random = new Random(6);
        for (int second = 0; second < 62; second++) {
            VersionSlice stable = made(random, 10, 0, 30, 0.6, 0);
            CheckResult result = analyzer.assess(slice(second, stable, made(random, 10, 0, 30, 0.6, 0)))
                    .get(0);
            assertThat(result.verdict()).isEqualTo(second < 59 ? Verdict.INSUFFICIENT : Verdict.HEALTHY);
        }
    }

    @Test
    void comparison_clicksFall_theCustomCheckBreaches() {
        Analyzer analyzer = analyzer(0.01, "errors", "click");
        Random random = new Random(7);
        int found = -1;
        for (int second = 0; second < 3000 && found < 0; second++) {
            long clicks = 0;
            long stableClicks = 0;
            for (int i = 0; i < 50; i++) {
                stableClicks += random.nextDouble() < 0.1 ? 1 : 0;
                clicks += random.nextDouble() < (second < 300 ? 0.1 : 0.05) ? 1 : 0;
            }
            VersionSlice stable = VersionSlice.EMPTY.withReported(Map.of("click", new Reported(50, stableClicks)));
            VersionSlice canary = new VersionSlice(10, 0, 0, LatencyCounts.EMPTY)
                    .withReported(Map.of("click", new Reported(50, clicks)));
            if (analyzer.assess(slice(second, stable, canary)).get(1).verdict() == Verdict.BREACH) {
                found = second;
            }
        }
        assertThat(found).isBetween(301, 500);
        assertThat(analyzer.results().get(1).metricLabel()).isEqualTo("custom:click");
    }

    private static CheckResult alarms(Duration warmUp, int seconds) {
        CheckSpec spec = new CheckSpec(
                "alarms", Metric.CUSTOM, "falseAlarm", new DetectorSpec.Comparison(0.01, null, Side.ABOVE, warmUp), 1);
        Analyzer analyzer = new Analyzer(
                new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, OnBreach.ROLLBACK, List.of(spec)));
        CheckResult last = analyzer.results().get(0);
        for (int second = 0; second < seconds; second++) {
            VersionSlice stable = VersionSlice.EMPTY.withReported(Map.of("falseAlarm", new Reported(100, 5)));
            VersionSlice canary = VersionSlice.EMPTY.withReported(Map.of("falseAlarm", new Reported(20, 8)));
            last = analyzer.assess(slice(second, stable, canary)).get(0);
        }
        assertThat(analyzer.canary().reported())
                .isEqualTo(Map.of("falseAlarm", new Reported(20L * seconds, 8L * seconds)));
        return last;
    }

    @Test
    void comparison_customWithoutRequestsOrWarmUp_isJudgedFromTheFirstReport() {
        CheckResult result = alarms(Duration.ZERO, 5);
        assertThat(result.verdict()).isEqualTo(Verdict.BREACH);
        assertThat(result.why())
                .startsWith("falseAlarm happened in 40 of 100 trials")
                .contains("of stable's 25 of 500");
        assertThat(alarms(Duration.ofSeconds(10), 5).verdict()).isEqualTo(Verdict.INSUFFICIENT);
        assertThat(alarms(Duration.ofSeconds(10), 5).why()).endsWith("; warming up, 5 s to go");
        assertThat(alarms(Duration.ZERO, 2).why()).doesNotContain("warming up");
        assertThat(alarms(Duration.ZERO, 2).verdict()).as("40 reports of 50").isNotEqualTo(Verdict.HEALTHY);
    }

    /** When the canary reports so many seconds after stable, each once in a period: whether it is found to be worse. */
    private static boolean isFound(int period, int lag) {
        CheckSpec spec = new CheckSpec(
                "right", Metric.CUSTOM, "right", new DetectorSpec.Comparison(0.01, null, Side.BELOW, Duration.ZERO), 1);
        Analyzer analyzer = new Analyzer(
                new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 50, OnBreach.ROLLBACK, List.of(spec)));
        boolean found = false;
        for (int second = 0; second < 10 * period && !found; second++) {
            Reported right = new Reported(second % period == 0 ? 100 : 0, second % period == 0 ? 90 : 0);
            Reported wrong = new Reported(second % period == lag ? 100 : 0, second % period == lag ? 50 : 0);
            found = analyzer.assess(slice(
                                    second,
                                    VersionSlice.EMPTY.withReported(Map.of("right", right)),
                                    VersionSlice.EMPTY.withReported(Map.of("right", wrong))))
                            .get(0)
                            .verdict()
                    == Verdict.BREACH;
        }
        return found;
    }

    @Test
    void comparison_reportsOfTheTwoVersionsAtDifferentMoments_areComparedWithinAMinute() {
        assertThat(isFound(1, 0)).isTrue();
        assertThat(isFound(2, 1)).isTrue();
        assertThat(isFound(60, 30)).isTrue();
        assertThat(isFound(300, 50)).isTrue();
        assertThat(isFound(300, 100)).as("nobody keeps an old report for ever").isFalse();
    }

    private static Verdict broad(double maxShare) {
        Analyzer analyzer = new Analyzer(new AnalysisSpec(
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                50,
                0,
                maxShare,
                null,
                OnBreach.ROLLBACK,
                List.of(new CheckSpec("errors", Metric.ERROR_RATE, DetectorSpec.Comparison.standard(Side.ABOVE), 1))));
        for (int second = 0; second < 70; second++) {
            // Ten users fail by turns, so each has a tenth of the failures.
            Outcomes counted = new Outcomes(10, 5, 0, LatencyCounts.EMPTY);
            long first = (second % 2) * 5L;
            FailingUsers failing =
                    FailingUsers.of(new long[] {first + 1, first + 2, first + 3, first + 4, first + 5}, 0);
            VersionSlice canary = new VersionSlice(counted, Outcomes.NONE, failing, UserBits.NONE, Map.of());
            analyzer.assess(slice(second, new VersionSlice(50, 0, 0, LatencyCounts.EMPTY), canary));
        }
        return analyzer.results().get(0).verdict();
    }

    @Test
    void comparison_aTenthOfTheFailuresEach_countsIfThatIsAllowed() {
        assertThat(broad(0.1)).isEqualTo(Verdict.BREACH);
        assertThat(broad(0.09)).isNotEqualTo(Verdict.BREACH);
    }

    /** A day at the tolerated odds, looked at each second: no more than alpha of the releases may ever breach. */
    @Test
    void comparison_atTheNullBoundary_falseBreachesWithinAlpha() {
        double alpha = 0.2;
        int runs = 250;
        int breaches = 0;
        for (int seed = 0; seed < runs; seed++) {
            Random random = new Random(seed);
            // Odds 1.15 times those of 10 % errors: the worst that is tolerated.
            double odds = 0.1 / 0.9 * 1.15;
            Analyzer analyzer = analyzer(alpha, "errors");
            boolean breached = false;
            for (int second = 0; second < 4000 && !breached; second++) {
                VersionSlice stable = counts(random, 20, 0.1);
                VersionSlice canary = counts(random, 10, odds / (1 + odds));
                breached = analyzer.assess(slice(second, stable, canary)).get(0).verdict() == Verdict.BREACH;
            }
            breaches += breached ? 1 : 0;
        }
        double spread = Math.sqrt(alpha * (1 - alpha) / runs);
        assertThat((double) breaches / runs).isLessThanOrEqualTo(alpha + 3 * spread);
    }

    /** The same for reports that come now and then, of one version or the other. */
    @Test
    void comparison_sporadicReportsAtTheNullBoundary_falseBreachesWithinAlpha() {
        double alpha = 0.2;
        int runs = 250;
        int breaches = 0;
        for (int seed = 0; seed < runs; seed++) {
            Random random = new Random(1000 + seed);
            // Odds of 0.2 against 0.8, and those divided by 1.03.
            double odds = 0.25 / 1.03;
            Analyzer analyzer = analyzer(alpha, "click");
            boolean breached = false;
            for (int second = 0; second < 2500 && !breached; second++) {
                VersionSlice stable = reports(random, random.nextInt(4) == 0 ? 20 : 0, 0.2);
                VersionSlice canary = reports(random, random.nextInt(7) == 0 ? 15 : 0, odds / (1 + odds));
                breached = analyzer.assess(slice(second, stable, canary)).get(0).verdict() == Verdict.BREACH;
            }
            breaches += breached ? 1 : 0;
        }
        double spread = Math.sqrt(alpha * (1 - alpha) / runs);
        assertThat((double) breaches / runs).isLessThanOrEqualTo(alpha + 3 * spread);
        System.out.printf(
                "measured: %d of %d releases breach at the tolerated odds, alpha %s%n", breaches, runs, alpha);
    }

    private static VersionSlice reports(Random random, int trials, double share) {
        long hits = 0;
        for (int i = 0; i < trials; i++) {
            hits += random.nextDouble() < share ? 1 : 0;
        }
        return trials == 0
                ? VersionSlice.EMPTY
                : VersionSlice.EMPTY.withReported(Map.of("click", new Reported(trials, hits)));
    }

    private static VersionSlice counts(Random random, int requests, double errors) {
        long failed = 0;
        for (int i = 0; i < requests; i++) {
            failed += random.nextDouble() < errors ? 1 : 0;
        }
        return new VersionSlice(requests, failed, 0, LatencyCounts.EMPTY);
    }

    @Test
    void spending_dayByDay_isOneADay() {
        assertThat(SpendingPlan.spent(0)).isEqualTo(SpendingPlan.AT_ONCE);
        for (int day = 1; day <= 10; day++) {
            assertThat(SpendingPlan.spent(day * SpendingPlan.DAY_SECONDS)).isBetween(day - 1e-9, day + 1e-9);
        }
    }

    @Test
    void harmBudget_usedUp_breaches() {
        Analyzer analyzer = new Analyzer(new AnalysisSpec(
                Duration.ofSeconds(1), Duration.ofSeconds(60), 50, 0, 100L, OnBreach.ROLLBACK, List.of()));
        Random random = new Random(8);
        int found = -1;
        for (int second = 0; second < 5000 && found < 0; second++) {
            VersionSlice stable = counts(random, 90, 0.05);
            VersionSlice canary = counts(random, 10, second < 2000 ? 0.05 : 0.15);
            CheckResult result = analyzer.assess(slice(second, stable, canary)).get(0);
            found = result.verdict() == Verdict.BREACH ? second : -1;
        }
        assertThat(found).as("one more harmed request a second").isBetween(2030, 2150);
        assertThat(analyzer.results().get(0).check()).isEqualTo("harm-budget");
    }
}
