package dev.halftone.server.control;

import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.CheckResult.Verdict;
import dev.halftone.core.analysis.Metric;
import dev.halftone.core.experiment.Experiment;
import dev.halftone.core.experiment.ExperimentSpec;
import dev.halftone.core.experiment.Finding;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.experiment.FindingSeries;
import dev.halftone.core.rollout.ExperimentCourse;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Progress;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.window.ExperimentTally;
import dev.halftone.core.window.Experiments;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.RouteSettings;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The A/B test of one route: when users are counted, what was found, and what of it is kept. A test is known by its release and its split;
 * where either changes another one begins. Control thread only.
 */
final class ExperimentControl {
    /** The check under which a wrong split shows. */
    static final String SPLIT = "sample-ratio";

    private static final int FEW_USERS = 100;

    private final int routeId;
    private final String route;
    private final Experiments experiments;
    private final ExperimentJournal journal;
    private @Nullable Running running;

    /** What there is of a test. */
    private static final class Running {
        private final String name;
        private final ExperimentTally tally;
        private final FindingSeries series;
        private ExperimentSpec spec;
        private Experiment experiment;
        private Finding last;
        private boolean open;
        private boolean told;
        private boolean fresh;
        private long keptMillis;

        Running(
                String name,
                ExperimentTally tally,
                FindingSeries series,
                ExperimentSpec spec,
                Experiment experiment,
                long nowMillis) {
            this.name = name;
            this.tally = tally;
            this.series = series;
            this.spec = spec;
            this.experiment = experiment;
            this.last = experiment.look(tally, nowMillis);
            this.told = last.alarm() != null;
            this.keptMillis = nowMillis;
        }
    }

    ExperimentControl(int routeId, String route, Experiments experiments, ExperimentJournal journal) {
        this.routeId = routeId;
        this.route = route;
        this.experiments = experiments;
        this.journal = journal;
    }

    private static @Nullable ExperimentCourse course(RouteSettings settings) {
        GraySettings gray = settings.gray();
        Plan plan = gray == null ? null : gray.rollout().plan();
        return plan != null && plan.course() instanceof ExperimentCourse course ? course : null;
    }

    /** After anything that may change what is tested or whether; before the routing table is published that follows from it. */
    void settle(RouteSettings settings, @Nullable RolloutState state, int epoch, long nowMillis) {
        ExperimentCourse course = course(settings);
        Progress at = state == null ? null : state.progress();
        if (course == null || state == null || at == null) {
            close();
            running = null;
            return;
        }
        String name = state.release() + "\n" + course.words();
        Running present = running;
        if (present == null || !present.name.equals(name)) {
            close();
            present = begin(name, course.spec(), nowMillis);
            running = present;
        } else if (!present.spec.equals(course.spec())) {
            present.spec = course.spec();
            present.experiment = new Experiment(
                    course.spec(), present.experiment.startedMillis(), present.last.mismatch(), present.last.alarm());
            present.last = present.experiment.look(present.tally, nowMillis);
        }
        boolean isUnderWay = state.phase() == Phase.PROGRESSING || state.phase() == Phase.PAUSED;
        boolean counts = isUnderWay && at.step() >= 0;
        if (counts && present.fresh) {
            // A release that had to wait for the end of a freeze window begins now.
            present.experiment = new Experiment(course.spec(), nowMillis, 1, null);
            present.last = present.experiment.look(present.tally, nowMillis);
            present.fresh = false;
        }
        if (counts) {
            experiments.open(routeId, epoch, present.tally);
            present.open = true;
        } else {
            close();
        }
    }

    private void close() {
        Running present = running;
        if (present != null && present.open) {
            present.open = false;
            experiments.open(routeId, 0, null);
            keep(present);
        }
    }

    private Running begin(String name, ExperimentSpec spec, long nowMillis) {
        int variants = spec.arms().size();
        ExperimentMemory memory = journal.recall(route, name);
        if (memory == null) {
            Running begun = new Running(
                    name,
                    new ExperimentTally(variants, spec.metric()),
                    new FindingSeries(List.of()),
                    spec,
                    new Experiment(spec, nowMillis, 1, null),
                    nowMillis);
            begun.fresh = true;
            return begun;
        }
        return new Running(
                name,
                ExperimentTally.restored(variants, spec.metric(), memory.tally()),
                new FindingSeries(memory.series()),
                spec,
                new Experiment(spec, memory.startedMillis(), memory.mismatch(), memory.alarm()),
                nowMillis);
    }

    /**
     * Looks at what has come.
     *
     * @return what is wrong with the split, once; else null
     */
    @Nullable
    CheckResult look(long nowMillis) {
        Running present = running;
        if (present == null || !present.open) {
            return null;
        }
        present.last = present.experiment.look(present.tally, nowMillis);
        present.series.add(nowMillis, present.last);
        long age = present.keptMillis - present.experiment.startedMillis();
        if (nowMillis - present.keptMillis >= ExperimentJournal.everyMillis(age)) {
            present.keptMillis = nowMillis;
            keep(present);
        }
        boolean isNews = present.last.alarm() != null && !present.told;
        present.told |= isNews;
        return isNews ? split(present.last) : null;
    }

    private void keep(Running present) {
        Finding last = present.last;
        journal.keep(
                route,
                present.name,
                present.experiment.startedMillis(),
                last.mismatch(),
                last.alarm(),
                present.tally,
                present.series.moments());
    }

    /** The route is gone. */
    void end() {
        close();
        running = null;
    }

    /** Keeps what there is, before the end. */
    void keep() {
        Running present = running;
        if (present != null && present.open) {
            keep(present);
        }
    }

    @Nullable
    Finding finding() {
        return running == null ? null : running.last;
    }

    /** What the split says, in the words of a check; null where there is no test. */
    @Nullable
    CheckResult split() {
        return running == null ? null : split(running.last);
    }

    private static CheckResult split(Finding found) {
        long users = found.arms().stream().mapToLong(ArmFinding::users).sum();
        Verdict verdict =
                found.alarm() != null ? Verdict.BREACH : users < FEW_USERS ? Verdict.INSUFFICIENT : Verdict.HEALTHY;
        String why = found.alarm() != null
                ? "the split of users is wrong: " + found.alarm()
                : users + " users are split as they should be";
        double evidence = -Math.log10(Math.max(found.mismatch(), Double.MIN_NORMAL));
        return new CheckResult(
                SPLIT,
                Metric.CUSTOM,
                "users",
                "sequential",
                verdict,
                evidence,
                -Math.log10(Experiment.ALARM),
                users,
                why,
                0);
    }

    @Nullable
    ExperimentStatus status(@Nullable RolloutState state) {
        Running present = running;
        Progress at = state == null ? null : state.progress();
        if (present == null) {
            return null;
        }
        String winner = at == null ? null : at.winner();
        long endMillis =
                present.spec.endMillis(Objects.requireNonNull(present.last).startedMillis());
        return new ExperimentStatus(
                present.spec, present.last, present.open, winner, endMillis, present.series.moments());
    }
}
