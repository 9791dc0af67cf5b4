package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard as people meet it: in a real browser, on a big and a small screen, in both languages, with and without a token. */
class DashboardIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final String TOKEN = "s3cret-token-0123456789";
    private static final String READ_TOKEN = "s3cret-look-only-0123456789";

    @TempDir
    Path folder;

    private static String url(Halftone halftone) {
        return "http://127.0.0.1:" + halftone.admin() + "/";
    }

    private static void traffic(Halftone halftone) throws Exception {
        try (Wire wire = new Wire(halftone.web())) {
            for (int i = 0; i < 300; i++) {
                wire.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: u" + i + "\r\n\r\n")
                        .readResponse();
            }
        }
    }

    @Test
    void release_rolledBackByButton_isSeenAtOnceWithItsReason() throws Exception {
        try (Nginx nginx = Nginx.start(folder, "location / { return 200 ok; }");
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(nginx.port(), nginx.port(), 10));
                Browser browser = new Browser(1280, 1400)) {
            traffic(halftone);
            browser.open(url(halftone));
            browser.awaitText("All is well");
            assertThat(browser.faults()).isEmpty();
            browser.follow("shop");
            browser.awaitText("10 % of users get v2");
            String stable = halftone.route().at("/stable/requests").asText();
            assertThat(stable).isNotEqualTo("0");
            browser.awaitText("stable " + stable + " ");
            assertThat(browser.faults()).isEmpty();

            halftone.call("PUT", "/api/v1/routes/shop/ratio", "{\"ratio\": 25, \"reason\": \"more\"}");
            browser.awaitText("25 % of users get v2");
            assertThat(browser.script("return document.querySelectorAll('.buckets .on').length"))
                    .isEqualTo(25L);
            browser.screenshot(SCREENSHOTS.resolve("route.png"));

            browser.press("Roll back");
            browser.awaitText("Send all users back to shop-v1?");
            assertThat(browser.faults()).isEmpty();
            browser.type("ask-reason", "numbers look odd");
            browser.press("Roll back");
            browser.awaitText("Rolled back: nobody gets v2 any more.");
            browser.awaitText("numbers look odd");
            assertThat(halftone.route().get("ratio").asInt()).isZero();
            assertThat(browser.text("#announce")).contains("rolled back");
            browser.awaitText("Nobody is on this release any more: there is nothing to judge.");
            browser.awaitText("What happened, who was harmed, what the checks said");
            browser.follow("rolled back");
            browser.awaitText("progressing 25");
            browser.awaitText("What it cost");
            browser.awaitText("Old against new at the decision");
            browser.screenshot(SCREENSHOTS.resolve("story.png"));
            assertThat(browser.faults()).isEmpty();

            assertThat(browser.console()).isEmpty();
            assertThat(browser.hosts()).containsExactly("127.0.0.1:" + halftone.admin());
        }
    }

    @Test
    void figures_change_focusAndScrollStay() throws Exception {
        try (Nginx nginx = Nginx.start(folder, "location / { return 200 ok; }");
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(nginx.port(), nginx.port(), 10));
                Browser browser = new Browser(390, 844)) {
            browser.open(url(halftone));
            browser.awaitText("shop");
            browser.script("document.querySelector('.routes a').focus()");
            traffic(halftone);
            browser.awaitText("0 % → 0 %");
            assertThat(browser.script("return document.activeElement.textContent"))
                    .isEqualTo("shop");
            browser.follow("shop");
            browser.awaitText("Old against new");
            browser.script("document.querySelector('.scroll').scrollLeft = 40");
            traffic(halftone);
            Awaitility.await()
                    .until(() -> browser.text()
                            .contains("stable "
                                    + halftone.route().at("/stable/requests").asText()));
            assertThat(browser.script("return document.querySelector('.scroll').scrollLeft"))
                    .isEqualTo(40L);
        }
    }

    @Test
    void plan_ofSteps_saysWhatEachIsAndWhereItStands() throws Exception {
        String yaml = Halftone.yaml(1, 2, 10)
                .replace(
                        "ratio: 10",
                        "steps: [{ratio: 1, hold: 10m}, {pause: {}}, {ratio: 12.5, hold: 90s}, {ratio: 100}]");
        assertThat(yaml).contains("pause");
        try (Halftone halftone = Halftone.serve(folder, yaml);
                Browser browser = new Browser(1000, 900)) {
            browser.open(url(halftone) + "?route=shop");
            browser.awaitText("Step 1 of 4");
            assertThat(browser.text(".plan").split("\\R"))
                    .containsExactly("1 % · 10 mins", "until resumed", "12.5 % · 90 secs", "100 %");
            assertThat(browser.text(".plan [aria-current=step]")).isEqualTo("1 % · 10 mins");
            assertThat(browser.faults()).isEmpty();
            JsonNode document = halftone.get("/api/v1/openapi.json");
            AdminIT.matches(document, document.at("/components/schemas/Route"), halftone.route(), "a planned route");
        }
    }

    @Test
    void user_askedFor_isExplained() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 100));
                Browser browser = new Browser(1000, 900)) {
            browser.open(url(halftone) + "?route=shop");
            browser.awaitText("Which version does a user get?");
            browser.type("explain-user", "42");
            browser.press("Explain");
            browser.awaitText("bucket ");
        }
    }

    @Test
    void overview_nothingHeardYet_doesNotSayThatAllIsWell() throws Exception {
        try (Browser browser = new Browser(1280, 900);
                Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10))) {
            browser.open(url(halftone));
            browser.awaitText("All is well");
            Object before = browser.script("return import('/assets/views.js').then(views => new views.Overview("
                    + "{live: {routes: new Map(), serverTime: null, state: 'connecting'}}).root.textContent)");
            assertThat(before.toString()).contains("Routes").doesNotContain("well");
        }
    }

    @Test
    void connection_lostAndBack_isSaid() throws Exception {
        try (Browser browser = new Browser(1280, 900)) {
            String page;
            int port;
            try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10))) {
                page = url(halftone);
                port = halftone.admin();
                browser.open(page);
                browser.awaitText("All is well");
                halftone.kill9();
                browser.awaitText("Connection to the proxy lost. The figures below are from");
                assertThat(browser.text("#connection")).isEqualTo("connection lost");
                assertThat(browser.script("return document.body.classList.contains('stale')"))
                        .isEqualTo(true);
            }
            String yaml = Halftone.yaml(1, 2, 10)
                    .replace("127.0.0.1:0\"}\nlisteners", "127.0.0.1:" + port + "\"}\nlisteners");
            assertThat(yaml).contains("127.0.0.1:" + port);
            try (Halftone again = Halftone.serve(folder, yaml)) {
                assertThat(again.admin()).isEqualTo(port);
                Awaitility.await().until(() -> browser.text("#connection").equals("live"));
                assertThat(browser.script("return document.body.classList.contains('stale')"))
                        .isEqualTo(false);
            }
        }
    }

    private static void hide(Browser browser, boolean hidden) {
        browser.script(
                "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
                        + "document.dispatchEvent(new Event('visibilitychange'))",
                hidden);
    }

    @Test
    void page_hiddenAndShownAgain_hasNoStreamMeanwhileAndMissesNothing() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10));
                Browser browser = new Browser(1280, 1400)) {
            browser.open(url(halftone) + "?route=shop");
            browser.awaitText("10 % of users get v2");
            hide(browser, true);
            assertThat(browser.script("return window.halftone.live.source")).isNull();
            halftone.call("PUT", "/api/v1/routes/shop/ratio", "{\"ratio\": 25, \"reason\": \"while nobody looked\"}");
            hide(browser, false);
            browser.awaitText("25 % of users get v2");
            browser.awaitText("while nobody looked");
            assertThat(browser.text("#connection")).isEqualTo("live");
            assertThat(browser.console()).isEmpty();
        }
    }

    @Test
    void phone_darkAndChinese_fitsAndIsAccessible() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10));
                Browser browser = new Browser(390, 844)) {
            browser.open(url(halftone));
            browser.remember("theme", "dark");
            browser.remember("language", "zh");
            browser.open(url(halftone) + "?again");
            browser.awaitText("一切正常");
            assertThat(browser.isWiderThanScreen()).isFalse();
            assertThat(browser.faults()).isEmpty();
            browser.follow("shop");
            browser.awaitText("10 % 的用户使用 v2");
            assertThat(browser.isWiderThanScreen()).isFalse();
            assertThat(browser.faults()).isEmpty();
            assertThat(browser.script("return getComputedStyle(document.body).backgroundColor"))
                    .isEqualTo("rgb(19, 21, 24)");
            browser.screenshot(SCREENSHOTS.resolve("phone-dark-zh.png"));
            assertThat(browser.console()).isEmpty();
        }
    }

    @Test
    void words_bothLanguages_sayTheSameThings() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10));
                Browser browser = new Browser(800, 600)) {
            browser.open(url(halftone));
            browser.awaitText("All is well");
            browser.script("import('/assets/words.js').then((words) => { window.words = words.keys(); })");
            Awaitility.await().until(() -> browser.script("return !!window.words") == Boolean.TRUE);
            Object english = browser.script("return window.words.en");
            assertThat(english)
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                    .hasSizeGreaterThan(50);
            assertThat(browser.script("return window.words.zh")).isEqualTo(english);
        }
    }

    private Halftone guarded() throws Exception {
        for (String[] file : new String[][] {{"token", TOKEN}, {"look", READ_TOKEN}}) {
            Path path = Files.writeString(folder.resolve(file[0]), file[1] + "\n");
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        }
        String yaml = Halftone.yaml(1, 2, 10)
                .replace(
                        "admin: {address: \"127.0.0.1:0\"}",
                        "admin: {address: \"127.0.0.1:0\", tokenFile: token, readTokenFile: look}");
        assertThat(yaml).contains("readTokenFile");
        return Halftone.serve(folder, yaml);
    }

    @Test
    void signIn_wrongThenRightToken_actsUnderTheName() throws Exception {
        try (Halftone halftone = guarded();
                Browser browser = new Browser(1280, 1000)) {
            browser.open(url(halftone) + "#/route/shop");
            browser.awaitText("Your name");
            assertThat(browser.faults()).isEmpty();
            browser.type("token", "wrong");
            browser.press("Sign in");
            browser.awaitText("the token is wrong");
            browser.type("token", TOKEN);
            browser.type("name", "ann");
            browser.press("Sign in");
            browser.awaitText("10 % of users get v2");
            assertThat(browser.cookie("halftone_session")).isEqualTo("HttpOnly true, SameSite Strict");
            assertThat(browser.script("return document.cookie")).isEqualTo("");
            browser.press("Pause");
            browser.press("Pause");
            browser.awaitText("Paused: 10 % of users stay on v2.");
            browser.awaitText("by ann@127.0.0.1");
            browser.press("Sign out");
            browser.awaitText("Your name");
            assertThat(halftone.log()).doesNotContain("s3cret");
        }
    }

    @Test
    void signIn_readToken_looksAndCannotAct() throws Exception {
        try (Halftone halftone = guarded();
                Browser browser = new Browser(1280, 1000)) {
            browser.open(url(halftone) + "#/route/shop");
            browser.awaitText("Your name");
            browser.type("token", READ_TOKEN);
            browser.press("Sign in");
            browser.awaitText("read-only");
            assertThat(browser.isEnabled("Roll back")).isFalse();
        }
    }

    private static HttpResponse<String> send(
            Halftone halftone, String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url(halftone) + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void session_forgedAndRefused_eachCase() throws Exception {
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "origin,host");
        try (Halftone halftone = guarded()) {
            String origin = "http://127.0.0.1:" + halftone.admin();
            String json = "application/json";
            String good = "{\"token\": \"" + TOKEN + "\", \"name\": \"ann\"}";
            String pause = "api/v1/routes/shop/pause";
            assertThat(send(
                                    halftone,
                                    "POST",
                                    "session",
                                    good,
                                    "Content-Type",
                                    json,
                                    "Origin",
                                    "http://evil.example",
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(send(halftone, "POST", "session", good, "Content-Type", json, "Origin", origin)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(send(
                                    halftone,
                                    "POST",
                                    "session",
                                    good,
                                    "Content-Type",
                                    "text/plain",
                                    "Origin",
                                    origin,
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(415);
            assertThat(send(
                                    halftone,
                                    "POST",
                                    "session",
                                    "{\"token\": 5}",
                                    "Content-Type",
                                    json,
                                    "Origin",
                                    origin,
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(send(
                                    halftone,
                                    "POST",
                                    "session",
                                    " ".repeat(70_000),
                                    "Content-Type",
                                    json,
                                    "Origin",
                                    origin,
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(413);
            HttpResponse<String> in = send(
                    halftone, "POST", "session", good, "Content-Type", json, "Origin", origin, "X-Halftone-Page", "x");
            assertThat(in.statusCode()).as(in.body()).isEqualTo(200);
            String cookie = in.headers().firstValue("set-cookie").orElseThrow().split(";", 2)[0];
            assertThat(send(halftone, "POST", pause, "{}", "Content-Type", json, "Cookie", cookie)
                            .statusCode())
                    .as("without Origin")
                    .isEqualTo(403);
            assertThat(send(
                                    halftone,
                                    "POST",
                                    pause,
                                    "{}",
                                    "Content-Type",
                                    json,
                                    "Cookie",
                                    cookie,
                                    "Origin",
                                    "http://evil.example",
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(send(halftone, "POST", pause, "{}", "Content-Type", json, "Cookie", cookie, "Origin", origin)
                            .statusCode())
                    .as("without the page's header")
                    .isEqualTo(403);
            assertThat(send(
                                    halftone,
                                    "POST",
                                    pause,
                                    "{}",
                                    "Content-Type",
                                    json,
                                    "Cookie",
                                    "halftone_session=guessed",
                                    "Origin",
                                    origin,
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(send(
                                    halftone,
                                    "POST",
                                    pause,
                                    "{}",
                                    "Content-Type",
                                    json,
                                    "Authorization",
                                    "Bearer " + READ_TOKEN)
                            .statusCode())
                    .as("the read-only token")
                    .isEqualTo(403);
            assertThat(send(
                                    halftone,
                                    "POST",
                                    pause,
                                    "{}",
                                    "Content-Type",
                                    json,
                                    "Cookie",
                                    cookie,
                                    "Origin",
                                    origin,
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(send(
                                    halftone,
                                    "DELETE",
                                    "session",
                                    "",
                                    "Cookie",
                                    cookie,
                                    "Origin",
                                    origin,
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(send(halftone, "GET", "api/v1/routes", "", "Cookie", cookie)
                            .statusCode())
                    .isEqualTo(401);
            for (int i = 0; i < 10; i++) {
                send(
                        halftone,
                        "POST",
                        "session",
                        "{\"token\": \"no\"}",
                        "Content-Type",
                        json,
                        "Origin",
                        origin,
                        "X-Halftone-Page",
                        "x");
            }
            assertThat(send(
                                    halftone,
                                    "POST",
                                    "session",
                                    good,
                                    "Content-Type",
                                    json,
                                    "Origin",
                                    origin,
                                    "X-Halftone-Page",
                                    "x")
                            .statusCode())
                    .as("after ten wrong tokens")
                    .isEqualTo(429);
        }
    }

    @Test
    void assets_areOpenCachedAndStrict() throws Exception {
        try (Halftone halftone = guarded()) {
            HttpResponse<String> page = send(halftone, "GET", "", "");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            String tag = page.headers().firstValue("etag").orElseThrow();
            assertThat(send(halftone, "GET", "", "", "If-None-Match", tag).statusCode())
                    .isEqualTo(304);
            assertThat(send(halftone, "GET", "assets/uplot-license.txt", "").body())
                    .contains("MIT");
            for (String path : List.of("assets/..%2fopenapi.json", "assets/none.js", "assets/")) {
                assertThat(send(halftone, "GET", path, "").statusCode())
                        .as(path)
                        .isEqualTo(404);
            }
        }
    }
}
