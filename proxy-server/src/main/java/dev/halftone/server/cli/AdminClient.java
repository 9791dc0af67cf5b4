package dev.halftone.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Talks to a running proxy's admin API. One thread; every failure is one line that says what to do next. */
final class AdminClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String address;
    private final @Nullable String token;
    private final @Nullable Path tokenFile;
    private final Duration answerTimeout;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    /** What the proxy answered. */
    record Answer(String text, JsonNode json) {}

    AdminClient(URI address, @Nullable Path tokenFile, Duration answerTimeout) throws CommandFailure {
        this.address = address.toString().replaceAll("/+$", "");
        this.token = tokenFile == null ? null : readToken(tokenFile);
        this.tokenFile = tokenFile;
        this.answerTimeout = answerTimeout;
    }

    /** The path below the API's root of a route, or of something that belongs to it. */
    static String routePath(String route, String... parts) {
        StringBuilder path = new StringBuilder("/routes/").append(encode(route));
        for (String part : parts) {
            path.append('/').append(part);
        }
        return path.toString();
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    Answer get(String path) throws CommandFailure {
        return exchange(request(path).GET().build());
    }

    Answer send(String method, String path, Map<String, Object> body) throws CommandFailure {
        String json = JSON.valueToTree(body).toString();
        return exchange(request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "/api/v1" + path))
                .timeout(answerTimeout)
                .header("Accept", "application/json");
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private Answer exchange(HttpRequest request) throws CommandFailure {
        HttpResponse<String> response = answerTo(request);
        JsonNode json = parse(response.body());
        int status = response.statusCode();
        if (status / 100 == 2 && json != null) {
            return new Answer(response.body(), json);
        }
        // A listener's own problem documents have the request's identifier, the admin API's have none.
        boolean listeners = json != null && json.has("requestId");
        String detail = json == null || listeners ? "" : json.path("detail").asText("");
        if (status == 401 && !detail.isEmpty()) {
            throw CommandFailure.failed(address + ": " + wrongToken());
        }
        if (status / 100 == 2 || detail.isEmpty()) {
            throw CommandFailure.failed(status >= 500, notAdmin(status));
        }
        throw CommandFailure.failed(status >= 500, detail);
    }

    private String wrongToken() {
        return tokenFile == null
                ? "asks for a token (give the file that holds it with --token-file, see admin.tokenFile)"
                : "does not take the token in " + tokenFile
                        + " (expected: the one that admin.tokenFile held at its start)";
    }

    private String notAdmin(int status) {
        return address + ": answered with " + status + ", but not as Halftone's admin API does (expected: the admin"
                + " address, not a listener's; the line 'halftone ready' names both)";
    }

    private HttpResponse<String> answerTo(HttpRequest request) throws CommandFailure {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (HttpConnectTimeoutException e) {
            throw unreachable("no connection within " + CONNECT_TIMEOUT.toSeconds() + " s");
        } catch (HttpTimeoutException e) {
            throw unreachable("no answer within " + answerTimeout.toSeconds() + " s");
        } catch (ConnectException e) {
            throw unreachable(isUnresolved(e) ? "no such host" : "nothing listens there");
        } catch (IOException e) {
            throw unreachable(e.getMessage() == null ? "connection lost" : e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable("interrupted");
        }
    }

    private static boolean isUnresolved(ConnectException e) {
        Throwable cause = e;
        while (cause != null && !(cause instanceof UnresolvedAddressException)) {
            cause = cause.getCause();
        }
        return cause != null;
    }

    private CommandFailure unreachable(String cause) {
        return CommandFailure.failed(
                true,
                address + ": " + cause
                        + " (is the proxy running? 'halftone serve' starts one; --admin URL names another"
                        + " admin address, as its line 'halftone ready' shows it)");
    }

    private static @Nullable JsonNode parse(String body) {
        try {
            JsonNode json = JSON.readTree(body);
            return json.isContainerNode() ? json : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static String readToken(Path file) throws CommandFailure {
        String token;
        try {
            token = Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw CommandFailure.invalid("--token-file: " + file + " does not exist (expected: a file with the token)");
        } catch (IOException e) {
            throw CommandFailure.invalid("--token-file: " + file + " cannot be read (expected: a file with the token)");
        }
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw CommandFailure.invalid("--token-file: " + file + " (expected: one line of printable ASCII)");
        }
        return token;
    }
}
