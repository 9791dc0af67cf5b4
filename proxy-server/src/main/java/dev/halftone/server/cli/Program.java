package dev.halftone.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: its commands, how they report errors, and their exit status. One thread. */
public final class Program {
    private final Launcher launcher;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Terminal terminal;
    private final boolean debug;

    /** Every command without its parts: only tells what there is. */
    @Command(
            name = "halftone",
            description = "A gray-release HTTP proxy that watches both versions and rolls back by itself.",
            synopsisSubcommandLabel = "COMMAND",
            footer = {
                "",
                "Exit status: 0 done, 1 failed or negative verdict, 2 wrong usage or invalid configuration.",
                "'halftone help COMMAND' tells more, with examples. First steps: halftone demo, then halftone serve."
            })
    static final class Root implements Runnable {
        @CommandLine.Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Print this text.")
        private boolean help;

        @Override
        public void run() {
            throw new IllegalStateException("no command" + (help ? " but help" : ""));
        }
    }

    /** In the order of the help text. */
    private static final List<String> NAMES = List.of(
            "demo",
            "serve",
            "check",
            "explain",
            "backtest",
            "simulate",
            "status",
            "history",
            "experiment",
            "ratio",
            "pause",
            "resume",
            "promote",
            "rollback",
            "abort",
            "release",
            "schema",
            "completion",
            "man",
            "version",
            "load-classes",
            "help");
    /** These look at all the others. */
    private static final Set<String> OVERVIEWS = Set.of("completion", "man", "help");

    /**
     * @param debug whether unexpected errors show their stack trace
     */
    public Program(Launcher launcher, PrintWriter out, PrintWriter err, boolean debug) {
        this.launcher = launcher;
        this.out = out;
        this.err = err;
        this.debug = debug;
        terminal = new Terminal(out, err, System.getenv());
    }

    /** Runs one command. @return the exit status */
    public int run(String... args) {
        CommandLine commands = commands(args.length == 0 ? "" : args[0]);
        if (args.length == 0) {
            commands.usage(err);
            err.flush();
            return CommandFailure.INVALID;
        }
        int status = commands.execute(args);
        out.flush();
        err.flush();
        return status;
    }

    /** All commands, or only the one that is meant: reading the options of twenty takes longer than most of them run. */
    private CommandLine commands(String meant) {
        CommandLine commands = new CommandLine(new Root());
        boolean alone = NAMES.contains(meant) && !OVERVIEWS.contains(meant);
        for (String name : alone ? List.of(meant) : NAMES) {
            commands.addSubcommand(name, command(name));
        }
        return commands.setOut(out)
                .setErr(err)
                .setUsageHelpWidth(100)
                .setUsageHelpAutoWidth(false)
                .setExecutionStrategy(parsed -> execute(commands, parsed))
                .setParameterExceptionHandler((problem, args) -> usageProblem(problem))
                .setExecutionExceptionHandler((problem, command, parsed) -> failure(problem));
    }

    private Object command(String name) {
        return switch (name) {
            case "demo" -> new DemoCommand(launcher, terminal);
            case "serve" -> new ServeCommand(launcher, terminal);
            case "check" -> new CheckCommand(terminal);
            case "explain" -> new ExplainCommand(terminal);
            case "backtest" -> new BacktestCommand(terminal);
            case "simulate" -> new SimulateCommand(terminal);
            case "status" -> new StatusCommand(terminal);
            case "history" -> new HistoryCommand(terminal);
            case "experiment" -> new ExperimentCommand(terminal);
            case "ratio" -> new RatioCommand(terminal);
            case "release" -> new ReleaseCommand(terminal);
            case "schema" -> new SchemaCommand(terminal);
            case "completion" -> new CompletionCommand(terminal);
            case "man" -> new ManualCommand(terminal);
            case "version" -> new VersionCommand(terminal);
            case "load-classes" -> new LoadClassesCommand(launcher);
            case "help" -> new HelpCommand();
            default -> action(name);
        };
    }

    private CommandLine action(String name) {
        OperatorCommand.Action action = OperatorCommand.Action.valueOf(name.toUpperCase(Locale.ROOT));
        CommandLine command = new CommandLine(
                action == OperatorCommand.Action.PROMOTE
                        ? new PromoteCommand(terminal)
                        : new OperatorCommand(action, terminal));
        command.getCommandSpec()
                .usageMessage()
                .description(action.description())
                .footer(action.examples());
        return command;
    }

    private int execute(CommandLine commands, ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        if (last.commandSpec().userObject() instanceof HelpOption options) {
            terminal.use(options.color());
        }
        commands.setColorScheme(Help.defaultColorScheme(terminal.paint().on() ? Ansi.ON : Ansi.OFF));
        return new CommandLine.RunLast().execute(parsed);
    }

    private static int usageProblem(ParameterException problem) {
        CommandLine command = problem.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("halftone: " + problem.getMessage());
        UnmatchedArgumentException.printSuggestions(problem, err);
        String synopsis = command.getHelp().synopsis(command.getHelp().synopsisHeadingLength());
        err.println("usage: " + synopsis.strip().replaceAll("\\s+", " "));
        err.println("'" + command.getCommandSpec().qualifiedName() + " --help' tells more.");
        return CommandFailure.INVALID;
    }

    private int failure(Exception problem) {
        if (debug) {
            problem.printStackTrace(err);
        }
        if (problem instanceof CommandFailure known) {
            terminal.problems(String.valueOf(known.getMessage()));
            return known.exitStatus();
        }
        terminal.problems("halftone: " + describe(problem));
        return CommandFailure.FAILED;
    }

    private String describe(Exception problem) {
        if (problem instanceof IOException || problem instanceof UncheckedIOException) {
            return oneLine(problem);
        }
        String more = debug ? "" : " (HALFTONE_DEBUG=1 shows where)";
        return "internal error: " + problem.getClass().getSimpleName() + ": " + oneLine(problem) + more;
    }

    private static String oneLine(Exception problem) {
        String message = problem.getMessage();
        return message == null
                ? problem.getClass().getSimpleName()
                : message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
