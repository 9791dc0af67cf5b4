package dev.halftone.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Talks to a running proxy's admin API. One thread; every failure is one line that says what to do next. Over Java's older client:
 * the newer one loads three times the classes, TLS among them, and with it a command took 0.15 s more.
 */
final class AdminClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String address;
    private final @Nullable String token;
    private final @Nullable Path tokenFile;
    private final Duration answerTimeout;

    private record Reply(int status, String text) {}

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
        return exchange("GET", path, "");
    }

    Answer send(String method, String path, Map<String, Object> body) throws CommandFailure {
        return exchange(method, path, JSON.valueToTree(body).toString());
    }

    private Answer exchange(String method, String path, String body) throws CommandFailure {
        Reply reply = answerTo(method, URI.create(address + "/api/v1" + path), body);
        JsonNode json = parse(reply.text());
        int status = reply.status();
        if (status / 100 == 2 && json != null) {
            return new Answer(reply.text(), json);
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

    private Reply answerTo(String method, URI address, String body) throws CommandFailure {
        try {
            return call(method, address, body);
        } catch (SocketTimeoutException e) {
            // Its message alone tells the two apart.
            throw unreachable(
                    String.valueOf(e.getMessage()).startsWith("Connect")
                            ? "no connection within " + CONNECT_TIMEOUT.toSeconds() + " s"
                            : "no answer within " + answerTimeout.toSeconds() + " s");
        } catch (UnknownHostException e) {
            throw unreachable("no such host");
        } catch (ConnectException e) {
            throw unreachable("nothing listens there");
        } catch (IOException e) {
            throw unreachable(e.getMessage() == null ? "connection lost" : e.getMessage());
        }
    }

    private Reply call(String method, URI address, String body) throws IOException {
        HttpURLConnection call = (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
        call.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
        call.setReadTimeout((int) answerTimeout.toMillis());
        call.setInstanceFollowRedirects(false);
        call.setRequestMethod(method);
        call.setRequestProperty("Accept", "application/json");
        if (token != null) {
            call.setRequestProperty("Authorization", "Bearer " + token);
        }
        if (!body.isEmpty()) {
            call.setRequestProperty("Content-Type", "application/json");
            call.setDoOutput(true);
            try (OutputStream out = call.getOutputStream()) {
                out.write(body.getBytes(StandardCharsets.UTF_8));
            }
        }
        int status = call.getResponseCode();
        try (InputStream in = status >= 400 ? call.getErrorStream() : call.getInputStream()) {
            return new Reply(status, in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
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
