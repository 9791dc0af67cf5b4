package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bad canary is taken back; log, trail, API and commands tell the same story, and none of them a user's name. */
class StoryIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RAW = "raw-user-";

    @TempDir
    Path folder;

    private final AtomicBoolean bad = new AtomicBoolean();
    private int badAnswers;

    private void answer(Stage.Visit visit) throws IOException {
        boolean canary = visit.head().contains("X-Halftone-Version: canary");
        if (canary && bad.get()) {
            visit.write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
        } else {
            visit.answer(canary ? "canary" : "stable");
        }
    }

    private String ask(Wire wire, int user) throws IOException {
        String response = wire.send("GET / HTTP/1.1\r\nHost: shop\r\nCookie: user_id=" + RAW + user + "\r\n\r\n")
                .readResponse();
        badAnswers += response.startsWith("HTTP/1.1 500") ? 1 : 0;
        return response;
    }

    private JsonNode askUntilRolledBack(Halftone halftone, Wire wire) throws Exception {
        bad.set(true);
        JsonNode route = halftone.route();
        for (int user = 1000; user < 2000 && !route.get("phase").asText().equals("rolledBack"); user++) {
            ask(wire, user);
            route = halftone.route();
        }
        assertThat(route.get("phase").asText()).isEqualTo("rolledBack");
        return route;
    }

    private static JsonNode rollbackEvent(Halftone halftone) throws Exception {
        JsonNode found = null;
        for (JsonNode event : halftone.get("/api/v1/events?route=shop")) {
            if (event.get("action").asText().equals("rollback")) {
                found = event;
            } else {
                assertThat(event.get("rollback").isNull()).as(event.toString()).isTrue();
            }
        }
        return java.util.Objects.requireNonNull(found);
    }

    private static void assertDescribed(Halftone halftone) throws Exception {
        JsonNode document = halftone.get("/api/v1/openapi.json");
        for (String path : List.of("/api/v1/routes", "/api/v1/events")) {
            String schema = "/paths/" + path.replace("/", "~1") + "/get/responses/200/content/application~1json/schema";
            AdminIT.matches(document, document.at(schema), halftone.get(path), path);
        }
        AdminIT.matches(document, document.at("/components/schemas/Route"), halftone.route(), "route");
    }

    private String stateFiles() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            for (Path file : files.toList()) {
                all.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return all.toString();
    }

    @Test
    void rollback_byACheck_tellsTheSameStoryEverywhereAndNoUsersName() throws Exception {
        JsonNode story;
        try (Stage stage = new Stage();
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(stage.port(), stage.port(), 50));
                Wire wire = new Wire(halftone.web())) {
            stage.on("/", this::answer);
            String admin = "http://127.0.0.1:" + halftone.admin();
            Set<Integer> onCanary = new HashSet<>();
            for (int user = 0; user < 200; user++) {
                if (ask(wire, user).endsWith("canary")) {
                    onCanary.add(user);
                }
            }
            JsonNode route = askUntilRolledBack(halftone, wire);
            story = route.get("rollback");

            assertThat(story.at("/check/name").asText()).isEqualTo("too-many-errors");
            JsonNode harm = story.get("harm");
            assertThat(harm.get("errors").asInt()).isBetween(4, badAnswers);
            assertThat(harm.get("harmedRequests").asInt())
                    .isEqualTo(harm.get("errors").asInt());
            assertThat(harm.get("harmedUsers").asInt())
                    .isEqualTo(harm.get("failedUsers").asInt());
            assertThat(harm.get("stableErrors").asInt()).isZero();
            assertThat(story.at("/codes/5xx").asInt())
                    .isBetween(harm.get("errors").asInt(), badAnswers);
            assertThat(story.at("/release/requests").asInt())
                    .isBetween(onCanary.size() + 4, onCanary.size() + badAnswers);
            assertThat(story.at("/release/users").asDouble())
                    .isCloseTo(onCanary.size() + harm.get("errors").asInt(), within(onCanary.size() * 0.15));
            assertThat(story.get("otherChecks").findValuesAsText("name")).containsExactly("errors", "latency");
            assertThat(story.get("contributors")).hasSizeBetween(4, 5);
            assertThat(rollbackEvent(halftone).get("rollback")).isEqualTo(story);
            assertDescribed(halftone);

            Halftone.Ended status = Halftone.run(folder, "status", "--admin", admin);
            Halftone.Ended history = Halftone.run(folder, "history", "--admin", admin);
            assertToldAlike(story, halftone.log(), status.out(), history.out());
            assertThat(status.out()).contains("USERS").contains("rolledBack: too-many-errors: ");
            assertThat(JSON.readTree(Halftone.run(folder, "status", "shop", "--json", "--admin", admin)
                                    .out())
                            .get("rollback"))
                    .isEqualTo(story);
            assertThat(JSON.readTree(Halftone.run(folder, "history", "--json", "--admin", admin)
                                    .out())
                            .findValues("rollback"))
                    .contains(story);

            for (String told : List.of(
                    halftone.log(),
                    status.out(),
                    history.out(),
                    halftone.get("/api/v1/routes").toString(),
                    halftone.get("/api/v1/events").toString(),
                    halftone.metrics(),
                    halftone.call("GET", "/", "").body(),
                    stateFiles())) {
                assertThat(told).isNotEmpty().doesNotContain(RAW);
            }
            assertThat(stateFiles()).contains(story.at("/contributors/0/user").asText());
            halftone.kill9();
        }
        try (Halftone again = Halftone.start(folder)) {
            assertThat(again.route().get("rollback")).isEqualTo(story);
            assertThat(rollbackEvent(again).get("rollback")).isEqualTo(story);
            assertDescribed(again);
        }
    }

    private static void assertToldAlike(JsonNode story, String log, String status, String history) {
        JsonNode harm = story.get("harm");
        assertThat(log)
                .contains("route shop release v2: rollback by check too-many-errors: progressing 50 -> rolledBack 0: ")
                .contains(story.get("summary").asText())
                .contains(" check=\"too-many-errors\" ")
                .contains(" canaryErrors=\"" + harm.get("errors").asText() + "\" ")
                .contains(" canaryRequests=\"" + harm.get("requests").asText() + "\" ")
                .contains(" harmedUsers=\"" + harm.get("harmedUsers").asText() + "\" ");
        String failed =
                harm.get("errors").asText() + " of " + harm.get("requests").asText() + " canary requests, of stable's "
                        + harm.get("stableErrors").asText() + " of "
                        + harm.get("stableRequests").asText() + "; "
                        + harm.get("failedUsers").asText() + " users saw a failure";
        for (String told : List.of(status, history)) {
            assertThat(told)
                    .contains(failed)
                    .contains("about " + harm.get("harmedRequests").asText() + " requests of about "
                            + harm.get("harmedUsers").asText() + " users")
                    .contains("not tripped    errors, ");
        }
        for (JsonNode user : story.get("contributors")) {
            String hash = user.get("user").asText();
            assertThat(List.of(log, status, history)).allMatch(told -> told.contains(hash));
        }
    }

    @Test
    void rollback_byAPersonWhileAllIsWell_blamesNobody() throws Exception {
        try (Stage stage = new Stage();
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(stage.port(), stage.port(), 50));
                Wire wire = new Wire(halftone.web())) {
            stage.on("/", this::answer);
            for (int user = 0; user < 50; user++) {
                ask(wire, user);
            }
            assertThat(halftone.route().get("rollback").isNull()).isTrue();
            Awaitility.await()
                    .until(() -> halftone.route().at("/canary/requests").asInt() > 0);
            String admin = "http://127.0.0.1:" + halftone.admin();
            Halftone.Ended done =
                    Halftone.run(folder, "rollback", "shop", "--reason", "carts are empty", "--admin", admin);
            assertThat(done.status()).as(done.err()).isZero();

            JsonNode story = halftone.route().get("rollback");
            assertThat(story.get("check").isNull()).isTrue();
            assertThat(story.get("since").isNull()).isTrue();
            assertThat(story.at("/harm/harmedRequests").asInt()).isZero();
            assertThat(story.at("/canary/users").asInt()).isPositive();
            assertThat(story.get("contributors")).isEmpty();
            assertThat(story.get("otherChecks")).hasSize(3);
            assertDescribed(halftone);
            assertThat(Halftone.run(folder, "history", "--admin", admin).out())
                    .contains("carts are empty")
                    .contains("harmed         nobody by errors beyond stable's share");
        }
    }
}
