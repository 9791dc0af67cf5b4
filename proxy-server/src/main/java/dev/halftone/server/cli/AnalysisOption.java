package dev.halftone.server.cli;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.rollout.Plan;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.RouteSettings;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which checks judge made-up time: those of a configured route, or the default ones. */
final class AnalysisOption {
    static final List<String> NAMES = List.of("--config", "--route");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Judge by the checks of this configuration (default: the checks of a route that names none).")
    private @Nullable Path file;

    @Option(names = "--route", paramLabel = "R", description = "The route in it (default: the only one with a canary).")
    private @Nullable String route;

    /**
     * What was chosen.
     *
     * @param name of the route, or {@code default checks}
     * @param ratio what the route wants; null without a configuration
     * @param route its name; null without a configuration
     * @param plan of the route; null without a configuration, and for a plain ratio
     */
    record Chosen(
            AnalysisSpec spec,
            String name,
            @Nullable Ratio ratio,
            @Nullable String route,
            @Nullable Plan plan) {}

    Chosen load() throws CommandFailure {
        Path present = file;
        if (present == null) {
            Quantities.expect(route == null, "--route", "without configuration", "with --config FILE");
            return new Chosen(AnalysisSpec.DEFAULT, "default checks", null, null, null);
        }
        RouteSettings found =
                found(ConfigOption.loaded(ConfigLoader.load(present)).settings().routes(), present);
        GraySettings gray = found.gray();
        if (gray == null) {
            throw CommandFailure.invalid(
                    "--route: " + found.name() + " has no canary (expected: a route with a release)");
        }
        return new Chosen(
                gray.analysis(),
                "checks of route " + found.name(),
                gray.ratio(),
                found.name(),
                gray.rollout().plan());
    }

    private RouteSettings found(List<RouteSettings> routes, Path config) throws CommandFailure {
        List<RouteSettings> candidates = routes.stream()
                .filter(candidate -> route == null
                        ? candidate.gray() != null
                        : candidate.name().equals(route))
                .toList();
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        String names =
                String.join(" or ", routes.stream().map(RouteSettings::name).toList());
        String problem = route != null
                ? "--route: " + route + " is not in " + config
                : config + ": " + Words.count(candidates.size(), "route") + " with a canary";
        throw CommandFailure.invalid(problem + " (expected: --route " + names + ")");
    }
}
