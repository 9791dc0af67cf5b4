package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every call that the OpenAPI document describes is made, and every error that it can come to; each answer is as described. */
class ApiDocumentIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "a-token-of-some-length";
    private static final String ROUTE = "/api/v1/routes/{route}";

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();

    /** A call that succeeds; {@code query} is appended to the path. */
    private record Sample(String query, String body) {
        static final Sample PLAIN = new Sample("", "");
    }

    /** In the order in which they can be made. */
    private static Map<String, Sample> samples() {
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (String read : List.of(
                "/api/v1/routes",
                ROUTE,
                ROUTE + "/verdict",
                ROUTE + "/series",
                ROUTE + "/experiment",
                "/api/v1/upstreams",
                "/api/v1/events",
                "/api/v1/openapi.json",
                "/metrics",
                "/livez",
                "/readyz",
                "/session",
                "/api/v1/events/stream",
                "/api/v1/live/stream")) {
            samples.put("get " + read, Sample.PLAIN);
        }
        samples.put("get " + ROUTE + "/explain", new Sample("?user=42", ""));
        samples.put("put " + ROUTE + "/ratio", new Sample("", "{\"ratio\": 12.5, \"reason\": \"more\"}"));
        samples.put(
                "post " + ROUTE + "/metrics",
                new Sample("", "[{\"name\": \"click\", \"user\": \"u1\", \"value\": 1}]"));
        for (String command : List.of("pause", "resume", "promote")) {
            samples.put("post " + ROUTE + "/" + command, new Sample("", "{\"reason\": \"so\"}"));
        }
        samples.put("post " + ROUTE + "/releases", new Sample("", "{\"release\": \"v3\"}"));
        samples.put("post " + ROUTE + "/rollback", Sample.PLAIN);
        samples.put("post " + ROUTE + "/abort", Sample.PLAIN);
        samples.put("post /session", new Sample("", "{\"token\": \"" + TOKEN + "\", \"name\": \"ann\"}"));
        samples.put("delete /session", Sample.PLAIN);
        return samples;
    }

    private Halftone serve() throws Exception {
        Files.writeString(folder.resolve("token"), TOKEN + "\n");
        Files.writeString(folder.resolve("read"), "read-" + TOKEN + "\n");
        for (String name : List.of("token", "read")) {
            Files.setPosixFilePermissions(folder.resolve(name), PosixFilePermissions.fromString("rw-------"));
        }
        String yaml = Halftone.yaml(1, 2, 10, "", "    customMetrics: {names: [click]}\n")
                .replace(
                        "admin: {address: \"127.0.0.1:0\"}",
                        "admin: {address: \"127.0.0.1:0\", tokenFile: token, readTokenFile: read}");
        return Halftone.serve(folder, yaml + "  - {name: plain, stable: shop-v1}\n");
    }

    private HttpRequest.Builder request(Halftone halftone, String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + halftone.admin() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("Authorization", "Bearer " + TOKEN);
        return body.isEmpty() ? request : request.header("Content-Type", "application/json");
    }

    @Test
    void calls_eachThatIsDescribed_answersAsDescribed() throws Exception {
        try (Halftone halftone = serve()) {
            JsonNode document = JSON.readTree(client.send(
                            request(halftone, "GET", "/api/v1/openapi.json", "").build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
            List<String> described = new ArrayList<>();
            document.get("paths")
                    .properties()
                    .forEach(path -> path.getValue()
                            .fieldNames()
                            .forEachRemaining(method -> described.add(method + " " + path.getKey())));
            assertThat(new TreeSet<>(samples().keySet())).isEqualTo(new TreeSet<>(described));
            for (Map.Entry<String, Sample> sample : samples().entrySet()) {
                answersAsDescribed(halftone, document, sample.getKey(), sample.getValue());
            }
        }
    }

    private void answersAsDescribed(Halftone halftone, JsonNode document, String call, Sample sample) throws Exception {
        String[] parts = call.split(" ", 2);
        String path = parts[1].replace("{route}", "shop") + sample.query();
        HttpRequest.Builder request =
                request(halftone, parts[0].toUpperCase(java.util.Locale.ROOT), path, sample.body());
        if (parts[1].equals("/session") && !parts[0].equals("get")) {
            request.header("Origin", "http://127.0.0.1:" + halftone.admin()).header("X-Halftone-Page", "1");
        }
        JsonNode responses =
                document.at("/paths/" + parts[1].replace("~", "~0").replace("/", "~1") + "/" + parts[0] + "/responses");
        if (path.endsWith("/stream")) {
            HttpResponse<java.io.InputStream> stream =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            stream.body().close();
            assertThat(stream.statusCode()).as(call).isEqualTo(200);
            assertThat(stream.headers().firstValue("content-type")).as(call).contains("text/event-stream");
            return;
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        JsonNode answer = responses.get(Integer.toString(response.statusCode()));
        assertThat(answer)
                .as(call + " answers " + response.statusCode() + " " + response.body())
                .isNotNull();
        JsonNode content = answer.path("content");
        if (content.isMissingNode()) {
            return;
        }
        String type = response.headers().firstValue("content-type").orElse("").replaceAll(";.*", "");
        assertThat(content.has(type)).as(call + " answers as " + type).isTrue();
        if (type.equals("application/json")) {
            AdminIT.matches(document, content.get(type).get("schema"), JSON.readTree(response.body()), call);
        }
    }

    @Test
    void errors_eachStatus_isAProblemDocument() throws Exception {
        try (Halftone halftone = serve()) {
            String shop = "/api/v1/routes/shop";
            String big = "[" + "{\"name\": \"click\", \"user\": \"someone\", \"value\": 1},".repeat(1500) + "0]";
            assertThat(big).hasSizeGreaterThan(64 << 10);
            record Case(
                    int status, String method, String path, String body, String header, String value, String says) {}
            List<Case> cases = new ArrayList<>(List.of(
                    new Case(400, "PUT", shop + "/ratio", "{", "", "", "not JSON"),
                    new Case(401, "GET", shop, "", "Authorization", "Bearer wrong", "token"),
                    new Case(
                            403,
                            "POST",
                            shop + "/pause",
                            "{}",
                            "Authorization",
                            "Bearer read-" + TOKEN,
                            "may only read"),
                    new Case(403, "POST", shop + "/pause", "{}", "Origin", "http://evil.example", "Origin"),
                    new Case(404, "GET", "/api/v1/routes/nope", "", "", "", "unknown route nope"),
                    new Case(404, "GET", "/api/v2/routes", "", "", "", "nothing at"),
                    new Case(405, "DELETE", shop, "", "", "", "expected: GET"),
                    new Case(409, "POST", "/api/v1/routes/plain/pause", "{}", "", "", "no canary"),
                    new Case(409, "POST", "/api/v1/routes/plain/metrics", "[{}]", "", "", "no custom metrics"),
                    new Case(413, "POST", shop + "/metrics", big, "", "", "65536 bytes"),
                    new Case(413, "POST", shop + "/metrics", big.repeat(20), "", "", "65536 bytes"),
                    new Case(415, "POST", shop + "/pause", "{}", "Content-Type", "text/plain", "application/json")));
            for (int i = 0; i <= 10; i++) {
                String says = i < 10 ? "token is wrong" : "too many";
                cases.add(new Case(i < 10 ? 401 : 429, "POST", "/session", "{\"token\": \"x\"}", "", "", says));
            }
            JsonNode schema = JSON.readTree(client.send(
                            request(halftone, "GET", "/api/v1/openapi.json", "").build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
            for (Case bad : cases) {
                HttpRequest.Builder request = request(halftone, bad.method, bad.path, bad.body);
                if (!bad.header.isEmpty()) {
                    request.setHeader(bad.header, bad.value);
                }
                if (bad.path.equals("/session")) {
                    request.header("Origin", "http://127.0.0.1:" + halftone.admin())
                            .header("X-Halftone-Page", "1");
                }
                HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                String place = bad.status + " " + bad.method + " " + bad.path + ": " + response.body();
                assertThat(response.statusCode()).as(place).isEqualTo(bad.status);
                assertThat(response.headers().firstValue("content-type"))
                        .as(place)
                        .contains("application/problem+json");
                JsonNode problem = JSON.readTree(response.body());
                AdminIT.matches(schema, schema.at("/components/schemas/Problem"), problem, place);
                assertThat(problem.get("status").asInt()).as(place).isEqualTo(bad.status);
                assertThat(problem.get("title").asText()).as(place).isNotBlank();
                assertThat(problem.get("detail").asText()).as(place).contains(bad.says);
            }
            assertThat(halftone.log()).doesNotContain("fault of the proxy");
        }
    }

    @Test
    void bodies_tooLarge_areAnsweredBeforeTheConnectionEnds() throws Exception {
        try (Halftone halftone = serve()) {
            String head = "POST /api/v1/routes/shop/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                    + TOKEN + "\r\nContent-Type: application/json\r\n";
            try (Wire wire = new Wire(halftone.admin())) {
                wire.send(head + "Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
                assertThat(wire.readAll()).startsWith("HTTP/1.1 413 ").contains("\"status\":413");
            }
            try (Wire wire = new Wire(halftone.admin())) {
                String chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
                wire.send(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n");
                assertThat(wire.readAll()).startsWith("HTTP/1.1 413 ").contains("\"status\":413");
            }
            try (Wire wire = new Wire(halftone.admin())) {
                String body = " ".repeat((64 << 10) - 2) + "[]";
                wire.send(head + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
                assertThat(wire.readResponse()).as("exactly the limit").startsWith("HTTP/1.1 400 ");
            }
        }
    }
}
