package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.routing.Cohort;
import dev.halftone.core.routing.Device;
import dev.halftone.core.routing.Rule;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.server.cohort.MmdbWriter;
import dev.halftone.server.cohort.RegionHeader;
import dev.halftone.server.cohort.SourceFiles;
import dev.halftone.server.config.ConfigLoader.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file may say of cohorts, what is wrong with it, and which of its rules never match. */
class CohortConfigTest {
    private static final String KEYS = "{\"keys\": [{\"kty\": \"oct\", \"kid\": \"s\", \"k\":"
            + " \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}";

    @TempDir
    Path folder;

    private final SourceFiles files = new SourceFiles();

    private Result load(String top, String canary) throws IOException {
        Path file = folder.resolve("f.yaml");
        Files.writeString(file, """
                version: 1
                %s
                listeners:
                  - {name: web, address: "127.0.0.1:0"}
                upstreams:
                  - {name: v1, endpoints: [{address: "127.0.0.1:1"}]}
                  - {name: v2, endpoints: [{address: "127.0.0.1:2"}]}
                routes:
                  - name: shop
                    stable: v1
                    canary:
                      upstream: v2
                      release: v2
                      ratio: 1
                %s
                """.formatted(top, canary.indent(6)));
        return ConfigLoader.load(file, files);
    }

    private static String text(Stream<Problem> problems) {
        return problems.map(Problem::toString).collect(Collectors.joining("\n"));
    }

    private static String problems(Result result) {
        return text(result instanceof Result.Rejected rejected ? rejected.problems().stream() : Stream.of());
    }

    private static String warnings(Result result) {
        assertThat(result).as(problems(result)).isInstanceOf(Result.Loaded.class);
        return text(((Result.Loaded) result).warnings().stream());
    }

    private static Settings.GraySettings gray(Result result) {
        assertThat(result).as(problems(result)).isInstanceOf(Result.Loaded.class);
        return Objects.requireNonNull(
                ((Result.Loaded) result).settings().routes().get(0).gray());
    }

    private static String rules(String... rules) {
        return "userKey: [{cookie: id}]\nrules:\n" + String.join("\n", rules).indent(2);
    }

