package dev.halftone.server.control;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.Analyzer;
import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.core.rollout.Evidence;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.Plan;
import dev.halftone.core.rollout.Progress;
import dev.halftone.core.rollout.ReleaseCounts;
import dev.halftone.core.rollout.RolloutEvent;
import dev.halftone.core.rollout.RolloutMachine;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.rollout.Step;
import dev.halftone.core.rollout.StepCourse;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.Variants;
import dev.halftone.core.window.HarmCusum;
import dev.halftone.core.window.Outcomes;
import dev.halftone.core.window.RouteSlice;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.RouteSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the control thread keeps of one route. Control thread only. */
final class RouteControl {
    /** For routes without a canary: figures of the last minute, no checks. */
    private static final AnalysisSpec FIGURES_ONLY =
            new AnalysisSpec(Duration.ofSeconds(1), Duration.ofSeconds(60), 1, AnalysisSpec.OnBreach.ALERT, List.of());

    private final int id;
    private final List<AuditEvent> unstored = new ArrayList<>();
    private final Set<String> breaching = new HashSet<>();
    private RouteSettings settings;
    private @Nullable RolloutState state;
    private long revision;
    private boolean stored = true;
    private int epoch;
    private @Nullable String epochRelease;
    private AnalysisSpec spec = FIGURES_ONLY;
    private Analyzer analyzer = new Analyzer(FIGURES_ONLY);
    private final ReleaseCounts counts = new ReleaseCounts();
    private String waitsFor = "";
    private @Nullable Routed routed;
    private final ExperimentControl experiment;

    RouteControl(
            int id, RouteSettings settings, @Nullable RolloutState state, long revision, ExperimentControl experiment) {
        this.id = id;
        this.experiment = experiment;
        this.settings = settings;
        this.state = state;
        this.revision = revision;
    }

    int id() {
        return id;
    }

    String name() {
        return settings.name();
    }

    RouteSettings settings() {
        return settings;
    }

    void settings(RouteSettings next) {
        settings = next;
    }

    @Nullable
    RolloutState state() {
        return state;
    }

    /** Takes over a state that is not stored yet. */
    void advance(RolloutState next, List<AuditEvent> events) {
        state = next;
        unstored.addAll(events);
        stored = false;
    }

    /** The rollback that was just taken over, from now on with what led to it. */
    Transition.Accepted explain(
            Transition.Accepted accepted, @Nullable String check, long nowMillis, Map<String, Long> codes) {
        Transition.Accepted told = accepted.explained(analyzer.tell(check, nowMillis, codes));
        state = told.state();
        unstored.subList(unstored.size() - accepted.events().size(), unstored.size())
                .clear();
        unstored.addAll(told.events());
        return told;
    }

    boolean isStored() {
        return stored;
    }

    List<AuditEvent> unstored() {
        return unstored;
    }

    long revision() {
        return revision;
    }

    void stored(long newRevision) {
        revision = newRevision;
        stored = true;
        unstored.clear();
    }

    /**
     * Makes analysis begin anew where the release or the rules changed.
     *
     * @return the epoch from now on
     */
    int renewAnalysis() {
        GraySettings gray = settings.gray();
        AnalysisSpec wanted = gray == null ? FIGURES_ONLY : gray.analysis();
        RolloutState present = state;
        String release = gray == null || present == null ? null : present.release();
        boolean otherRelease = !java.util.Objects.equals(release, epochRelease);
        if (otherRelease) {
            epochRelease = release;
            epoch++;
            counts.restart();
        }
        if (otherRelease || !wanted.equals(spec)) {
            spec = wanted;
            analyzer = new Analyzer(wanted);
            breaching.clear();
        }
        return epoch;
    }

    /** The route as the data plane sees it now; the same object until something changes. */
    Route route() {
        Routed present = routed;
        if (present == null || !present.isOf(this)) {
            present = new Routed(settings, state, epoch, newRoute());
            routed = present;
        }
        return present.route;
    }

    private record Routed(RouteSettings settings, @Nullable RolloutState state, int epoch, Route route) {
        /** The same objects: to compare what they hold would cost more than to make the route anew. */
        @SuppressWarnings("ReferenceEquality")
        boolean isOf(RouteControl control) {
            return settings == control.settings && state == control.state && epoch == control.epoch;
        }
    }

