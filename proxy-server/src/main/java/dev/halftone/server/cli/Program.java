package dev.halftone.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
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
    private final CommandLine commands;
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

    /**
     * @param debug whether unexpected errors show their stack trace
     */
    public Program(Launcher launcher, PrintWriter out, PrintWriter err, boolean debug) {
        this.debug = debug;
        terminal = new Terminal(out, err, System.getenv());
        commands = new CommandLine(new Root());
        commands.addSubcommand("demo", new DemoCommand(launcher, terminal))
                .addSubcommand("serve", new ServeCommand(launcher, terminal))
                .addSubcommand("check", new CheckCommand(terminal))
                .addSubcommand("explain", new ExplainCommand(terminal))
                .addSubcommand("backtest", new BacktestCommand(terminal))
                .addSubcommand("simulate", new SimulateCommand(terminal))
                .addSubcommand("status", new StatusCommand(terminal))
                .addSubcommand("history", new HistoryCommand(terminal))
                .addSubcommand("ratio", new RatioCommand(terminal));
        for (OperatorCommand.Action action : OperatorCommand.Action.values()) {
            CommandLine command = new CommandLine(new OperatorCommand(action, terminal));
            command.getCommandSpec()
                    .usageMessage()
                    .description(action.description())
                    .footer(action.examples());
            commands.addSubcommand(action.label(), command);
        }
        commands.addSubcommand("release", new ReleaseCommand(terminal))
                .addSubcommand("schema", new SchemaCommand(terminal))
                .addSubcommand("completion", new CompletionCommand(terminal))
                .addSubcommand("man", new ManualCommand(terminal))
                .addSubcommand("version", new VersionCommand(terminal))
                .addSubcommand("help", new HelpCommand());
        commands.setOut(out)
                .setErr(err)
                .setUsageHelpWidth(100)
                .setUsageHelpAutoWidth(false)
                .setExecutionStrategy(this::execute)
                .setParameterExceptionHandler((problem, args) -> usageProblem(problem))
                .setExecutionExceptionHandler((problem, command, parsed) -> failure(problem, command));
    }

    /** Runs one command. @return the exit status */
    public int run(String... args) {
        if (args.length == 0) {
            commands.usage(commands.getErr());
            return CommandFailure.INVALID;
        }
        int status = commands.execute(args);
        commands.getOut().flush();
        commands.getErr().flush();
        return status;
    }

    private int execute(ParseResult parsed) {
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

    private int failure(Exception problem, CommandLine command) {
        PrintWriter err = command.getErr();
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
