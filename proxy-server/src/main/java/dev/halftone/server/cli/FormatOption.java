package dev.halftone.server.cli;

import picocli.CommandLine.Option;

/** In which form a backtest or a simulation is told. */
final class FormatOption {
    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); a series as csv: each line scored.")
    private SeriesReport.Format format = SeriesReport.Format.text;

    @Option(names = "--json", description = "The same as --format json.")
    private boolean json;

    SeriesReport.Format chosen() throws CommandFailure {
        Quantities.expect(!json || format != SeriesReport.Format.csv, "--format", "csv and --json", "one of them");
        return json ? SeriesReport.Format.json : format;
    }
}
