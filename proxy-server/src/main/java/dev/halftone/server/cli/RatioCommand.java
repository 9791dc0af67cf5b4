package dev.halftone.server.cli;

import dev.halftone.core.Ratio;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Sets the ratio of a running release. */
@Command(
        sortOptions = false,
        description =
                "Sets the percent of users on the canary, from the next request on. It stands in place of the file's"
                        + " ratio until 'resume' or a new release.",
        footer = {
            "",
            "Examples:",
            "  halftone ratio shop 5",
            "  halftone ratio shop 0.25 --reason \"the first customers\" --admin http://10.0.0.5:9901 --token-file token"
        })
final class RatioCommand extends HelpOption implements Callable<Integer> {
    private static final Pattern PERCENT = Pattern.compile("\\d{1,3}(\\.\\d{1,2})?");

    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "ROUTE", description = "The route's name.")
    private String route = "";

    @Parameters(index = "1", paramLabel = "N", description = "Percent of users, 0..100, at most two decimals.")
    private String percent = "";

    @Mixin
    private ReasonOption reason = new ReasonOption();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    RatioCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ratio", parse(percent).percent());
        body.put("reason", reason.text());
        AdminClient.Answer answer = admin.client().send("PUT", AdminClient.routePath(route, "ratio"), body);
        new ChangeLine(terminal).print(answer, admin.json());
        return 0;
    }

    private static Ratio parse(String percent) throws CommandFailure {
        if (PERCENT.matcher(percent).matches()) {
            BigDecimal number = new BigDecimal(percent);
            if (number.compareTo(BigDecimal.valueOf(100)) <= 0) {
                return Ratio.ofPercent(number);
            }
        }
        throw CommandFailure.invalid("ratio: " + percent + " (expected: 0..100, at most two decimals)");
    }
}
