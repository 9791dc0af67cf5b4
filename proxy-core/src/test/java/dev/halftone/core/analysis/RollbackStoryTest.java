package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.halftone.core.analysis.AnalysisSpec.OnBreach;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.analysis.RollbackStory.Contributor;
import dev.halftone.core.analysis.RollbackStory.Harm;
import dev.halftone.core.analysis.RollbackStory.Judged;
import dev.halftone.core.analysis.RollbackStory.Release;
import dev.halftone.core.window.FailingUsers;
import dev.halftone.core.window.LatencyCounts;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.core.window.UserBits;
import dev.halftone.core.window.VersionSlice;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RollbackStoryTest {
    private static final long SLICE_NANOS = 1_000_000_000L;
    /** 2023-11-14T22:13:20Z. */
    private static final long START_MILLIS = 1_700_000_000_000L;

    private static final long ANN = 0xaaaa_aaaa_aaaa_0000L;
    private static final long BOB = 0xbbbb_bbbb_bbbb_0000L;
    private static final long CY = 0xcccc_cccc_cccc_0000L;

    private static final CheckSpec TOO_MANY =
            new CheckSpec("too-many", Metric.ERROR_RATE, new DetectorSpec.Threshold(null, 0.05), 1);
    private static final CheckSpec ERRORS =
            new CheckSpec("errors", Metric.ERROR_RATE, DetectorSpec.Comparison.standard(Side.ABOVE), 1);
    private static final CheckSpec LATENCY =
            new CheckSpec("latency", Metric.LATENCY_MEAN, DetectorSpec.Comparison.standard(Side.ABOVE), 1);
    private static final CheckSpec SLOW =
            new CheckSpec("slow", Metric.LATENCY_P99, new DetectorSpec.Threshold(null, 80.0), 1);

    private final Analyzer analyzer = new Analyzer(new AnalysisSpec(
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            5,
            OnBreach.ROLLBACK,
            List.of(TOO_MANY, ERRORS, LATENCY, SLOW)));
    private long seconds;

    private static Outcomes outcomes(int requests, int errors, long latencyMillis) {
        long[] latencies = new long[requests];
        Arrays.fill(latencies, latencyMillis * 1_000_000);
        return new Outcomes(requests, errors, 0, LatencyCounts.ofNanos(latencies));
    }

    private static VersionSlice version(int requests, int errors, long latencyMillis) {
        return version(requests, errors, latencyMillis, FailingUsers.of(new long[0], errors));
    }

    private static VersionSlice version(int requests, int errors, long latencyMillis, FailingUsers failing) {
        return new VersionSlice(
                outcomes(requests, errors, latencyMillis),
                Outcomes.NONE,
                failing,
                UserBits.of(ANN, BOB, CY, 1L << 20, 2L << 20),
                Map.of());
    }

    private void slice(VersionSlice stable, VersionSlice canary) {
        analyzer.assess(new RouteSlice(0, seconds * SLICE_NANOS, (seconds + 1) * SLICE_NANOS, stable, canary));
        seconds++;
    }

    private RollbackStory tell(@Nullable String check) {
        return analyzer.tell(check, START_MILLIS + seconds * 1000, Map.of("2xx", 588L, "5xx", 18L));
    }

    /** A minute without failures, with 5 % of stable's; then two seconds in which 16 of the canary's 24 fail. */
    private void badCanary() {
        for (int i = 0; i < 60; i++) {
            slice(version(100, 5, 20), version(10, 0, 20));
        }
        VersionSlice first = version(10, 6, 20, FailingUsers.of(new long[] {ANN, ANN, ANN, BOB, BOB, CY}, 0));
        Outcomes beyond = outcomes(2, 2, 20);
        VersionSlice more = new VersionSlice(first.counted(), beyond, first.failing(), first.users(), Map.of());
        slice(version(100, 5, 20), more);
        VersionSlice second = version(10, 6, 20, FailingUsers.of(new long[] {ANN, BOB, CY, CY, CY}, 1));
        slice(
                version(100, 5, 20),
                new VersionSlice(second.counted(), beyond, second.failing(), second.users(), Map.of()));
    }

    @Test
    void tell_badCanary_countsWhatHappenedSinceItWasBad() {
        badCanary();

        RollbackStory story = tell("too-many");

        assertThat(story.atMillis()).isEqualTo(START_MILLIS + 62_000);
        assertThat(story.sinceMillis()).isEqualTo(START_MILLIS + 60_000);
        // 16 of 24 failed; of stable's 10 of 200 (5 %), which would have been 1.2 of 24. 4 users saw 16 failures.
        assertThat(story.harm()).isEqualTo(new Harm(2, 24, 16, 200, 10, 15, 4, 4));
        assertThat(story.release()).isEqualTo(new Release(START_MILLIS, 624, 16, 5, 4));
        assertThat(story.canary().requests()).isEqualTo(24);
        assertThat(story.canary().errors()).isEqualTo(16);
        assertThat(story.stable().requests()).isEqualTo(200);
        assertThat(story.stable().errorRate()).isEqualTo(0.05);
        assertThat(story.stable().p99()).isCloseTo(20, within(0.4));
        assertThat(story.canary().users()).isEqualTo(5);
        assertThat(story.overSeconds()).isEqualTo(2);
    }

    @Test
    void tell_badCanary_namesTheContributorsByHash() {
        badCanary();

        assertThat(tell("too-many").contributors())
                .containsExactly(
                        new Contributor("aaaaaaaaaaaa", 4, 4.0 / 12),
                        new Contributor("cccccccccccc", 4, 4.0 / 12),
                        new Contributor("bbbbbbbbbbbb", 3, 3.0 / 12));
    }

    @Test
    void tell_badCanary_saysWhatElseWasLookedAt() {
        badCanary();

        RollbackStory story = tell("too-many");

        Judged decided = java.util.Objects.requireNonNull(story.check());
        assertThat(decided.check()).isEqualTo("too-many");
        assertThat(decided.verdict()).isEqualTo("breach");
        assertThat(decided.limit()).isEqualTo(0.05);
        assertThat(story.otherChecks()).extracting(Judged::check).containsExactly("errors", "latency", "slow");
        Judged slow = story.otherChecks().get(2);
        assertThat(slow.verdict()).isEqualTo("healthy");
        assertThat(slow.value()).isCloseTo(20, within(0.4));
        assertThat(slow.limit()).isEqualTo(80);
        assertThat(slow.metric()).isEqualTo("latencyP99");
    }

    @Test
    void summary_badCanary_isOneLineOfPlainWords() {
        badCanary();

        assertThat(tell("too-many").summary())
                .isEqualTo(
                        "about 15 requests of 4 users harmed since 2023-11-14T22:14:20Z (2 s): 16 of 24 canary requests"
                                + " failed, of stable's 10 of 200; canary 66.7 % errors, p50 20.2 ms, p99 20.2 ms, stable 5 % errors,"
                                + " p50 20.2 ms, p99 20.2 ms in the last 2 s; about 5 users were on the canary; most failures: user"
                                + " aaaaaaaaaaaa 4 (33.3 %), user cccccccccccc 4 (33.3 %), user bbbbbbbbbbbb 3 (25 %); would have"
                                + " tripped too: errors; would not have tripped: latency, slow");
    }

    @Test
    void tell_slowAsWell_saysThatItWouldHaveTrippedToo() {
        for (int i = 0; i < 20; i++) {
            slice(version(100, 0, 20), version(10, 9, 200));
        }

        RollbackStory story = tell("too-many");

        assertThat(story.summary()).contains("; would have tripped too: slow; would not have tripped: errors, latency");
    }

    @Test
    void tell_byAPersonWhileAllIsWell_blamesNothing() {
        for (int i = 0; i < 100; i++) {
            slice(version(100, 1, 20), version(10, i % 10 == 0 ? 1 : 0, 20));
        }

        RollbackStory story = tell(null);

        assertThat(story.check()).isNull();
        assertThat(story.sinceMillis()).isNull();
        assertThat(story.harm().seconds()).isEqualTo(60);
        assertThat(story.overSeconds()).isEqualTo(60);
        assertThat(story.canary().requests()).isEqualTo(600);
        assertThat(story.harm().harmedRequests()).isZero();
        assertThat(story.harm().errors()).isEqualTo(6);
        assertThat(story.otherChecks()).hasSize(4);
        assertThat(story.summary()).startsWith("no request failed beyond stable's share in the last 60 s: 6 of 600");
    }

    @Test
    void tell_byAPersonWhoSawItFirst_saysSinceWhen() {
        badCanary();

        RollbackStory story = tell(null);

        assertThat(story.sinceMillis()).isEqualTo(START_MILLIS + 60_000);
        assertThat(story.harm().harmedRequests()).isEqualTo(15);
    }

    @Test
    void tell_incidentOfBoth_isNoHarm() {
        for (int i = 0; i < 60; i++) {
            slice(version(100, 0, 20), version(10, 0, 20));
        }
        for (int i = 0; i < 10; i++) {
            slice(version(100, 60, 20), version(10, 6, 20));
        }

        RollbackStory story = tell(null);

        assertThat(story.sinceMillis()).isNull();
        assertThat(story.harm().harmedRequests()).isZero();
    }

    @Test
    void tell_slowCanary_sinceIsWhenTheEvidenceBegan() {
        Random random = new Random(7);
        long bad = 400;
        Verdict verdict = Verdict.INSUFFICIENT;
        while (verdict != Verdict.BREACH && seconds < 1000) {
            slice(noisy(random, 50, 1), noisy(random, 10, seconds < bad ? 1 : 2));
            verdict = analyzer.results().get(2).verdict();
        }

        RollbackStory story = tell("latency");

        assertThat(seconds).isBetween(bad + 1, bad + 100);
        assertThat(java.util.Objects.requireNonNull(story.sinceMillis()))
                .isBetween(START_MILLIS + (bad - 20) * 1000, START_MILLIS + (bad + 10) * 1000);
        assertThat(story.harm().errors()).isZero();
        assertThat(story.harm().harmedUsers()).isZero();
        assertThat(story.canary().p50()).isGreaterThan(story.stable().p50() * 1.5);
    }

    private static VersionSlice noisy(Random random, int requests, double factor) {
        long[] latencies = new long[requests];
        for (int i = 0; i < requests; i++) {
            latencies[i] = Math.round(20_000_000 * factor * Math.exp(0.3 * random.nextGaussian()));
        }
        return new VersionSlice(requests, 0, 0, LatencyCounts.ofNanos(latencies));
    }

    @Test
    void tell_threePointsInARow_sinceIsTheFirstOfThem() {
        CheckSpec patient = new CheckSpec("slow", Metric.LATENCY_P99, new DetectorSpec.Threshold(null, 80.0), 3);
        Analyzer patiently = new Analyzer(
                new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(1), 5, OnBreach.ROLLBACK, List.of(patient)));
        for (int i = 0; i < 13; i++) {
            VersionSlice canary = version(50, 0, i < 10 ? 20 : 200);
            patiently.assess(new RouteSlice(0, i * SLICE_NANOS, (i + 1) * SLICE_NANOS, version(50, 0, 20), canary));
        }

        assertThat(patiently.results().get(0).verdict()).isEqualTo(Verdict.BREACH);
        assertThat(patiently.tell("slow", START_MILLIS + 13_000, Map.of()).sinceMillis())
                .isEqualTo(START_MILLIS + 10_000);
    }

    @Test
    void tell_beforeTheCanaryHadARequest_isEmptyNotWrong() {
        slice(version(100, 50, 20), VersionSlice.EMPTY);

        RollbackStory story = tell(null);

        assertThat(story.harm()).isEqualTo(new Harm(0, 0, 0, 0, 0, 0, 0, 0));
        assertThat(story.release()).isEqualTo(new Release(START_MILLIS + 1000, 0, 0, 0, 0));
        assertThat(story.contributors()).isEmpty();
    }
}
