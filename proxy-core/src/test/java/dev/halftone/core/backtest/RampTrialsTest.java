package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Ratio;
import dev.halftone.core.rollout.Phase;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RampTrialsTest {
    private static final int ONSET = 100;

    private static RampRun.Change change(double atSeconds, int percent) {
        return new RampRun.Change(atSeconds, new Ratio(percent * 100));
    }

    private static RampRun.Result promoted(double everybody) {
        return new RampRun.Result(
                Phase.PROMOTED,
                everybody + 600,
                "",
                ONSET,
                30,
                20,
                10,
                1000,
                List.of(change(0, 1), change(everybody, 100)));
    }

    private static RampRun.Result stopped(double atSeconds, long failed) {
        return new RampRun.Result(
                Phase.ROLLED_BACK,
                atSeconds,
                "errors",
                ONSET,
                failed,
                failed / 2,
                failed / 4,
                10 * failed,
                List.of(change(0, 1), change(atSeconds, 0)));
    }

    private static RampRun.Result onTheWay() {
        return new RampRun.Result(Phase.PROGRESSING, 7200, "", ONSET, 0, 0, 0, 9, List.of(change(0, 1)));
    }

    private static RampTrials trials(boolean bad, List<RampRun.Result> results) {
        RampTrials trials = new RampTrials("auto", bad);
        List<RampRun.Result> shuffled = new ArrayList<>(results);
        Collections.shuffle(shuffled, new Random(1));
        shuffled.forEach(trials::add);
        return trials;
    }

    @Test
    void add_goodReleases_everyStopIsFalseAndHarmIsNotCounted() {
        RampTrials trials =
                trials(false, List.of(promoted(300), promoted(400), promoted(500), stopped(50, 4), onTheWay()));
        assertThat(trials.runs()).isEqualTo(5);
        assertThat(trials.promoted()).isEqualTo(3);
        assertThat(trials.stopped()).isEqualTo(1);
        assertThat(trials.falseStops()).isEqualTo(1);
        assertThat(trials.everybodySeconds().size()).isEqualTo(4);
        assertThat(trials.everybodySeconds().quantile(0.5)).isEqualTo(400);
        assertThat(trials.everybodySeconds().quantile(0.9)).isInfinite();
        assertThat(trials.failed().size()).isZero();
        assertThat(trials.stopSeconds().mean()).isNaN();
        assertThat(trials.checks()).containsExactly(java.util.Map.entry("errors", 1));
    }

    @Test
    void add_badReleases_oneStoppedBeforeTheOnsetSaysNothingOfHarm() {
        RampTrials trials = trials(true, List.of(stopped(50, 999), stopped(110, 8), stopped(140, 16), promoted(300)));
        assertThat(trials.stopped()).isEqualTo(3);
        assertThat(trials.falseStops()).isEqualTo(1);
        assertThat(trials.stopSeconds().sorted()).containsExactly(10, 40, Double.POSITIVE_INFINITY);
        assertThat(trials.failed().mean()).isEqualTo((8 + 16 + 30) / 3.0);
        assertThat(trials.struck().quantile(0.5)).isEqualTo(8);
        assertThat(trials.struckUsers().quantile(0.5)).isEqualTo(4);
        assertThat(trials.met().quantile(0.9)).isEqualTo(1000);
    }

    @Test
    void addAll_isAsIfAllWereAddedToOne() {
        List<RampRun.Result> some = List.of(stopped(120, 8), promoted(300));
        List<RampRun.Result> others = List.of(stopped(50, 9), onTheWay());
        List<RampRun.Result> all = new ArrayList<>(some);
        all.addAll(others);
        RampTrials sum = trials(true, some);
        sum.addAll(trials(true, others));
        RampTrials one = trials(true, all);
        assertThat(sum.runs()).isEqualTo(one.runs());
        assertThat(sum.promoted()).isEqualTo(one.promoted());
        assertThat(sum.stopped()).isEqualTo(one.stopped());
        assertThat(sum.falseStops()).isEqualTo(one.falseStops());
        assertThat(sum.checks()).isEqualTo(one.checks());
        assertThat(sum.everybodySeconds().sorted())
                .isEqualTo(one.everybodySeconds().sorted());
        assertThat(sum.stopSeconds().sorted()).isEqualTo(one.stopSeconds().sorted());
        assertThat(sum.failed().sorted()).isEqualTo(one.failed().sorted());
        assertThat(sum.struck().sorted()).isEqualTo(one.struck().sorted());
        assertThat(sum.struckUsers().sorted()).isEqualTo(one.struckUsers().sorted());
        assertThat(sum.met().sorted()).isEqualTo(one.met().sorted());
        assertThat(sum.course()).isEqualTo(one.course());
    }

    @Test
    void course_isTheMedianWheneverItChanges() {
        assertThat(trials(false, List.of(promoted(300), promoted(400), promoted(500), stopped(350, 1)))
                        .course())
                .containsExactly(change(0, 1), change(500, 100));
        assertThat(trials(true, List.of(stopped(30, 1), stopped(40, 1), promoted(500)))
                        .course())
                .containsExactly(change(0, 1), change(40, 0));
        assertThat(new RampTrials("auto", true).course()).isEmpty();
    }
}
