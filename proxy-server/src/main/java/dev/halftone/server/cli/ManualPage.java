package dev.halftone.server.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The commands and options as a page in the language of man(7). One thread, one page. */
final class ManualPage {
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "HALFTONE_DEBUG", "1: unexpected errors show their stack trace.",
            "HALFTONE_LOG_LEVEL", "INFO unless set: ERROR, WARN, INFO, DEBUG or TRACE.",
            "HALFTONE_JAVA_OPTS", "Options for the Java machine.");

    private final StringBuilder page = new StringBuilder();

    String of(CommandSpec root) {
        macro("TH HALFTONE 1 \"\" \"halftone " + ProductVersion.text() + "\" \"User Commands\"");
        macro("SH NAME");
        text("halftone - gray-release HTTP proxy that watches both versions and rolls back by itself");
        macro("SH SYNOPSIS");
        text("halftone COMMAND [OPTION]... [ARGUMENT]...");
        macro("SH COMMANDS");
        root.subcommands().values().forEach(this::command);
        macro("SH EXIT STATUS");
        item("0", "Done.");
        item("1", "Failed, or a negative verdict.");
        item("2", "Wrong usage or invalid configuration.");
        macro("SH ENVIRONMENT");
        ENVIRONMENT.keySet().stream().sorted().forEach(name -> item(name, ENVIRONMENT.getOrDefault(name, "")));
        macro("SH SIGNALS");
        item("SIGHUP", "halftone serve reads its file again. A bad file is refused whole; what ran goes on.");
        item("SIGTERM", "halftone serve takes no new connections, ends what is under way, and stops.");
        return page.toString();
    }

    private void command(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        if (spec.usageMessage().hidden()) {
            return;
        }
        macro("SS " + escaped(spec.name()));
        text(command.getHelp().synopsis(0).strip().replaceAll("\\s+", " "));
        for (String line : spec.usageMessage().description()) {
            macro("br");
            text(line);
        }
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            item(parameter.paramLabel(), described(parameter));
        }
        for (OptionSpec option : spec.options()) {
            item(String.join(", ", option.names()) + value(option), described(option));
        }
        examples(spec.usageMessage().footer());
    }

    private void examples(String[] lines) {
        if (lines.length == 0) {
            return;
        }
        macro("PP");
        macro("nf");
        for (String line : lines) {
            if (!line.isEmpty()) {
                text(line.replace("%%", "%"));
            }
        }
        macro("fi");
    }

    private static String value(OptionSpec option) {
        return option.arity().max() == 0 ? "" : " " + option.paramLabel();
    }

    private static String described(ArgSpec argument) {
        return String.join(" ", List.of(argument.description()));
    }

    private void item(String term, String description) {
        macro("TP");
        page.append("\\fB").append(escaped(term)).append("\\fR\n");
        text(description);
    }

    private void macro(String macro) {
        page.append('.').append(macro).append('\n');
    }

    /** A line of text; one that begins like a macro is none. */
    private void text(String line) {
        boolean looksLikeMacro = line.startsWith(".") || line.startsWith("'");
        page.append(looksLikeMacro ? "\\&" : "").append(escaped(line)).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\e").replace("-", "\\-");
    }
}
