package dev.halftone.server.cli;

import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.backtest.BadLine;
import dev.halftone.core.backtest.RequestBacktest;
import dev.halftone.core.backtest.SeriesBacktest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Runs the checks over recorded data in made-up time. What kind of data a file holds, its header line tells. */
@Command(
        sortOptions = false,
        description = {
            "Runs the checks over recorded data in made-up time. The file is CSV; what it holds, its header tells.",
            "",
            "Requests (timestamp,user,version,status,latencyMs and further columns of numbers, which are custom metrics): the"
                    + " whole analysis of a route, caps on users included. Tells each verdict that changes, and the"
                    + " rollback; then the exit status is 1.",
            "A monitoring series (timestamp and one or more columns of numbers): one detector. Tells its anomalies.",
            "",
            "A timestamp is seconds or ISO 8601, lines come in the order of time."
        },
        footer = {
            "",
            "Examples:",
            "  halftone backtest requests.csv --config halftone.yaml --route shop",
            "  halftone backtest requests.csv --json",
            "  halftone backtest cpu.csv --column cpu --detector movingAverage --sigma 4 --format csv"
        })
final class BacktestCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    /** The words of the configuration. */
    enum DetectorName {
        stream,
        movingAverage,
        ewma,
        decomposition,
        threshold
    }

    private static final List<String> OF_SERIES =
            List.of("--column", "--detector", "--points", "--sigma", "--alpha", "--period", "--side", "--min", "--max");

    @Parameters(paramLabel = "FILE.csv", description = "The recorded data.")
    private Path file = Path.of("");

    @Mixin
    private AnalysisOption analysis = new AnalysisOption();

    @Spec
    private @Nullable CommandSpec command;

    @Option(
            names = "--column",
            paramLabel = "NAME",
            description = "Series: which column is judged (default: the first).")
    private @Nullable String column;

    @Option(
            names = "--detector",
            paramLabel = "NAME",
            defaultValue = "stream",
            description = "Series: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); see docs/checks.md.")
    private DetectorName detector = DetectorName.stream;

    @Option(names = "--points", paramLabel = "N", description = "movingAverage: points before the judged one, 2..1000.")
    private int points = 10;

    @Option(names = "--sigma", paramLabel = "K", description = "Width in standard deviations, above 0 (default: 3).")
    private double sigma = 3;

    @Option(names = "--alpha", paramLabel = "A", description = "ewma: weight of the newest point (default: 0.3).")
    private double alpha = 0.3;

    @Option(
            names = "--period",
            paramLabel = "TIME",
            description = "decomposition: length of the season (default: 24h).")
    private String period = "24h";

    @Option(
            names = "--side",
            paramLabel = "SIDE",
            description = "Which direction is bad: above, below, both (default).")
    private String side = "both";

    @Option(names = "--min", paramLabel = "X", description = "threshold: anomaly below.")
    private @Nullable Double min;

    @Option(names = "--max", paramLabel = "X", description = "threshold: anomaly above.")
    private @Nullable Double max;

    @Mixin
    private FormatOption format = new FormatOption();

    BacktestCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String header = lines.readLine();
            if (header == null || header.isBlank()) {
                throw CommandFailure.invalid(file + ": empty (expected: a header line, then one line for each value)");
            }
            String columns = withoutMark(header);
            return RequestBacktest.isOfRequests(columns) ? requests(columns, lines) : series(columns, lines);
        } catch (NoSuchFileException e) {
            throw CommandFailure.invalid(file + ": no such file (expected: a CSV file)");
        } catch (CharacterCodingException e) {
            throw CommandFailure.invalid(file + ": not UTF-8 (expected: a CSV file)");
        }
    }

    private int requests(String header, BufferedReader lines) throws CommandFailure, IOException {
        refuse(OF_SERIES, "is for a monitoring series, " + file + " holds requests", "--config and --route");
        Progress progress = Progress.on(terminal);
        RequestReport report = new RequestReport(format.chosen(), terminal, progress);
        try {
            RequestBacktest backtest = new RequestBacktest(analysis.load().spec(), header, report::add);
            report.begin(backtest.missingColumns());
            long size = Files.size(file);
            long read = header.length();
            boolean goesOn = true;
            for (String line = lines.readLine(); goesOn && line != null; line = lines.readLine()) {
                goesOn = backtest.next(line);
                read += line.length() + 1;
                progress.update((double) read / size, "of " + file);
            }
            RequestBacktest.End end = backtest.end();
            report.end(end);
            return end.rollback() == null ? 0 : CommandFailure.FAILED;
        } catch (BadLine e) {
            progress.clear();
            terminal.out().flush();
            throw CommandFailure.invalid(file + ":" + e.line() + ": " + e.problem());
        }
    }

    private void refuse(List<String> options, String why, String expected) throws CommandFailure {
        ParseResult given = Objects.requireNonNull(command).commandLine().getParseResult();
        for (String option : options) {
            Quantities.expect(!given.hasMatchedOption(option), option, why, expected);
        }
    }

    private int series(String header, BufferedReader lines) throws CommandFailure, IOException {
        DetectorSpec spec = spec();
        refuse(AnalysisOption.NAMES, "is for requests, " + file + " holds a monitoring series", "--detector");
        try {
            SeriesBacktest backtest = new SeriesBacktest(spec, header, column);
            Progress progress = Progress.on(terminal);
            SeriesReport report =
                    new SeriesReport(format.chosen(), terminal, progress, backtest.column(), spec.label());
            runSeries(backtest, lines, report, progress);
        } catch (BadLine e) {
            terminal.out().flush();
            throw CommandFailure.invalid(file + ": " + e.getMessage());
        }
        return 0;
    }

    private void runSeries(SeriesBacktest backtest, BufferedReader lines, SeriesReport report, Progress progress)
            throws IOException, BadLine {
        report.begin();
        long size = Files.size(file);
        long read = 0;
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                report.add(backtest.next(line));
                read += line.length() + 1;
                progress.update((double) read / size, "of " + file);
            }
        } finally {
            progress.clear();
        }
        report.end();
    }

    /** Some programs put a byte order mark before the header. */
    private static String withoutMark(String header) {
        return header.startsWith("\uFEFF") ? header.substring(1) : header;
    }

    private DetectorSpec spec() throws CommandFailure {
        Quantities.expect(points >= 2 && points <= 1000, "--points", points, "2..1000");
        Quantities.expect(sigma > 0 && sigma <= 100, "--sigma", sigma, "above 0, at most 100");
        Quantities.expect(alpha > 0 && alpha <= 1, "--alpha", alpha, "above 0, at most 1");
        Quantities.expect(
                detector != DetectorName.threshold || min != null || max != null,
                "--detector",
                "threshold without limit",
                "--min or --max");
        return switch (detector) {
            case stream -> new DetectorSpec.Stream();
            case movingAverage -> new DetectorSpec.MovingAverage(points, sigma, side());
            case ewma -> new DetectorSpec.Ewma(alpha, sigma, side());
            case decomposition ->
                new DetectorSpec.Decomposition(Quantities.duration("--period", period), sigma, side());
            case threshold -> new DetectorSpec.Threshold(min, max);
        };
    }

    private Side side() throws CommandFailure {
        for (Side known : Side.values()) {
            if (known.label().equals(side)) {
                return known;
            }
        }
        throw CommandFailure.invalid("--side: " + side + " (expected: above, below or both)");
    }
}
