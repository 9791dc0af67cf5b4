package dev.halftone.server.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How client commands find the running proxy, and how they answer. */
final class AdminOptions {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

    @Option(
            names = "--admin",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:9901",
            description = "The admin address of the running proxy (default: ${DEFAULT-VALUE}).")
    private String admin = "http://127.0.0.1:9901";

    @Option(names = "--token-file", paramLabel = "FILE", description = "Holds the token, where the proxy asks for one.")
    private @Nullable Path tokenFile;

    @Option(names = "--json", description = "Print the admin API's JSON as it is.")
    private boolean json;

    boolean json() {
        return json;
    }

    String address() {
        return admin;
    }

    AdminClient client() throws CommandFailure {
        return client(ANSWER_TIMEOUT);
    }

    AdminClient client(Duration answerTimeout) throws CommandFailure {
        return new AdminClient(parsed(), tokenFile, answerTimeout);
    }

    private URI parsed() throws CommandFailure {
        try {
            URI address = new URI(admin);
            boolean http = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            if (http && address.getHost() != null) {
                return address;
            }
        } catch (URISyntaxException e) {
            throw notAnAddress();
        }
        throw notAnAddress();
    }

    private CommandFailure notAnAddress() {
        boolean bare = admin.matches("[A-Za-z0-9.-]+(:\\d{1,5})?|\\[[0-9A-Fa-f:.]+](:\\d{1,5})?");
        String expected = bare ? "did you mean http://" + admin + "?" : "a URL as http://127.0.0.1:9901";
        return CommandFailure.invalid("--admin: " + admin + " (expected: " + expected + ")");
    }
}
