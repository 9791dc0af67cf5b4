package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.Problem;
import dev.halftone.server.config.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Validates a configuration file. */
@Command(
        sortOptions = false,
        description = "Validates a configuration: prints every problem at once, as file:line:column: path: problem.",
        footer = {"", "Examples:", "  halftone check -c halftone.yaml", "  halftone check -c halftone.yaml --json"})
final class CheckCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Mixin
    private JsonOption json = new JsonOption();

    CheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        Result result = ConfigLoader.load(config.file());
        if (json.isOn()) {
            JsonOption.print(terminal, json(result));
            return result instanceof Result.Loaded ? 0 : CommandFailure.INVALID;
        }
        Result.Loaded loaded = ConfigOption.loaded(result);
        loaded.warnings().forEach(warning -> terminal.warning(warning.toString()));
        Settings settings = loaded.settings();
        terminal.out()
                .println(config.file() + ": " + terminal.good("ok") + " ("
                        + Words.count(settings.listeners().size(), "listener") + ", "
                        + Words.count(settings.upstreams().size(), "upstream") + ", "
                        + Words.count(settings.routes().size(), "route") + ")");
        return 0;
    }

    private JsonNode json(Result result) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("file", config.file().toString());
        node.put("ok", result instanceof Result.Loaded);
        ArrayNode problems = node.putArray("problems");
        ArrayNode warnings = node.putArray("warnings");
        if (result instanceof Result.Rejected rejected) {
            rejected.problems().forEach(problem -> add(problems, problem));
        } else if (result instanceof Result.Loaded loaded) {
            loaded.warnings().forEach(warning -> add(warnings, warning));
        }
        return node;
    }

    private static void add(ArrayNode list, Problem problem) {
        ObjectNode node = list.addObject().put("file", problem.file());
        node.put("line", problem.line() > 0 ? problem.line() : null);
        node.put("column", problem.line() > 0 ? problem.column() : null);
        node.put("path", problem.path());
        node.put("problem", problem.problem()).put("expected", problem.expected());
    }
}
