package dev.halftone.server.cli;

import dev.halftone.core.analysis.DetectorSpec;
import dev.halftone.core.analysis.DetectorSpec.Side;
import dev.halftone.core.backtest.BadLine;
import dev.halftone.core.backtest.SeriesBacktest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the checks over recorded data in made-up time. What kind of data a file holds, its header line tells. */
@Command(
        sortOptions = false,
        description = {
            "Runs a detector over a recorded monitoring series in made-up time and tells its anomalies.",
            "The file is CSV with a header: timestamp (seconds or ISO 8601) and one or more columns of numbers."
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

    @Parameters(paramLabel = "FILE.csv", description = "The recorded data.")
    private Path file = Path.of("");

    @Option(names = "--column", paramLabel = "NAME", description = "Which column is judged (default: the first).")
    private @Nullable String column;

    @Option(
            names = "--detector",
            paramLabel = "NAME",
            defaultValue = "stream",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); see docs/checks.md.")
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

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text: the anomalies; csv: a scored line for each line; json: the anomalies.")
    private SeriesReport.Format format = SeriesReport.Format.text;

    BacktestCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        DetectorSpec spec = spec();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String header = lines.readLine();
            if (header == null || header.isBlank()) {
                throw CommandFailure.invalid(file + ": empty (expected: a header line, then one line for each value)");
            }
            SeriesBacktest backtest = new SeriesBacktest(spec, withoutMark(header), column);
            runSeries(backtest, lines, new SeriesReport(format, terminal.out(), backtest.column(), spec.label()));
        } catch (BadLine e) {
            terminal.out().flush();
            throw CommandFailure.invalid(file + ": " + e.getMessage());
        } catch (NoSuchFileException e) {
            throw CommandFailure.invalid(file + ": no such file (expected: a CSV file)");
        } catch (CharacterCodingException e) {
            throw CommandFailure.invalid(file + ": not UTF-8 (expected: a CSV file)");
        }
        return 0;
    }

    private static void runSeries(SeriesBacktest backtest, BufferedReader lines, SeriesReport report)
            throws IOException, BadLine {
        report.begin();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            report.add(backtest.next(line));
        }
        report.end();
    }

    /** Some programs put a byte order mark before the header. */
    private static String withoutMark(String header) {
        return header.startsWith("\uFEFF") ? header.substring(1) : header;
    }

    private DetectorSpec spec() throws CommandFailure {
        expect(points >= 2 && points <= 1000, "--points", points, "2..1000");
        expect(sigma > 0 && sigma <= 100, "--sigma", sigma, "above 0, at most 100");
        expect(alpha > 0 && alpha <= 1, "--alpha", alpha, "above 0, at most 1");
        expect(
                detector != DetectorName.threshold || min != null || max != null,
                "--detector",
                "threshold without limit",
                "--min or --max");
        return switch (detector) {
            case stream -> new DetectorSpec.Stream();
            case movingAverage -> new DetectorSpec.MovingAverage(points, sigma, side());
            case ewma -> new DetectorSpec.Ewma(alpha, sigma, side());
            case decomposition -> new DetectorSpec.Decomposition(period(), sigma, side());
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

    private Duration period() throws CommandFailure {
        boolean known = period.matches("[1-9][0-9]{0,5}[smhd]");
        expect(known, "--period", period, "a duration as 90s, 60m, 24h or 7d");
        long number = Long.parseLong(period.substring(0, period.length() - 1));
        return switch (period.charAt(period.length() - 1)) {
            case 's' -> Duration.ofSeconds(number);
            case 'm' -> Duration.ofMinutes(number);
            case 'h' -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    private static void expect(boolean holds, String option, Object given, String expected) throws CommandFailure {
        if (!holds) {
            throw CommandFailure.invalid(option + ": " + given + " (expected: " + expected + ")");
        }
    }
}
