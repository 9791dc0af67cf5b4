package dev.halftone.server.cli;

import dev.halftone.core.backtest.Regression;
import dev.halftone.core.backtest.Scenario;
import dev.halftone.core.backtest.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the service is like and what befalls its releases: options of {@code simulate}. */
final class KindOptions {
    private static final List<Scenario> USUAL =
            List.of(Scenario.TOTAL_FAILURE, Scenario.ERRORS_ONE_TO_THREE, Scenario.MEDIAN_20, Scenario.P99_ONLY);

    @Option(
            names = "--error-rate",
            paramLabel = "SHARE",
            description = "Share of requests that fails anyway (default: 0.1%%, in errors1to3 1%%).")
    private @Nullable String errorRate;

    @Option(
            names = "--latency-median",
            paramLabel = "TIME",
            description = "Median latency of both versions (default: 35.4ms); the tail grows with it.")
    private @Nullable String latencyMedian;

    @Option(
            names = "--noise",
            paramLabel = "FACTOR",
            defaultValue = "1",
            description = "Slow noise of load and latency, 0 to 10 times the usual (default: ${DEFAULT-VALUE}).")
    private String noise = "1";

    @Option(
            names = "--incidents",
            paramLabel = "N",
            defaultValue = "4",
            description = "Incidents a day that hit both versions, 0 to 1000 (default: ${DEFAULT-VALUE}).")
    private String incidents = "4";

    @Option(
            names = "--canary-error-rate",
            paramLabel = "SHARE",
            description = "Regression: share of the canary's requests that fails, as 3%%.")
    private @Nullable String canaryErrorRate;

    @Option(
            names = "--canary-latency",
            paramLabel = "+PERCENT",
            description = "Regression: how much slower the canary answers, as +20%%.")
    private @Nullable String canaryLatency;

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Ready regressions and harmless troubles, by comma, or all: ${COMPLETION-CANDIDATES} (default, where no"
                            + " regression is stated: totalFailure,errors1to3,median20,p99).",
            completionCandidates = Names.class)
    private List<String> scenarios = List.of();

    /** The scenarios' names, for the help text. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Arrays.stream(Scenario.values()).map(Scenario::label).toList());
        }
    }

    /**
     * The releases that are wanted, first those that nothing ails.
     *
     * @param alongRamps whether ramps set the ratio, so that a scenario cannot
     */
    List<ReleaseKind> kinds(boolean alongRamps) throws CommandFailure {
        List<ReleaseKind> kinds = new ArrayList<>();
        Service anyway = service(Scenario.NO_CHANGE);
        kinds.add(new ReleaseKind("no change", Regression.of(Scenario.NO_CHANGE), anyway));
        boolean isStated = canaryErrorRate != null || canaryLatency != null;
        if (isStated) {
            kinds.add(stated(anyway));
        }
        for (Scenario scenario : wanted(isStated, alongRamps)) {
            if (scenario != Scenario.NO_CHANGE) {
                kinds.add(new ReleaseKind(scenario.label(), Regression.of(scenario), service(scenario)));
            }
        }
        return kinds;
    }

    private ReleaseKind stated(Service anyway) throws CommandFailure {
        List<String> words = new ArrayList<>();
        double more = 0;
        double slowdown = 1;
        if (canaryErrorRate != null) {
            double share = Quantities.share("--canary-error-rate", canaryErrorRate);
            String least = Words.percent(anyway.errorRate());
            Quantities.expect(
                    share > anyway.errorRate(),
                    "--canary-error-rate",
                    canaryErrorRate,
                    "more than the " + least + " that fails anyway");
            more = share - anyway.errorRate();
            words.add("errors " + least + " to " + Words.percent(share));
        }
        if (canaryLatency != null) {
            slowdown = Quantities.increase("--canary-latency", canaryLatency);
            Quantities.expect(slowdown > 1, "--canary-latency", canaryLatency, "above +0%");
            words.add("latency +" + Words.percent(slowdown - 1));
        }
        return new ReleaseKind(String.join(", ", words), new Regression(Scenario.NO_CHANGE, more, slowdown), anyway);
    }

    /** The service that a scenario befalls, with what is stated of it. */
    Service service(Scenario scenario) throws CommandFailure {
        Service usual = Service.of(scenario);
        return new Service(
                errorRate == null ? usual.errorRate() : Quantities.share("--error-rate", errorRate),
                latencyMedian == null ? usual.medianMillis() : Quantities.millis("--latency-median", latencyMedian),
                Quantities.number("--noise", noise, 10),
                Quantities.number("--incidents", incidents, 1000));
    }

    private Set<Scenario> wanted(boolean isStated, boolean alongRamps) throws CommandFailure {
        Set<Scenario> wanted = new LinkedHashSet<>();
        if (scenarios.isEmpty() && !isStated) {
            wanted.addAll(USUAL);
        }
        for (String name : scenarios) {
            List<Scenario> named = Arrays.stream(Scenario.values())
                    .filter(scenario -> name.equals("all") || scenario.label().equals(name))
                    .toList();
            Quantities.expect(!named.isEmpty(), "--scenario", name, "all, or one of " + String.join(", ", new Names()));
            boolean ramps = alongRamps && named.equals(List.of(Scenario.RAMP_IN_INCIDENT));
            Quantities.expect(!ramps, "--scenario", name, "one without a ramp of its own beside --ramps");
            wanted.addAll(named);
        }
        if (alongRamps) {
            wanted.remove(Scenario.RAMP_IN_INCIDENT);
        }
        return wanted;
    }
}
