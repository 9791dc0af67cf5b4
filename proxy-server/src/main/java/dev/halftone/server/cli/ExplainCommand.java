package dev.halftone.server.cli;

import dev.halftone.core.routing.Explanation;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.SampleRequest;
import dev.halftone.server.admin.ExplanationJson;
import dev.halftone.server.config.Nearest;
import dev.halftone.server.config.Settings;
import dev.halftone.server.config.Settings.GraySettings;
import dev.halftone.server.config.Settings.RouteSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Answers from the file alone which version a request would get. */
@Command(
        sortOptions = false,
        description = {
            "Tells which version, bucket and rule a request gets, and why - from the file alone, with the ratio that it asks for.",
            "A running proxy may stand elsewhere after a rollback or an operator's ratio: see status."
        },
        footer = {
            "",
            "Examples:",
            "  halftone explain -c halftone.yaml --route shop --user 42",
            "  halftone explain -c halftone.yaml --route shop --cookie user_id=42 --header X-Canary:always --json"
        })
final class ExplainCommand extends HelpOption implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Mixin
    private JsonOption json = new JsonOption();

    @Option(names = "--route", required = true, paramLabel = "R", description = "The route's name.")
    private String route = "";

    @Option(
            names = "--user",
            paramLabel = "ID",
            description = "A user key, put where the route looks for it, taken as proven.")
    private @Nullable String user;

    @Option(names = "--cookie", paramLabel = "NAME=VALUE", description = "A cookie.")
    private List<String> cookies = List.of();

    @Option(names = "--header", paramLabel = "NAME:VALUE", description = "A request header.")
    private List<String> headers = List.of();

    @Option(names = "--query", paramLabel = "NAME=VALUE", description = "A query parameter.")
    private List<String> query = List.of();

    @Option(names = "--method", paramLabel = "METHOD", defaultValue = "GET", description = "Default: ${DEFAULT-VALUE}.")
    private String method = "GET";

    @Option(names = "--host", paramLabel = "HOST", defaultValue = "", description = "The host asked for, without port.")
    private String host = "";

    @Option(names = "--path", paramLabel = "PATH", defaultValue = "/", description = "Default: ${DEFAULT-VALUE}.")
    private String path = "/";

    @Option(
            names = {"--client-ip", "--ip"},
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Default: ${DEFAULT-VALUE}.")
    private String clientIp = "127.0.0.1";

    ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws CommandFailure {
        Settings settings = config.load().settings();
        Route asFiled = wanted(named(settings));
        // With --user the question is where this user goes, not whether a token proves who it is.
        Route found = user == null ? asFiled : asFiled.withUnprovenKeys();
        Explanation answer = RoutingTable.of(List.of(found), settings.regions()).explain(found, request(found));
        if (json.isOn()) {
            JsonOption.print(terminal, ExplanationJson.of(answer));
        } else {
            print(answer);
        }
        return 0;
    }

    private RouteSettings named(Settings settings) throws CommandFailure {
        List<String> names = settings.routes().stream().map(RouteSettings::name).toList();
        int index = names.indexOf(route);
        if (index < 0) {
            throw CommandFailure.invalid("--route: " + route + " is not in " + config.file() + " (expected: "
                    + Nearest.expected(route, names) + ")");
        }
        return settings.routes().get(index);
    }

    private static Route wanted(RouteSettings settings) {
        GraySettings gray = settings.gray();
        Gray wanted = gray == null
                ? null
                : new Gray(
                                gray.canary(),
                                gray.release(),
                                1,
                                gray.userKey(),
                                gray.onMissingKey(),
                                gray.salt(),
                                gray.rules(),
                                gray.ratio(),
                                true)
                        .withVariants(gray.variants());
        return new Route(0, settings.name(), settings.match(), settings.stable(), wanted, settings.forwarding());
    }

    private SampleRequest request(Route found) throws CommandFailure {
        Map<String, String> sampleHeaders = new LinkedHashMap<>();
        Map<String, String> sampleCookies = new LinkedHashMap<>();
        Map<String, String> sampleQuery = new LinkedHashMap<>();
        if (user != null) {
            SampleRequest ofUser = SampleRequest.ofUser(found, user);
            sampleHeaders.putAll(ofUser.headers());
            sampleCookies.putAll(ofUser.cookies());
            sampleQuery.putAll(ofUser.query());
        }
        addPairs(sampleHeaders, "--header", ':', headers);
        addPairs(sampleCookies, "--cookie", '=', cookies);
        addPairs(sampleQuery, "--query", '=', query);
        return new SampleRequest(
                method.toUpperCase(Locale.ROOT),
                host,
                path,
                sampleHeaders,
                sampleCookies,
                sampleQuery,
                clientAddress());
    }

    private static void addPairs(Map<String, String> pairs, String option, char separator, List<String> given)
            throws CommandFailure {
        for (String pair : given) {
            int cut = pair.indexOf(separator);
            if (cut < 1) {
                throw CommandFailure.invalid(option + ": " + pair + " (expected: NAME" + separator + "VALUE)");
            }
            pairs.put(pair.substring(0, cut).strip(), pair.substring(cut + 1).strip());
        }
    }

    private InetAddress clientAddress() throws CommandFailure {
        boolean literal = clientIp.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
        try {
            if (literal) {
                return InetAddress.getByName(clientIp);
            }
        } catch (UnknownHostException e) {
            throw notAnAddress();
        }
        throw notAnAddress();
    }

    private CommandFailure notAnAddress() {
        return CommandFailure.invalid(
                "--client-ip: " + clientIp + " (expected: an address as 192.0.2.7 or 2001:db8::7)");
    }

    private void print(Explanation answer) {
        line("route", answer.route());
        line("release", answer.release() == null ? "-" : answer.release());
        line("version", answer.version().label());
        line("why", answer.why());
        line("reason", answer.reason().label());
        line("rule", answer.rule() == null ? "-" : answer.rule());
        line("user key", answer.keySource() == null ? "none found" : "from " + answer.keySource());
        if (answer.bucket() >= 0) {
            line(
                    "bucket",
                    answer.bucket() + " of 0..99 (point " + String.format(Locale.ROOT, "%.2f", answer.point()) + ")");
        }
        line("ratio", answer.ratio() + " %");
        line("region", answer.region() == null ? "unknown" : answer.region());
        line("device", answer.device() == null ? "unknown" : answer.device());
    }

    private void line(String name, String value) {
        terminal.out().println(String.format(Locale.ROOT, "%-9s %s", name, value));
    }
}
