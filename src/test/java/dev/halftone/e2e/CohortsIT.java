package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.halftone.server.cohort.MmdbWriter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of cohort against the packaged program: where, with what and who; lists, keys and databases that change. */
class CohortsIT {
    private static final String IPHONE = "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)\r\n";
    private static final String DESKTOP = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)\r\n";
    private static final String BEIJING = "X-Forwarded-For: 10.1.2.3\r\n";
    private static final String SHANGHAI = "X-Forwarded-For: 10.3.2.3\r\n";
    private static final String NORTH = BEIJING + IPHONE;
    private static final Pattern COOKIE = Pattern.compile("Set-Cookie: shop_id=([^;]*)(;[^\r]*)\r\n");

    @TempDir
    Path folder;

    private Stage stage;

    @BeforeEach
    void start() throws IOException {
        stage = new Stage();
    }

    @AfterEach
    void stop() throws IOException {
        stage.close();
    }

    private String yaml(String top, String listener, String canary) {
        return """
                version: 1
                eventLoops: 1
                admin: {address: "127.0.0.1:0"}
                %s
                listeners:
                  - {name: web, address: "127.0.0.1:0"%s}
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:%d"}]}
                routes:
                  - name: shop
                    stable: v1
                    canary:
                      upstream: v2
                      release: v2
                %s
                """.formatted(top, listener, stage.port(), stage.port(), canary.indent(6));
    }

    private static String ask(Halftone halftone, String headers) throws IOException {
        try (Wire wire = new Wire(halftone.web())) {
            return wire.send("GET /x HTTP/1.1\r\nHost: shop\r\n" + headers + "\r\n")
                    .readResponse();
        }
    }

    /** The version that the upstream was told. */
    private static String version(Halftone halftone, String headers) throws IOException {
        String answer = ask(halftone, headers);
        assertThat(answer).contains("X-Halftone-Version: ");
        int at = answer.indexOf("X-Halftone-Version: ") + 20;
        return answer.substring(at, answer.indexOf('\r', at));
    }

    private static void await(Halftone halftone, String headers, String version) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(version(halftone, headers)).isEqualTo(version));
    }

    @Test
    void rules_regionDeviceListNetworkCookie_decide() throws Exception {
        new MmdbWriter()
                .add("10.0.0.0/8", "CN")
                .add("10.1.0.0/16", "CN", "BJ")
                .add("10.3.0.0/16", "CN", "SH")
                .write(folder.resolve("geo.mmdb"));
        Files.writeString(folder.resolve("testers.txt"), "alice\nbob\n");
        String yaml = yaml("regions: {database: geo.mmdb}", ", trustedProxies: [127.0.0.0/8]", """
                userKey: [{header: X-User-Id}]
                ratio: 100
                analysis: {checks: []}
                rules:
                  - {name: opt-out, when: {cookies: [{name: canary, exact: never}]}, sendTo: stable}
                  - {name: testers, when: {users: {file: testers.txt}}, sendTo: canary}
                  - {name: office, when: {clientIp: [10.7.0.0/16]}, sendTo: canary}
                  - {name: bots, when: {device: [bot]}, sendTo: stable}
                  - {name: north, when: {region: [CN-BJ, CN-TJ], device: [phone]}, sendTo: ratio}
                  - {name: others, when: {}, sendTo: stable}
                """);
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            String carol = "X-User-Id: carol\r\n";
            assertThat(version(halftone, carol + NORTH)).isEqualTo("canary");
            assertThat(version(halftone, carol + SHANGHAI + IPHONE)).isEqualTo("stable");
            assertThat(version(halftone, carol + BEIJING + DESKTOP)).isEqualTo("stable");
            assertThat(version(halftone, carol + BEIJING + DESKTOP + "Sec-CH-UA-Mobile: ?1\r\n"))
                    .as("client hints come first")
                    .isEqualTo("canary");
            assertThat(version(halftone, carol + BEIJING + "User-Agent: Googlebot/2.1 (iPhone)\r\n"))
                    .isEqualTo("stable");
            assertThat(version(halftone, carol + "X-Forwarded-For: 10.7.0.9\r\n" + DESKTOP))
                    .isEqualTo("canary");
            assertThat(version(halftone, carol)).isEqualTo("stable");
            assertThat(version(halftone, "X-User-Id: alice\r\n" + DESKTOP)).isEqualTo("canary");
            assertThat(version(halftone, "X-User-Id: alice\r\nCookie: canary=never\r\n"))
                    .isEqualTo("stable");

            JsonNode told = halftone.get("/api/v1/routes/shop/explain?ip=10.1.2.3&header=User-Agent:iPhone");
            assertThat(told.get("region").asText()).isEqualTo("CN-BJ");
            assertThat(told.get("device").asText()).isEqualTo("phone");
            assertThat(told.get("rule").asText()).isEqualTo("north");

            // The list and the database change while the proxy runs; neither the file nor the process does.
            Files.writeString(folder.resolve("testers.txt"), "bob\ncarol\n");
            await(halftone, "X-User-Id: alice\r\n" + DESKTOP, "stable");
            assertThat(version(halftone, carol + DESKTOP)).isEqualTo("canary");
            Path next = folder.resolve("next.mmdb");
            new MmdbWriter().add("10.3.0.0/16", "CN", "TJ").write(next);
            Files.move(next, folder.resolve("geo.mmdb"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            await(halftone, "X-User-Id: dave\r\n" + SHANGHAI + IPHONE, "canary");
            assertThat(version(halftone, "X-User-Id: dave\r\n" + NORTH)).isEqualTo("stable");

            // What cannot be used is refused, and what runs stays.
            Files.writeString(folder.resolve("testers.txt"), "x".repeat(300));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(halftone.log())
                            .contains("testers.txt line 1 is longer than 256 bytes")
                            .contains("the running configuration stays"));
            assertThat(version(halftone, carol + DESKTOP)).isEqualTo("canary");
            assertThat(halftone.log()).doesNotContain("carol").doesNotContain("alice");
        }
    }

    @Test
    void regionHeader_fromATrustedProxyAlone_counts() throws Exception {
        String canary = """
                userKey: [{header: X-User-Id}]
                ratio: 0
                analysis: {checks: []}
                rules: [{name: north, when: {region: [CN-BJ]}, sendTo: canary}]
                """;
        String top = "regions: {header: X-Region}";
        String headers = "X-Region: CN-BJ\r\n";
        try (Halftone halftone = Halftone.serve(folder, yaml(top, ", trustedProxies: [127.0.0.0/8]", canary))) {
            assertThat(version(halftone, headers)).isEqualTo("canary");
            assertThat(version(halftone, "X-Region: CN-TJ\r\n")).isEqualTo("stable");
            Files.writeString(folder.resolve("halftone.yaml"), yaml(top, "", canary));
            await(halftone, headers, "stable");
        }
    }

    private static String token(RSAKey key, String user, Date expires) throws Exception {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                new JWTClaimsSet.Builder().subject(user).expirationTime(expires).build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private String keySource(Halftone halftone, String token) throws Exception {
        return halftone.get("/api/v1/routes/shop/explain?header=Authorization:Bearer%20" + token)
                .get("keySource")
                .asText();
    }

    @Test
    void jwtClaim_provenTokensAlone_nameTheUser() throws Exception {
        RSAKey key = new RSAKeyGenerator(2048).keyID("k1").generate();
        RSAKey stranger = new RSAKeyGenerator(2048).keyID("k1").generate();
        Files.writeString(folder.resolve("keys.json"), new JWKSet(key).toString());
        String yaml = yaml("", "", """
                userKey: [{jwtClaim: {claim: sub, jwks: keys.json}}]
                ratio: 100
                analysis: {checks: []}
                """);
        Date later = Date.from(Instant.now().plusSeconds(3600));
        Date before = Date.from(Instant.now().minusSeconds(3600));
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            String bearer = "Authorization: Bearer ";
            String good = token(key, "alice", later);
            for (int i = 0; i < 3; i++) {
                assertThat(version(halftone, bearer + good + "\r\n")).isEqualTo("canary");
            }
            assertThat(keySource(halftone, good)).isEqualTo("JWT claim sub in header Authorization");
            List<String> bad = List.of(
                    token(key, "alice", before),
                    token(stranger, "alice", later),
                    new PlainJWT(new JWTClaimsSet.Builder().subject("alice").build()).serialize(),
                    good.substring(0, good.length() - 20),
                    "nonsense");
            for (String token : bad) {
                assertThat(version(halftone, bearer + token + "\r\n")).as(token).isEqualTo("stable");
            }
            assertThat(version(halftone, "")).isEqualTo("stable");

            Files.writeString(folder.resolve("keys.json"), new JWKSet(stranger).toString());
            await(halftone, bearer + token(stranger, "alice", later) + "\r\n", "canary");
            assertThat(version(halftone, bearer + good + "\r\n"))
                    .as("its key is gone")
                    .isEqualTo("stable");
            assertThat(halftone.log()).doesNotContain("alice").doesNotContain(good);
        }
    }

    /** Computed as docs/buckets.md says, without the product's code. */
    private static boolean isBelow(String user, int percent) throws Exception {
        byte[] key = Arrays.copyOf(
                MessageDigest.getInstance("SHA-256").digest("shop/v2".getBytes(StandardCharsets.UTF_8)), 16);
        BigInteger position = PaperSipHash.hash(key, user.getBytes(StandardCharsets.UTF_8));
        return position.multiply(BigInteger.valueOf(10_000)).shiftRight(64).intValue() < percent * 100;
    }

    @Test
    void assignCookie_usersWithoutIdentifier_getOneThatSticks() throws Exception {
        Files.writeString(folder.resolve("secret.txt"), "a secret of more than 16 bytes");
        String yaml = yaml("", ", trustedProxies: [127.0.0.0/8]", """
                userKey: [{header: X-User-Id}]
                onMissingKey: assignCookie
                assignCookie: {name: shop_id, secret: {file: secret.txt}, maxAge: 1h}
                ratio: 50
                analysis: {checks: []}
                """);
        String kept = "";
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            for (int i = 0; i < 20; i++) {
                String answer = ask(halftone, "");
                Matcher cookie = COOKIE.matcher(answer);
                assertThat(cookie.find()).as(answer).isTrue();
                assertThat(cookie.group(2)).isEqualTo("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
                kept = cookie.group(1);
                String expected = isBelow(kept.substring(0, kept.indexOf('.')), 50) ? "canary" : "stable";
                assertThat(answer).contains("X-Halftone-Version: " + expected);
                String again = ask(halftone, "Cookie: a=b; shop_id=" + kept + "\r\n");
                assertThat(again).contains("X-Halftone-Version: " + expected).doesNotContain("Set-Cookie");
            }
            String forged = "Cookie: shop_id=" + (kept.startsWith("A") ? "B" : "A") + kept.substring(1) + "\r\n";
            Matcher replaced = COOKIE.matcher(ask(halftone, forged));
            assertThat(replaced.find()).isTrue();
            assertThat(forged).doesNotContain(replaced.group(1));
            assertThat(ask(halftone, "X-Forwarded-Proto: https\r\n")).contains("; SameSite=Lax; Secure\r\n");
            assertThat(ask(halftone, "X-User-Id: 7\r\n")).doesNotContain("Set-Cookie");
            assertThat(halftone.log()).doesNotContain(kept);
        }
        try (Halftone restarted = Halftone.start(folder)) {
            assertThat(ask(restarted, "Cookie: shop_id=" + kept + "\r\n"))
                    .as("known again after a restart")
                    .doesNotContain("Set-Cookie");
            restarted.call("POST", "/api/v1/routes/shop/rollback", "{}");
            assertThat(ask(restarted, "")).as("nobody is split any more").doesNotContain("Set-Cookie");
        }
    }

    @Test
    void override_failing_isLeftOutOfTheAnalysis() throws Exception {
        stage.on("/x", visit -> visit.write("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"));
        Files.writeString(folder.resolve("testers.txt"), "alice\n");
        String yaml = yaml("", "", """
                userKey: [{header: X-User-Id}]
                ratio: 100
                rules: [{name: testers, when: {users: {file: testers.txt}}, sendTo: canary}]
                analysis: {minRequests: 5, checks: [{name: errors, metric: errorRate, detector: threshold, max: 1%}]}
                """);
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            for (int i = 0; i < 50; i++) {
                assertThat(ask(halftone, "X-User-Id: alice\r\n")).startsWith("HTTP/1.1 500");
            }
            Awaitility.await()
                    .during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(halftone.route().get("phase").asText()).isEqualTo("progressing"));
            for (int i = 0; i < 50; i++) {
                ask(halftone, "X-User-Id: u" + i + "\r\n");
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() ->
                            assertThat(halftone.route().get("phase").asText()).isEqualTo("rolledBack"));
            stage.on("/x", Stage.Visit::echo);
            assertThat(version(halftone, "X-User-Id: alice\r\n"))
                    .as("after a rollback not even an override reaches the canary")
                    .isEqualTo("stable");
        }
    }

    private String example(String name) throws IOException {
        Path config = Path.of(System.getProperty("halftone.root", "..")).resolve("config");
        for (String part : List.of("cohorts", "fleet")) {
            Files.createDirectories(folder.resolve(part));
            try (var files = Files.list(config.resolve(part))) {
                for (Path file : files.toList()) {
                    Files.copy(
                            file,
                            folder.resolve(part).resolve(file.getFileName().toString()));
                }
            }
        }
        return Files.readString(config.resolve(name))
                .replace("version: 1\n", "version: 1\nadmin: {address: \"127.0.0.1:0\"}\n")
                .replace("127.0.0.1:8080", "127.0.0.1:0")
                .replace("127.0.0.1:8081", "127.0.0.1:" + stage.port())
                .replace("127.0.0.1:8082", "127.0.0.1:" + stage.port());
    }

    @Test
    void example_cohorts_runs() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, example("cohorts.yaml"))) {
            assertThat(version(halftone, "Cookie: user_id=alice\r\n")).isEqualTo("canary");
            assertThat(version(halftone, "Cookie: user_id=alice; canary=never\r\n"))
                    .isEqualTo("stable");
            assertThat(version(halftone, "X-Forwarded-For: 192.0.2.9\r\n")).isEqualTo("canary");
            int canary = 0;
            for (int i = 0; i < 100; i++) {
                String user = "Cookie: user_id=u" + i + "\r\n";
                canary +=
                        version(halftone, user + "X-Region: CN-BJ\r\n" + IPHONE).equals("canary") ? 1 : 0;
                assertThat(version(halftone, user + "X-Region: CN-SH\r\n" + IPHONE))
                        .isEqualTo("stable");
            }
            assertThat(canary).as("of 100 users at ratio 20").isBetween(8, 34);
        }
    }

    @Test
    void example_fleet_isReleasedRegionByRegion() throws Exception {
        String yaml = example("fleet.yaml").replace("ratio: 50", "ratio: 100");
        try (Halftone halftone = Halftone.serve(folder, yaml)) {
            String tianjin = "X-Gateway-Id: g1\r\nX-Region: CN-TJ\r\n";
            assertThat(fleet(halftone, "X-Gateway-Id: g1\r\nX-Region: CN-BJ\r\n"))
                    .isEqualTo("canary");
            assertThat(fleet(halftone, tianjin)).isEqualTo("stable");
            assertThat(fleet(halftone, "X-Gateway-Id: bench-1\r\nX-Region: CN-SH\r\n"))
                    .isEqualTo("canary");
            Files.writeString(
                    folder.resolve("halftone.yaml"), yaml.replace("region: [CN-BJ]", "region: [CN-BJ, CN-TJ]"));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(fleet(halftone, tianjin)).isEqualTo("canary"));
            assertThat(fleet(halftone, "X-Gateway-Id: g1\r\nX-Region: CN-SH\r\n"))
                    .isEqualTo("stable");
        }
    }

    private static String fleet(Halftone halftone, String headers) throws IOException {
        try (Wire wire = new Wire(halftone.web())) {
            String answer = wire.send("GET /commands HTTP/1.1\r\nHost: fleet\r\n" + headers + "\r\n")
                    .readResponse();
            return answer.contains("X-Halftone-Version: canary") ? "canary" : "stable";
        }
    }

    @Test
    void checkAndExplain_cohorts_tellWhatIsWrongAndWhy() throws Exception {
        new MmdbWriter().add("10.1.0.0/16", "CN", "BJ").write(folder.resolve("geo.mmdb"));
        Files.writeString(folder.resolve("nobody.txt"), "\n");
        String rules = """
                userKey: [{header: X-User-Id}]
                ratio: 100
                rules:
                  - {name: china, when: {region: [CN]}, sendTo: stable}
                  - {name: beijing, when: {region: [CN-BJ]}, sendTo: ratio}
                  - {name: testers, when: {users: {file: nobody.txt}}, sendTo: canary}
                """;
        Files.writeString(folder.resolve("halftone.yaml"), yaml("regions: {database: geo.mmdb}", "", rules));
        Halftone.Ended check = Halftone.run(folder, "check", "-c", "halftone.yaml");
        assertThat(check.status()).isZero();
        assertThat(check.err())
                .contains("rule beijing never matches: china before it takes all of it")
                .contains("nobody.txt holds no user, so the rule never matches");
        Halftone.Ended explain = Halftone.run(
                folder,
                "explain",
                "-c",
                "halftone.yaml",
                "--route",
                "shop",
                "--ip",
                "10.1.2.3",
                "--header",
                "User-Agent: Mozilla/5.0 (iPad)");
        assertThat(explain.out())
                .contains("rule china matches and sends to stable")
                .contains("region    CN-BJ")
                .contains("device    tablet");
        Files.writeString(folder.resolve("halftone.yaml"), yaml("", "", rules));
        Halftone.Ended without = Halftone.run(folder, "check", "-c", "halftone.yaml");
        assertThat(without.status()).isEqualTo(2);
        assertThat(without.err()).contains("rule china asks for a region, but nothing tells it");
    }
}
