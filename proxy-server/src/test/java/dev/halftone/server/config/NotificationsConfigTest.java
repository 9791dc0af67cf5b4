package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.notify.Format;
import dev.halftone.server.notify.Kind;
import dev.halftone.server.notify.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NotificationsConfigTest {
    private static final String GOOD = """
            version: 1
            listeners:
              - {name: web, address: "127.0.0.1:0"}
            upstreams:
              - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
            routes:
              - {name: all, stable: v1}
            notifications:
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void writeSecrets() throws IOException {
        Files.writeString(folder.resolve("key"), "sixteen bytes it is\n");
        Files.writeString(folder.resolve("short"), "hunter2");
        Files.writeString(folder.resolve("bad64"), "whsec_!!!!!!!!!!!!!!!");
    }

    private Result load(String items) throws IOException {
        Path file = folder.resolve("f.yaml");
        Files.writeString(file, GOOD + items);
        return ConfigLoader.load(file);
    }

    private List<Receiver> receivers(String items) throws IOException {
        Result result = load(items);
        assertThat(result).isInstanceOf(Result.Loaded.class);
        return ((Result.Loaded) result).settings().notifications();
    }

    @Test
    void load_contractsExample_hasItsDefaults() throws IOException {
        Receiver receiver = receivers(
                        "  - {webhook: \"http://127.0.0.1:9000/hook\", on: [rolledBack, promoted, paused]}\n")
                .get(0);
        assertThat(receiver.on()).containsExactlyInAnyOrder(Kind.ROLLED_BACK, Kind.PROMOTED, Kind.PAUSED);
        assertThat(receiver.format()).isEqualTo(Format.JSON);
        assertThat(receiver.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(receiver.secret()).isNull();
        assertThat(receiver.linkBase()).isNull();
        assertThat(receivers("  - {webhook: \"https://a/\"}\n").get(0).on())
                .contains(Kind.ABORTED)
                .doesNotContain(Kind.STEP);
        assertThat(receivers("  []\n")).isEmpty();
    }

    @Test
    void load_allKeys_reachTheReceiver() throws IOException {
        Receiver receiver = receivers(
                        "  - {webhook: \"https://a/x?access_token=y\", on: [breach, progressing, step], format: dingtalk,"
                                + " secret: {file: key}, linkBase: \"https://gray.example.com\", timeout: 2s}\n")
                .get(0);
        assertThat(receiver.format()).isEqualTo(Format.DING_TALK);
        assertThat(Objects.requireNonNull(receiver.secret())).hasToString("(secret)");
        assertThat(Objects.requireNonNull(receiver.linkBase())).hasToString("https://gray.example.com");
        assertThat(receiver.timeout()).isEqualTo(Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            webhook: "ftp://a/x"                    | .webhook: not such an address (expected: an address as https://host:port/path, without user, password and #)
            webhook: "a/hunter2"                    | .webhook: not such an address
            webhook: "https://me:hunter2@a/x"       | .webhook: not such an address
            webhook: "https://a:99999/x"            | .webhook: not such an address
            webhook:                                | .webhook: empty
            on: [paused]                            | .webhook: missing
            webhook: "https://a/", on: []           | .on: empty (expected: at least one)
            webhook: "https://a/", on: [rolledback] | .on[0]: rolledback (expected: one of rolledBack, promoted, paused, aborted, breach, progressing, step)
            webhook: "https://a/", format: teams    | .format: teams (expected: one of json, slack, feishu, dingtalk)
            webhook: "https://a/", timeout: 10m     | .timeout: 10m (expected: 100ms..1m)
            webhook: "https://a/", secret: {file: short}  | .secret.file: short holds 7 bytes (expected: a secret of 16 bytes or more)
            webhook: "https://a/", secret: {file: bad64}  | .secret.file: the file begins with whsec_ and no Base64 follows
            webhook: "https://a/", secret: {file: nope}   | .secret.file: nope cannot be read
            webhook: "https://a/", secret: {file: key}, format: slack | .secret: slack checks no signature (expected: leave it out; the address is the secret)
            webhook: "https://a/", linkBase: "https://a/?x=1" | .linkBase: an address with ?
            """)
    void load_wrong_isToldWithoutTheAddress(String keys, String expected) throws IOException {
        Result result = load("  - {" + keys + "}\n");
        assertThat(result).isInstanceOf(Result.Rejected.class);
        assertThat(((Result.Rejected) result).problems().toString())
                .contains("notifications[0]" + expected)
                .doesNotContain("hunter2");
    }

    @Test
    void load_sameWebhookTwice_isTold() throws IOException {
        Result result =
                load("  - {webhook: \"https://a/hunter2\"}\n  - {webhook: \"https://a/hunter2\", on: [step]}\n");
        assertThat(((Result.Rejected) result).problems().toString())
                .contains("notifications: the same webhook (json https://a) twice")
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource({
        "http://10.0.0.1/x,1",
        "http://127.0.0.1:9/x,0",
        "http://localhost/x,0",
        "'http://[::1]/x',0",
        "https://a/x,0"
    })
    void load_clearText_isWarnedOfBeyondThisMachine(String url, int warnings) throws IOException {
        Result.Loaded loaded = (Result.Loaded) load("  - {webhook: \"" + url + "\"}\n");
        assertThat(loaded.warnings()).hasSize(warnings);
    }
}
