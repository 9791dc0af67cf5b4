package dev.halftone.server.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The word that ends a release well. */
@Command(sortOptions = false)
final class PromoteCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "ROUTE", description = "The route's name.")
    private String route = "";

    @Option(
            names = "--variant",
            paramLabel = "NAME",
            description = "Of an A/B test: who gets everybody; needed while none of several has won.")
    private @Nullable String variant;

    @Mixin
    private ReasonOption reason = new ReasonOption();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    PromoteCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        Map<String, Object> body = new HashMap<>();
        body.put("reason", reason.text());
        if (variant != null) {
            body.put("variant", variant);
        }
        String action = OperatorCommand.Action.PROMOTE.label();
        new ChangeLine(terminal)
                .print(admin.client().send("POST", AdminClient.routePath(route, action), body), admin.json());
        return 0;
    }
}
