package dev.halftone.server.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Starts a release under a new name. */
@Command(
        sortOptions = false,
        description =
                "Starts a new release on a route at the file's ratio. A new name draws other users; the same name again"
                        + " changes nothing.",
        footer = {
            "",
            "Examples:",
            "  halftone release shop v3",
            "  halftone release shop v3 --reason \"the cart is mended\" --json"
        })
final class ReleaseCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "ROUTE", description = "The route's name.")
    private String route = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "The new release's name, as v3.")
    private String release = "";

    @Mixin
    private ReasonOption reason = new ReasonOption();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    ReleaseCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("release", release);
        body.put("reason", reason.text());
        AdminClient.Answer answer = admin.client().send("POST", AdminClient.routePath(route, "releases"), body);
        new ChangeLine(terminal).print(answer, admin.json());
        return 0;
    }
}
