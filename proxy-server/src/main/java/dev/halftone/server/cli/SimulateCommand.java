package dev.halftone.server.cli;

import dev.halftone.core.backtest.Ramp;
import dev.halftone.core.backtest.RampRun;
import dev.halftone.core.backtest.RampTrials;
import dev.halftone.core.backtest.Scenario;
import dev.halftone.core.backtest.Service;
import dev.halftone.core.backtest.Simulation;
import dev.halftone.core.backtest.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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
            "With --ramps the releases go from nobody to everybody along each of these ramps, by the same seeds: how fast are"
                    + " the good ones there, whom do the bad ones harm.",
            "Beside the regression the same service is always played without one. The same seed gives the same figures.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  halftone simulate --rate 100/s --ratio 10 --error-rate 1%% --canary-error-rate 3%% --canary-latency +20%%",
            "  halftone simulate --config halftone.yaml --route shop --scenario all --runs 100 --plot releases.html",
            "  halftone simulate --config halftone.yaml --route shop --rate 40/s --ramps route,auto,fixed10m --plot ramps.html"
        })
final class SimulateCommand extends HelpOption implements Callable<Integer> {
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
            description = "Percent of users on the canary (default: the route's, or 10); not along ramps.")
    private @Nullable String ratio;

    @Mixin
    private KindOptions kinds = new KindOptions();

    @Mixin
    private RampOption ramps = new RampOption();

    @Option(
            names = "--onset",
            paramLabel = "TIME",
            description = "When the regression begins, after the release (default: 15m; along ramps 0).")
    private @Nullable String onset;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description =
                    "How long each release is watched, at most 7d (default: 1h; along ramps twice the longest's holds,"
                            + " at least 2h).")
    private @Nullable String duration;

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
            description = "Draw the rollbacks, or the ramps, over time too: FILE.svg, or FILE.html for a page.")
    private @Nullable Path plot;

    /** How each of them is played. */
    private record Play(double requestsPerSecond, int seconds, int onset) {}

    SimulateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        AnalysisOption.Chosen chosen = analysis.load();
        Quantities.expect(runs >= 1 && runs <= MOST_RUNS, "--runs", runs, "1.." + MOST_RUNS);
        List<ReleaseKind> wanted = kinds.kinds(ramps.isGiven());
        Path file = plot;
        boolean drawable = file == null || file.toString().matches(".*\\.(svg|html)");
        SeriesReport.Format told = format.chosen();
        Quantities.expect(drawable, "--plot", String.valueOf(file), "a file that ends in .svg or .html");
        Picture drawn = ramps.isGiven() ? alongRamps(chosen, wanted, told) : atRatio(chosen, wanted, told);
        if (file != null) {
            Files.writeString(file, file.toString().endsWith(".svg") ? drawn.svg() : drawn.html());
        }
        return 0;
    }

    private Picture atRatio(AnalysisOption.Chosen chosen, List<ReleaseKind> wanted, SeriesReport.Format told)
            throws CommandFailure, IOException {
        double percent = percent(chosen);
        Play play = play(Duration.ofHours(1), "15m");
        String setting = setting(chosen, play, percent);
        warn(chosen, wanted);
        List<Trials> trials = trials(chosen, play, percent, wanted);
        int watched = play.seconds() - play.onset();
        print(new SimulateReport(setting, watched, trials).as(told));
        List<String> words = wanted.stream().map(ReleaseKind::words).toList();
        return new RollbackPlot(setting, watched, play.seconds(), trials, words).drawn();
    }

    private Picture alongRamps(AnalysisOption.Chosen chosen, List<ReleaseKind> wanted, SeriesReport.Format told)
            throws CommandFailure, IOException {
        Quantities.expect(ratio == null, "--ratio", ratio + " beside --ramps", "one of them, as ramps set the ratio");
        List<Ramp> along = ramps.ramps(chosen);
        Play play = play(enough(along), "0");
        warn(chosen, wanted);
        List<RampRelease> releases = releases(chosen, play, wanted, along);
        String setting = setting(chosen, play);
        print(new RampReport(setting, along, RampOption.leftOut(along, chosen), releases).as(told));
        return new RampPlot(setting, releases).drawn();
    }

    /** Twice what the longest ramp takes at least, in whole hours, within limits. */
    private static Duration enough(List<Ramp> along) {
        long longest = along.stream()
                .mapToLong(ramp -> ramp.leastTime().toSeconds())
                .max()
                .orElse(0);
        long hours = Math.max(2, (2 * longest + 3599) / 3600);
        return Duration.ofSeconds(Math.min(MOST_SECONDS, hours * 3600));
    }

    private void print(String text) {
        terminal.out().print(text);
        terminal.out().flush();
    }

    private double percent(AnalysisOption.Chosen chosen) throws CommandFailure {
        String given = ratio;
        if (given != null) {
            String number = given.endsWith("%") ? given.substring(0, given.length() - 1) : given;
            double percent = Quantities.number("--ratio", number, 99.99);
            Quantities.expect(percent >= 0.01, "--ratio", given, "a percentage from 0.01 to 99.99");
            return percent;
        }
        double configured =
                chosen.ratio() == null ? 0 : chosen.ratio().percent().doubleValue();
        return configured > 0 ? configured : USUAL_PERCENT;
    }

    private Play play(Duration usualDuration, String usualOnset) throws CommandFailure {
        Duration watched = duration == null ? usualDuration : Quantities.duration("--duration", duration);
        String begins = onset == null ? usualOnset : onset;
        long onsetSeconds =
                begins.equals("0") ? 0 : Quantities.duration("--onset", begins).toSeconds();
        Quantities.expect(watched.toSeconds() <= MOST_SECONDS, "--duration", String.valueOf(duration), "at most 7d");
        Quantities.expect(
                onsetSeconds < watched.toSeconds(), "--onset", begins, "before the release ends, see --duration");
        double perSecond = Quantities.rate("--rate", rate, 0.01, 20_000);
        return new Play(perSecond, (int) watched.toSeconds(), (int) onsetSeconds);
    }

    private void warn(AnalysisOption.Chosen chosen, List<ReleaseKind> wanted) {
        boolean clicks = wanted.stream().anyMatch(kind -> kind.regression().scenario() == Scenario.CLICKS_DOWN_30);
        boolean judged = chosen.spec().checks().stream().anyMatch(check -> "click".equals(check.custom()));
        if (clicks && !judged) {
            terminal.err()
                    .println("halftone: no check judges custom:click, which clicksDown30 is about (see --config)");
        }
    }

    private String setting(AnalysisOption.Chosen chosen, Play play, double percent) throws CommandFailure {
        double canaryRate = play.requestsPerSecond() * percent / 100;
        String onCanary = ", " + Words.plain(percent) + " % on the canary (" + Words.plain(canaryRate) + "/s)";
        String when = "onset after " + Words.time(play.onset()) + " of " + Words.time(play.seconds());
        return setting(chosen, play, onCanary, when);
    }

    private String setting(AnalysisOption.Chosen chosen, Play play) throws CommandFailure {
        String when = play.onset() == 0 ? "bad from the first request on" : "onset after " + Words.time(play.onset());
        return setting(chosen, play, "", when + ", at most " + Words.time(play.seconds()));
    }

    private String setting(AnalysisOption.Chosen chosen, Play play, String onCanary, String when)
            throws CommandFailure {
        Service service = kinds.service(Scenario.NO_CHANGE);
        return Words.plain(play.requestsPerSecond()) + " requests/s" + onCanary + "; median "
                + Words.plain(service.medianMillis()) + " ms, " + Words.percent(service.errorRate()) + " errors; "
                + when
                + "; " + Words.count(runs, "run") + " each, seed " + seed + "; " + chosen.name();
    }

    private List<Trials> trials(AnalysisOption.Chosen chosen, Play play, double percent, List<ReleaseKind> wanted)
            throws IOException {
        List<Trials> trials = new ArrayList<>();
        List<Callable<Runnable>> releases = new ArrayList<>();
        for (ReleaseKind kind : wanted) {
            Trials of = new Trials(kind.label(), kind.regression().isBad(), play.seconds());
            trials.add(of);
            for (int run = 0; run < runs; run++) {
                long runSeed = seed + run;
                releases.add(() -> {
                    Simulation.Result result =
                            release(kind, play, percent / 100, runSeed).run(chosen.spec());
                    return () -> of.add(result);
                });
            }
        }
        AllCores.play(terminal, releases);
        return trials;
    }

    private List<RampRelease> releases(
            AnalysisOption.Chosen chosen, Play play, List<ReleaseKind> wanted, List<Ramp> along) throws IOException {
        List<RampRelease> releases = new ArrayList<>();
        List<Callable<Runnable>> plays = new ArrayList<>();
        for (ReleaseKind kind : wanted) {
            boolean bad = kind.regression().isBad();
            List<RampTrials> trials =
                    along.stream().map(ramp -> new RampTrials(ramp.name(), bad)).toList();
            releases.add(new RampRelease(kind.label(), kind.words(), bad, trials));
            for (int number = 0; number < along.size() * runs; number++) {
                Ramp ramp = along.get(number / runs);
                RampTrials of = trials.get(number / runs);
                long runSeed = seed + number % runs;
                plays.add(() -> {
                    RampRun.Result result = RampRun.play(ramp, chosen.spec(), release(kind, play, 0, runSeed));
                    return () -> of.add(result);
                });
            }
        }
        AllCores.play(terminal, plays);
        return releases;
    }

    private static Simulation release(ReleaseKind kind, Play play, double share, long seed) {
        return new Simulation(
                kind.regression(), kind.service(), play.requestsPerSecond(), share, seed, play.seconds(), play.onset());
    }
}