    private Route newRoute() {
        GraySettings wanted = settings.gray();
        RolloutState present = state;
        Gray gray = null;
        if (wanted != null && present != null) {
            boolean held = present.phase() == Phase.ROLLED_BACK || present.phase() == Phase.ABORTED;
            gray = new Gray(
                    wanted.canary(),
                    present.release(),
                    epoch,
                    wanted.userKey(),
                    wanted.onMissingKey(),
                    wanted.salt(),
                    wanted.rules(),
                    held ? Ratio.NONE : present.ratio(),
                    !held,
                    wanted.net(),
                    RollingTurns.sides(present, settings.stable()),
                    variants(wanted, present));
        }
        return new Route(id, settings.name(), settings.match(), settings.stable(), gray, settings.forwarding());
    }

    private static @Nullable Variants variants(GraySettings wanted, RolloutState present) {
        Variants variants = wanted.variants();
        Progress at = present.progress();
        return variants == null || at == null ? variants : variants.won(at.winner());
    }

    ExperimentControl experiment() {
        return experiment;
    }

    /** A breach, and whether it is one that has not been told since the check was last well. */
    record Breach(CheckResult result, boolean fresh) {}

    List<Breach> assess(RouteSlice slice) {
        List<Breach> breaches = new ArrayList<>();
        count(slice);
        for (CheckResult result : analyzer.assess(slice)) {
            if (result.verdict() == CheckResult.Verdict.BREACH) {
                breaches.add(new Breach(result, breaching.add(result.check())));
            } else {
                breaching.remove(result.check());
            }
        }
        return breaches;
    }

    private void count(RouteSlice slice) {
        counts.take(
                tally(slice.canary().counted()),
                tally(slice.stable().counted()),
                slice.canary().requests() + slice.stable().requests(),
                (slice.endNanos() - slice.startNanos()) / 1e9);
    }

    private static Evidence.Tally tally(Outcomes counted) {
        return new Evidence.Tally(counted.requests(), counted.errors());
    }

    /** What the release's plan is to be looked at with now, or null if no plan moves it. */
    RolloutEvent.@Nullable Looked look() {
        GraySettings gray = settings.gray();
        RolloutState present = state;
        Plan plan = gray == null ? null : gray.rollout().plan();
        return plan == null || present == null ? null : new RolloutEvent.Looked(plan, evidence(present));
    }

    private Evidence evidence(RolloutState present) {
        return counts.evidence(present.progress(), analyzer.results()).withFinding(experiment.finding());
    }

    /** Notes what the plan waits for after that look; a step that it led to counts its samples from here. */
    void looked(RolloutEvent.Looked look, long nowMillis) {
        RolloutState present = state;
        if (present != null) {
            waitsFor = RolloutMachine.waitsFor(present, look.plan(), evidence(present), nowMillis) + hint(present);
        }
    }

    private String hint(RolloutState present) {
        GraySettings gray = settings.gray();
        if (gray == null || !KeyHint.isAsked(present)) {
            return "";
        }
        String nothing = KeyHint.ofNothing(counts.quietSeconds());
        boolean isByAddress = gray.onMissingKey() == MissingKey.CLIENT_IP;
        return nothing.isEmpty() && isByAddress
                ? KeyHint.ofFew(spec, !gray.userKey().isEmpty(), analyzer.stable(), analyzer.canary())
                : nothing;
    }

    private @Nullable PlanStatus plan() {
        GraySettings gray = settings.gray();
        Plan plan = gray == null ? null : gray.rollout().plan();
        Progress at = state == null ? null : state.progress();
        if (plan == null || at == null) {
            return null;
        }
        List<Step> written = plan.course() instanceof StepCourse course ? course.steps() : List.of();
        return new PlanStatus(
                plan.strategy(), at.step() + 1, plan.course().size(), written, at.sinceMillis(), waitsFor);
    }

    AnalysisSpec.OnBreach onBreach() {
        return spec.onBreach();
    }

    /** When a canary that fails is stopped between two ticks; null for never. */
    HarmCusum.@Nullable Limits onTheSpot() {
        return spec.onTheSpot();
    }

    private List<CheckResult> checks() {
        CheckResult split = experiment.split();
        if (split == null) {
            return analyzer.results();
        }
        List<CheckResult> all = new ArrayList<>(analyzer.results());
        all.add(split);
        return all;
    }

    RouteStatus status() {
        GraySettings gray = settings.gray();
        return new RouteStatus(
                route(),
                gray == null ? null : state,
                analyzer.stableFigures(),
                analyzer.canaryFigures(),
                gray == null ? List.of() : checks(),
                plan(),
                experiment.status(state),
                stored);
    }
}
