package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin API as another tool meets it: who may call, what is refused and how, and whether the description is true. */
class AdminIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private static String call(Halftone halftone, String head, String body) throws Exception {
        try (Wire wire = new Wire(halftone.admin())) {
            return wire.send(head + "Content-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body)
                    .readAll();
        }
    }

    private static int status(String response) {
        return Integer.parseInt(response.substring(9, 12));
    }

    private static JsonNode problem(String response, int status) throws Exception {
        assertThat(status(response)).as(response).isEqualTo(status);
        assertThat(response).containsIgnoringCase("content-type: application/problem+json");
        JsonNode problem = JSON.readTree(response.substring(response.indexOf("\r\n\r\n")));
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("title").asText()).isNotBlank();
        return problem.get("detail");
    }

    @Test
    void writes_ofAnotherSite_areRefused() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10))) {
            String here = "Host: 127.0.0.1:" + halftone.admin() + "\r\nContent-Type: application/json\r\n";
            String put = "PUT /api/v1/routes/shop/ratio HTTP/1.1\r\n";
            String body = "{\"ratio\": 99}";
            assertThat(problem(call(halftone, put + here + "Origin: http://evil.example\r\n", body), 403)
                            .asText())
                    .contains("Origin is another site");
            assertThat(problem(
                                    call(
                                            halftone,
                                            put + "Host: rebound.example\r\nContent-Type: application/json\r\n",
                                            body),
                                    403)
                            .asText())
                    .contains("Host is not this machine");
            problem(call(halftone, put + here.replace("application/json", "text/plain"), body), 415);
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(10);
            String own = call(halftone, put + here + "Origin: http://127.0.0.1:" + halftone.admin() + "\r\n", body);
            assertThat(status(own)).isEqualTo(200);
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(99);
        }
    }

    @Test
    void token_configured_isAskedOfEveryCallAndNeverShown() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "s3cret-token-0123456789\n");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        String yaml = Halftone.yaml(1, 2, 10)
                .replace("admin: {address: \"127.0.0.1:0\"}", "admin: {address: \"127.0.0.1:0\", tokenFile: token}");
        assertThat(yaml).contains("tokenFile");
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            String get = "GET /api/v1/routes HTTP/1.1\r\nHost: any.example\r\n";
            problem(call(halftone, get, ""), 401);
            problem(call(halftone, get + "Authorization: Bearer wrong\r\n", ""), 401);
            String allowed = call(halftone, get + "Authorization: Bearer s3cret-token-0123456789\r\n", "");
            assertThat(status(allowed)).isEqualTo(200);
            assertThat(status(call(halftone, "GET /livez HTTP/1.1\r\nHost: a\r\n", "")))
                    .isEqualTo(200);
            String admin = "http://127.0.0.1:" + halftone.admin();
            Halftone.Ended without = Halftone.run(folder, "status", "--admin", admin);
            assertThat(without.status()).isEqualTo(1);
            assertThat(without.err()).contains("--token-file");
            Halftone.Ended with = Halftone.run(folder, "status", "--admin", admin, "--token-file", "token");
            assertThat(with.status()).as(with.err()).isZero();
            assertThat(halftone.log() + with.out() + without.err()).doesNotContain("s3cret");
        }
    }

    @Test
    void address_ofTheNetworkWithoutToken_isRefused() throws Exception {
        String yaml =
                Halftone.yaml(1, 2, 10).replace("admin: {address: \"127.0.0.1:0\"}", "admin: {address: \"0.0.0.0:0\"}");
        Files.writeString(folder.resolve("halftone.yaml"), yaml);
        Halftone.Ended refused = Halftone.run(folder, "serve", "-c", "halftone.yaml");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("admin").contains("tokenFile").contains("1 problem");
    }

    @Test
    void badCalls_eachCase_areProblemDocuments() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10))) {
            String ratio = "/api/v1/routes/shop/ratio";
            record Case(String method, String path, String body, int status, String says) {}
            List<Case> cases = List.of(
                    new Case("PUT", ratio, "{\"ratio\": 101}", 400, "0..100"),
                    new Case("PUT", ratio, "{\"ratio\": 1.005}", 400, "two decimals"),
                    new Case("PUT", ratio, "{\"ratio\": \"5\"}", 400, "ratio"),
                    new Case("PUT", ratio, "{}", 400, "missing"),
                    new Case("PUT", ratio, "{\"ratio\": 5, \"raison\": \"x\"}", 400, "raison: unknown field"),
                    new Case("PUT", ratio, "{\"ratio\": 5, \"ratio\": 6}", 400, "not JSON"),
                    new Case("PUT", ratio, "nonsense", 400, "not JSON"),
                    new Case("POST", ratio, "{\"ratio\": 5}", 405, "PUT"),
                    new Case("PUT", "/api/v1/routes/shoe/ratio", "{\"ratio\": 5}", 404, "one of shop"),
                    new Case("POST", "/api/v1/routes/shop/explode", "{}", 404, "openapi.json"),
                    new Case("POST", "/api/v1/routes/shop/releases", "{\"release\": \"a b\"}", 400, "release"),
                    new Case("GET", "/api/v1/routes/shop/verdict?wait=1h", "", 400, "0s..60s"),
                    new Case("GET", "/api/v1/events?limit=0", "", 400, "1..1000"),
                    new Case("GET", "/nothing", "", 404, "nothing at /nothing"));
            for (Case bad : cases) {
                HttpResponse<String> response = halftone.call(bad.method, bad.path, bad.body);
                assertThat(response.statusCode()).as(bad.toString()).isEqualTo(bad.status);
                assertThat(response.headers().firstValue("content-type"))
                        .as(bad.toString())
                        .contains("application/problem+json");
                assertThat(JSON.readTree(response.body()).get("detail").asText())
                        .as(bad.toString())
                        .contains(bad.says);
            }
            assertThat(halftone.route().get("ratio").asInt()).isEqualTo(10);
            assertThat(halftone.get("/api/v1/events").size()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void openApi_whatItDescribes_isWhatIsAnswered() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10))) {
            JsonNode document = halftone.get("/api/v1/openapi.json");
            List<String> reads = new ArrayList<>();
            for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
                if (path.getValue().has("get") && !path.getKey().endsWith("/stream")) {
                    reads.add(path.getKey());
                }
            }
            assertThat(reads).contains("/api/v1/routes", "/api/v1/routes/{route}/verdict", "/api/v1/events");
            for (String path : reads) {
                String query = path.endsWith("explain") ? "?user=42" : "";
                HttpResponse<String> response = halftone.call("GET", path.replace("{route}", "shop") + query, "");
                assertThat(response.statusCode()).as(path).isEqualTo(200);
                JsonNode content = document.at(
                        "/paths/" + path.replace("~", "~0").replace("/", "~1") + "/get/responses/200/content");
                if (content.has("application/json") && !path.endsWith("openapi.json")) {
                    JsonNode schema = content.get("application/json").get("schema");
                    matches(document, schema, JSON.readTree(response.body()), path);
                }
            }
            JsonNode route = halftone.route();
            assertThat(route.fieldNames())
                    .toIterable()
                    .contains("route", "release", "phase", "ratio", "reason", "stable", "canary", "checks");
            assertThat(route.get("canary").fieldNames())
                    .toIterable()
                    .contains("requests", "errors", "errorRate", "latencyMs");
            assertThat(route.get("checks").get(0).fieldNames())
                    .toIterable()
                    .contains("name", "metric", "detector", "verdict", "value", "limit", "samples", "why");
        }
    }

    static void matches(JsonNode document, JsonNode schema, JsonNode value, String place) {
        ObjectNode whole = schema.isObject() ? schema.deepCopy() : JSON.createObjectNode();
        whole.set("components", document.get("components"));
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(whole.toString())
                        .validate(value.toString(), InputFormat.JSON))
                .as(place + " answers " + value)
                .isEmpty();
    }

    @Test
    void metrics_names_areTheContracts() throws Exception {
        try (Nginx nginx = Nginx.start(folder, "location / { return 200 ok; }");
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(nginx.port(), nginx.port(), 50));
                Wire wire = new Wire(halftone.web())) {
            for (int i = 0; i < 20; i++) {
                wire.send("GET /secret/path HTTP/1.1\r\nHost: a\r\nCookie: user_id=someone" + i + "\r\n\r\n")
                        .readResponse();
            }
            halftone.call("POST", "/api/v1/routes/shop/rollback", "{}");
            String page = halftone.metrics();
            assertThat(page)
                    .containsPattern(
                            "halftone_requests_total\\{code=\"2xx\",reason=\"ratio\",route=\"shop\",version=\"canary\"} \\d")
                    .containsPattern(
                            "halftone_request_duration_seconds_bucket\\{route=\"shop\",version=\"canary\",le=\"0.001\"}")
                    .containsPattern(
                            "halftone_request_duration_seconds_bucket\\{route=\"shop\",version=\"canary\",le=\"60.0\"}")
                    .contains("halftone_ratio{route=\"shop\"} 0.0")
                    .contains("halftone_observed_ratio{route=\"shop\"}")
                    .contains("halftone_rollbacks_total{")
                    .contains("halftone_check_verdict{check=\"too-many-errors\",route=\"shop\"}")
                    .contains("halftone_phase{phase=\"rolledBack\",route=\"shop\"} 1.0")
                    .contains("halftone_connections{listener=\"web\"} 1.0")
                    .contains("halftone_config_reloads_total{result=\"accepted\"}")
                    .contains("halftone_build_info{")
                    .contains("jvm_memory_used_bytes")
                    .doesNotContain("someone")
                    .doesNotContain("secret");
        }
    }
}
