package dev.halftone.server.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** One of the words by which an operator steers a release. */
@Command(sortOptions = false)
final class OperatorCommand extends HelpOption implements Callable<Integer> {
    /** The words, as the admin API has them. */
    enum Action {
        PAUSE("pause", "Holds the release where it is. The checks go on; a breach still rolls back."),
        RESUME("resume", "Goes on with a paused release; the file's ratio holds again."),
        PROMOTE("promote", "Sends everybody to the canary: the release is done."),
        ROLLBACK("rollback", "Sends everybody to stable from the next request on. The release does not start again."),
        ABORT("abort", "Gives the release up: everybody to stable, without blaming it on the canary.");

        private final String label;
        private final String description;

        Action(String label, String description) {
            this.label = label;
            this.description = description;
        }

        String label() {
            return label;
        }

        String description() {
            return description;
        }

        String[] examples() {
            return new String[] {
                "",
                "Examples:",
                "  halftone " + label + " shop",
                "  halftone " + label + " shop --reason \"carts are empty\" --json"
            };
        }
    }

    private final Action action;
    private final Terminal terminal;

    @Parameters(paramLabel = "ROUTE", description = "The route's name.")
    private String route = "";

    @Mixin
    private ReasonOption reason = new ReasonOption();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    OperatorCommand(Action action, Terminal terminal) {
        this.action = action;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        AdminClient.Answer answer = admin.client()
                .send("POST", AdminClient.routePath(route, action.label()), Map.of("reason", reason.text()));
        new ChangeLine(terminal).print(answer, admin.json());
        return 0;
    }
}