    @Test
    void load_everyKind_isRead() throws IOException {
        new MmdbWriter().add("10.0.0.0/8", "CN").write(folder.resolve("geo.mmdb"));
        Files.writeString(folder.resolve("list.txt"), "alice\nbob\n");
        Files.writeString(folder.resolve("keys.json"), KEYS);
        Files.writeString(folder.resolve("salt.txt"), "a secret of 16 bytes");
        Result result = load("regions: {database: geo.mmdb}", """
                userKey: [{jwtClaim: {claim: sub, jwks: keys.json, issuer: me}}, {jwtClaim: {claim: uid, jwks: keys.json, cookie: session}}]
                onMissingKey: assignCookie
                salt: {file: salt.txt}
                rules:
                  - {name: testers, when: {users: {file: list.txt}}, sendTo: canary}
                  - {name: north, when: {region: [cn-bj, CN], device: [phone, bot]}, sendTo: ratio}
                """);
        assertThat(warnings(result)).isEmpty();
        Settings.GraySettings gray = gray(result);
        Cohort testers = gray.rules().get(0).when().cohort();
        assertThat(Objects.requireNonNull(testers.users()).size()).isEqualTo(2);
        Rule north = gray.rules().get(1);
        assertThat(north.when().cohort())
                .isEqualTo(new Cohort(List.of("CN-BJ", "CN"), List.of(Device.PHONE, Device.BOT), null));
        assertThat(gray.userKey()).hasSize(3);
        assertThat(((UserKeySource.JwtClaim) gray.userKey().get(0)).token())
                .isEqualTo(new UserKeySource.Header("Authorization"));
        assertThat(((UserKeySource.JwtClaim) gray.userKey().get(1)).token())
                .isEqualTo(new UserKeySource.Cookie("session"));
        UserKeySource.Assignment assigned =
                ((UserKeySource.Assigned) gray.userKey().get(2)).assignment();
        assertThat(assigned.cookie()).isEqualTo("halftone_id");
        assertThat(assigned.setCookie("v"))
                .isEqualTo("halftone_id=v; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
        assertThat(gray(load("", "userKey: [{cookie: id}]")).rules()).isEmpty();
        Result header = load("regions: {header: X-Region}", "userKey: [{cookie: id}]");
        assertThat(((Result.Loaded) header).settings().regions()).isEqualTo(new RegionHeader("X-Region"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            when: {region: [China]}               | rules[0].when.region[0]: China (expected: a country as CN, or a subdivision of one as CN-BJ (ISO 3166))
            when: {region: []}                    | rules[0].when.region: empty (expected: at least one, or leave it out)
            when: {device: []}                    | rules[0].when.device: empty (expected: at least one, or leave it out)
            when: {device: [watch]}               | rules[0].when.device[0]: watch (expected: one of phone, tablet, desktop, bot)
            when: {users: {file: none.txt}}       | rules[0].when.users.file: none.txt is no file, or cannot be reached (expected: a text file with one user key on each line)
            when: {region: [CN]}                  | rules: rule r asks for a region, but nothing tells it (expected: regions: {database: file} or {header: name} at the top of the file)
            when: {users: {file: long.txt}}       | long.txt line 2 is longer than 256 bytes, as no user key is
            """)
    void load_wrongRule_isTold(String when, String expected) throws IOException {
        Files.writeString(folder.resolve("long.txt"), "a\n" + "x".repeat(300));
        assertThat(problems(load("", rules("- {name: r, " + when + ", sendTo: ratio}"))))
                .contains(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            userKey: [{jwtClaim: {claim: sub}}]                                       | userKey[0].jwtClaim.jwks: missing (expected: a path of a file)
            userKey: [{jwtClaim: {claim: sub, jwks: f.yaml}}]                         | userKey[0].jwtClaim.jwks: f.yaml is no JWK Set
            userKey: [{jwtClaim: {claim: sub, jwks: keys.json, header: A, cookie: b}}]| userKey[0].jwtClaim.cookie: header and cookie at once (expected: one of them)
            'userKey: [{cookie: id}]~onMissingKey: assignCookie'                      | onMissingKey: nothing to sign the cookie with (expected: assignCookie.secret or salt, each {file: path})
            'userKey: [{cookie: id}]~assignCookie: {name: x}'                         | assignCookie: says nothing (expected: onMissingKey: assignCookie beside it)
            'userKey: [{cookie: id}]~onMissingKey: assignCookie~assignCookie: {name: id, secret: {file: keys.json}}' | userKey: the cookie id, which onMissingKey assigns
            'userKey: [{cookie: id}]~onMissingKey: assignCookie~assignCookie: {maxAge: 0s, secret: {file: keys.json}}' | assignCookie.maxAge: 0s (expected: 1s or more)
            """)
    void load_wrongUserKey_isTold(String canary, String expected) throws IOException {
        Files.writeString(folder.resolve("keys.json"), KEYS);
        String told = problems(load("", canary.replace("~", "\n")));
        assertThat(told).contains(expected).doesNotContain("AAECAwQF");
    }

    @Test
    void load_wrongRegions_isTold() throws IOException {
        assertThat(problems(load("regions: {}", rules())))
                .contains("regions: nothing is asked (expected: one of database, header)");
        assertThat(problems(load("regions: {database: f.yaml}", rules())))
                .contains(
                        "regions.database: f.yaml is no MaxMind DB file (expected: a MaxMind DB file, as GeoLite2-City.mmdb)");
        assertThat(problems(load("regions: {database: geo.mmdb}", rules()))).contains("geo.mmdb is no file");
    }

    @Test
    void load_emptyList_isWarnedOf() throws IOException {
        Files.writeString(folder.resolve("list.txt"), "# nobody yet\n");
        assertThat(warnings(load("", rules("- {name: r, when: {users: {file: list.txt}}, sendTo: canary}"))))
                .contains("rules[0].when.users.file: list.txt holds no user, so the rule never matches");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {device: [phone, tablet]}                          | {device: [phone]}                                      | true
            {device: [phone]}                                  | {device: [phone, tablet]}                              | false
            {device: [phone]}                                  | {}                                                     | false
            {region: [CN]}                                     | {region: [CN-BJ, CN]}                                  | true
            {region: [CN-BJ]}                                  | {region: [CN]}                                         | false
            {region: [CN]}                                     | {region: [CN-BJ], device: [phone]}                     | true
            {region: [CN], device: [phone]}                    | {region: [CN-BJ]}                                      | false
            {clientIp: [10.0.0.0/8]}                           | {clientIp: [10.1.0.0/16, 10.2.3.4]}                    | true
            {clientIp: [10.1.0.0/16]}                          | {clientIp: [10.0.0.0/8]}                               | false
            {clientIp: [10.0.0.0/8]}                           | {clientIp: [10.1.0.0/16, 192.0.2.1]}                   | false
            {headers: [{name: X, present: true}]}              | {headers: [{name: x, exact: a}]}                       | true
            {headers: [{name: X, in: [a, b]}]}                 | {headers: [{name: X, exact: a}, {name: Y, exact: c}]}  | true
            {headers: [{name: X, exact: a}]}                   | {headers: [{name: X, in: [a, b]}]}                     | false
            {headers: [{name: X, exact: a, not: true}]}        | {headers: [{name: X, exact: a}]}                       | false
            {headers: [{name: X, exact: a, not: true}]}        | {headers: [{name: X, in: [a, b], not: true}]}          | true
            {cookies: [{name: c, prefix: a}]}                  | {cookies: [{name: c, exact: ab}]}                      | true
            {cookies: [{name: c, exact: a}]}                   | {cookies: [{name: C, exact: a}]}                       | false
            {query: [{name: q, regex: "a.*"}]}                 | {query: [{name: q, exact: ab}]}                        | true
            {path: {prefix: /a}}                               | {path: {exact: /a/b}}                                  | true
            {path: {prefix: /a}}                               | {path: {prefix: /ab}}                                  | false
            {methods: [GET, HEAD]}                             | {methods: [GET]}                                       | true
            {users: {file: list.txt}}                          | {users: {file: list.txt}, device: [phone]}             | true
            {users: {file: list.txt}}                          | {device: [phone]}                                      | false
            """)
    void load_ruleBehindAWiderOne_isWarnedOf(String first, String second, boolean covered) throws IOException {
        Files.writeString(folder.resolve("list.txt"), "alice\n");
        String told = warnings(load(
                "regions: {header: X-Region}",
                rules(
                        "- {name: a, when: " + first + ", sendTo: stable}",
                        "- {name: b, when: " + second + ", sendTo: stable}")));
        assertThat(told.contains("rule b never matches: a before it takes all of it"))
                .as(told)
                .isEqualTo(covered);
    }

    /** Beyond some thousand rules only equal ones are found, in no time. */
    @Test
    void load_manyRules_equalOnesAreWarnedOf() throws IOException {
        String[] rules = IntStream.range(0, 10_000)
                .mapToObj(i ->
                        "- {name: r" + i + ", when: {cookies: [{name: c, exact: v" + i % 9_999 + "}]}, sendTo: stable}")
                .toArray(String[]::new);
        assertThat(warnings(load("", rules(rules)))).contains("rule r9999 never matches: r0 before it");
    }

    @Test
    void load_listAgain_isReadOnlyWhenItChanged() throws IOException {
        Path list = Files.writeString(folder.resolve("list.txt"), "alice\n");
        String rules = rules("- {name: r, when: {users: {file: list.txt}}, sendTo: canary}");
        Cohort first = gray(load("", rules)).rules().get(0).when().cohort();
        assertThat(gray(load("", rules)).rules().get(0).when().cohort().users()).isSameAs(first.users());
        Files.writeString(list, "alice\nbob\n");
        assertThat(files.haveChanged()).isFalse();
        assertThat(files.haveChanged()).isTrue();
        Cohort next = gray(load("", rules)).rules().get(0).when().cohort();
        assertThat(Objects.requireNonNull(next.users()).size()).isEqualTo(2);
    }
}
