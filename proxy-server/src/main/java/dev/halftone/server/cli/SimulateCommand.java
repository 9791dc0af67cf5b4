package dev.halftone.server.cli;

import dev.halftone.core.backtest.Regression;
import dev.halftone.core.backtest.Scenario;
import dev.halftone.core.backtest.Service;
import dev.halftone.core.backtest.Simulation;
import dev.halftone.core.backtest.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Plays generated releases against the checks: how often they are wrong, how fast they are right, and who is harmed until then. */
@Command(
        sortOptions = false,
        description = {
            "Plays releases with a stated regression, traffic and noise against a route's checks, in made-up time, and tells"
                    + " false rollbacks, chance and time of the rightful ones, and the requests and users harmed until then.",
            "Beside the regression the same service is always played without one. The same seed gives the same figures.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  halftone simulate --rate 100/s --ratio 10 --error-rate 1%% --canary-error-rate 3%% --canary-latency +20%%",
            "  halftone simulate --config halftone.yaml --route shop --scenario all --runs 100 --plot releases.html"
        })
final class SimulateCommand extends HelpOption implements Callable<Integer> {
    private static final List<Scenario> USUAL =
            List.of(Scenario.TOTAL_FAILURE, Scenario.ERRORS_ONE_TO_THREE, Scenario.MEDIAN_20, Scenario.P99_ONLY);
    private static final int MOST_RUNS = 10_000;
    private static final int MOST_SECONDS = 7 * 86_400;
    private static final double USUAL_PERCENT = 10;

    private final Terminal terminal;

    @Mixin
    private AnalysisOption analysis = new AnalysisOption();

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            defaultValue = "100/s",
            description = "Requests to both versions, averaged over a day (default: ${DEFAULT-VALUE}).")
    private String rate = "100/s";

    @Option(
            names = "--ratio",
            paramLabel = "PERCENT",
            description = "Percent of users on the canary (default: the route's, or 10).")
    private @Nullable String ratio;

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

    @Option(
            names = "--onset",
            paramLabel = "TIME",
            defaultValue = "15m",
            description = "When the regression begins, after the release (default: ${DEFAULT-VALUE}).")
    private String onset = "15m";

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "1h",
            description = "How long each release is watched, at most 7d (default: ${DEFAULT-VALUE}).")
    private String duration = "1h";

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "40",
            description = "How many releases of each kind (default: ${DEFAULT-VALUE}).")
    private int runs = 40;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the first release; the next ones follow (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Mixin
    private FormatOption format = new FormatOption();

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "Draw the rollbacks over time too: FILE.svg, or FILE.html for a page.")
    private @Nullable Path plot;

    /** The scenarios' names, for the help text. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Arrays.stream(Scenario.values()).map(Scenario::label).toList());
        }
    }

    /** Releases of one kind. */
    private record Kind(String label, Regression regression, Service service) {
        /** What it is, where the label does not say it. */
        String words() {
            Scenario scenario = regression.scenario();
            return scenario == Scenario.NO_CHANGE ? "" : ScenarioWords.of(scenario);
        }
    }

    /** How each of them is played. */
    private record Play(double requestsPerSecond, double percent, int seconds, int onset) {}

    SimulateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        AnalysisOption.Chosen chosen = analysis.load();
        Play play = play(chosen);
        Quantities.expect(runs >= 1 && runs <= MOST_RUNS, "--runs", runs, "1.." + MOST_RUNS);
        List<Kind> kinds = kinds();
        Path file = plot;
        boolean drawable = file == null || file.toString().matches(".*\\.(svg|html)");
        SeriesReport.Format told = format.chosen();
        Quantities.expect(drawable, "--plot", String.valueOf(file), "a file that ends in .svg or .html");
        warn(chosen, kinds);
        List<Trials> trials = run(chosen, play, kinds);
        SimulateReport report = new SimulateReport(setting(chosen, play), play.seconds() - play.onset(), trials);
        terminal.out().print(report.as(told));
        terminal.out().flush();
        if (file != null) {
            List<String> words = kinds.stream().map(Kind::words).toList();
            RollbackPlot drawn = new RollbackPlot(
                    setting(chosen, play), play.seconds() - play.onset(), play.seconds(), trials, words);
            Files.writeString(file, file.toString().endsWith(".svg") ? drawn.svg() : drawn.html());
        }
        return 0;
    }

    private Play play(AnalysisOption.Chosen chosen) throws CommandFailure {
        double configured =
                chosen.ratio() == null ? 0 : chosen.ratio().percent().doubleValue();
        double percent = configured > 0 ? configured : USUAL_PERCENT;
        String given = ratio;
        if (given != null) {
            String number = given.endsWith("%") ? given.substring(0, given.length() - 1) : given;
            percent = Quantities.number("--ratio", number, 99.99);
            Quantities.expect(percent >= 0.01, "--ratio", given, "a percentage from 0.01 to 99.99");
        }
        long seconds = Quantities.duration("--duration", duration).toSeconds();
        long onsetSeconds =
                onset.equals("0") ? 0 : Quantities.duration("--onset", onset).toSeconds();
        Quantities.expect(seconds <= MOST_SECONDS, "--duration", duration, "at most 7d");
        Quantities.expect(onsetSeconds < seconds, "--onset", onset, "before the release ends, see --duration");
        double perSecond = Quantities.rate("--rate", rate, 0.01, 20_000);
        return new Play(perSecond, percent, (int) seconds, (int) onsetSeconds);
    }

    private List<Kind> kinds() throws CommandFailure {
        List<Kind> kinds = new ArrayList<>();
        Service anyway = service(Scenario.NO_CHANGE);
        kinds.add(new Kind("no change", Regression.of(Scenario.NO_CHANGE), anyway));
        boolean isStated = canaryErrorRate != null || canaryLatency != null;
        if (isStated) {
            kinds.add(stated(anyway));
        }
        for (Scenario scenario : wanted(isStated)) {
            if (scenario != Scenario.NO_CHANGE) {
                kinds.add(new Kind(scenario.label(), Regression.of(scenario), service(scenario)));
            }
        }
        return kinds;
    }

    private Kind stated(Service anyway) throws CommandFailure {
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
        return new Kind(String.join(", ", words), new Regression(Scenario.NO_CHANGE, more, slowdown), anyway);
    }

    private Service service(Scenario scenario) throws CommandFailure {
        Service usual = Service.of(scenario);
        return new Service(
                errorRate == null ? usual.errorRate() : Quantities.share("--error-rate", errorRate),
                latencyMedian == null ? usual.medianMillis() : Quantities.millis("--latency-median", latencyMedian),
                Quantities.number("--noise", noise, 10),
                Quantities.number("--incidents", incidents, 1000));
    }

    private Set<Scenario> wanted(boolean isStated) throws CommandFailure {
        Set<Scenario> wanted = new LinkedHashSet<>();
        if (scenarios.isEmpty() && !isStated) {
            wanted.addAll(USUAL);
        }
        for (String name : scenarios) {
            List<Scenario> named = Arrays.stream(Scenario.values())
                    .filter(scenario -> name.equals("all") || scenario.label().equals(name))
                    .toList();
            Quantities.expect(!named.isEmpty(), "--scenario", name, "all, or one of " + String.join(", ", new Names()));
            wanted.addAll(named);
        }
        return wanted;
    }

    private void warn(AnalysisOption.Chosen chosen, List<Kind> kinds) {
        boolean clicks = kinds.stream().anyMatch(kind -> kind.regression().scenario() == Scenario.CLICKS_DOWN_30);
        boolean judged = chosen.spec().checks().stream().anyMatch(check -> "click".equals(check.custom()));
        if (clicks && !judged) {
            terminal.err()
                    .println("halftone: no check judges custom:click, which clicksDown30 is about (see --config)");
        }
    }

    private String setting(AnalysisOption.Chosen chosen, Play play) throws CommandFailure {
        Service service = service(Scenario.NO_CHANGE);
        double canaryRate = play.requestsPerSecond() * play.percent() / 100;
        return Words.plain(play.requestsPerSecond()) + " requests/s, " + Words.plain(play.percent())
                + " % on the canary (" + Words.plain(canaryRate) + "/s); median "
                + Words.plain(service.medianMillis()) + " ms, " + Words.percent(service.errorRate())
                + " errors; onset after " + Words.time(play.onset()) + " of " + Words.time(play.seconds()) + "; "
                + Words.count(runs, "run") + " each, seed " + seed + "; " + chosen.name();
    }

    private List<Trials> run(AnalysisOption.Chosen chosen, Play play, List<Kind> kinds) throws IOException {
        List<Trials> trials = kinds.stream()
                .map(kind -> new Trials(kind.label(), kind.regression().isBad(), play.seconds()))
                .collect(Collectors.toCollection(ArrayList::new));
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), SimulateCommand::thread);
        Progress progress = Progress.on(terminal);
        try {
            ExecutorCompletionService<Runnable> done = new ExecutorCompletionService<>(threads);
            int all = kinds.size() * runs;
            for (int number = 0; number < all; number++) {
                Kind kind = kinds.get(number / runs);
                Trials of = trials.get(number / runs);
                long runSeed = seed + number % runs;
                done.submit(() -> {
                    Simulation.Result result = new Simulation(
                                    kind.regression(),
                                    kind.service(),
                                    play.requestsPerSecond(),
                                    play.percent() / 100,
                                    runSeed,
                                    play.seconds(),
                                    play.onset())
                            .run(chosen.spec());
                    return () -> of.add(result);
                });
            }
            for (int ended = 1; ended <= all; ended++) {
                done.take().get().run();
                progress.update((double) ended / all, "of " + all + " releases");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a release could not be played", e.getCause());
        } finally {
            threads.shutdownNow();
            progress.clear();
        }
        return trials;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "halftone-simulate");
        thread.setDaemon(true);
        return thread;
    }
}
