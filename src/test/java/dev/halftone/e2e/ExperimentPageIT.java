package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of an A/B test in a real browser. */
class ExperimentPageIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    @TempDir
    Path folder;

    private static String yaml(int port) {
        return """
                version: 1
                admin: {address: "127.0.0.1:0"}
                listeners: [{name: web, address: "127.0.0.1:0"}]
                upstreams:
                  - {name: ranker-a, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: ranker-b, endpoints: [{address: "127.0.0.1:%d"}]}
                  - {name: ranker-c, endpoints: [{address: "127.0.0.1:%d"}]}
                routes:
                  - name: shop
                    stable: ranker-a
                    customMetrics: {names: [click]}
                    canary:
                      strategy: abTest
                      release: v2
                      userKey: [{cookie: user_id}]
                      variants:
                        - {name: a, upstream: ranker-a, share: 40}
                        - {name: b, upstream: ranker-b, share: 30}
                        - {name: c, upstream: ranker-c, share: 30}
                      goal: {metric: "custom:click", direction: up}
                """.formatted(port, port, port);
    }

    private static void traffic(Halftone halftone) throws Exception {
        StringBuilder reports = new StringBuilder();
        try (Wire wire = new Wire(halftone.web())) {
            for (int i = 0; i < 900; i++) {
                wire.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: user_id=u" + i + "\r\n\r\n")
                        .readResponse();
                reports.append(i == 0 ? "" : ",")
                        .append(String.format(
                                Locale.ROOT,
                                "{\"name\": \"click\", \"user\": \"u%d\", \"value\": %d}",
                                i,
                                i % 3 == 0 ? 1 : 0));
            }
        }
        assertThat(halftone.call("POST", "/api/v1/routes/shop/metrics", "[" + reports + "]")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void page_ofARunningTest_showsVariantsPlotsAndSplit() throws Exception {
        try (Nginx nginx = Nginx.start(folder, "location / { return 200 ok; }");
                Halftone halftone = Halftone.serve(folder, yaml(nginx.port()));
                Browser browser = new Browser(1280, 1500)) {
            traffic(halftone);
            browser.open("http://127.0.0.1:" + halftone.admin() + "/?route=shop");
            browser.follow("The A/B test: variants, lift, split");
            browser.awaitText("The A/B test is running.");
            browser.awaitText("Users come to the variants in the shares that they are drawn with.");
            browser.awaitText("custom:click · more is better");
            for (String name : List.of("a", "b", "c")) {
                String trials = variant(halftone, name);
                browser.awaitText(" " + trials + " ");
            }
            browser.awaitText("too early");
            assertThat(browser.script("return document.querySelectorAll('.chart canvas').length"))
                    .isEqualTo(3L);
            assertThat((String) browser.script("return document.querySelector('.chart').getAttribute('aria-label')"))
                    .contains("b ")
                    .contains(" %");
            assertThat(browser.faults()).isEmpty();
            browser.screenshot(SCREENSHOTS.resolve("experiment.png"));
            assertThat(browser.console()).isEmpty();
            assertThat(browser.hosts()).containsExactly("127.0.0.1:" + halftone.admin());
        }
    }

    private static String variant(Halftone halftone, String name) throws Exception {
        for (var variant : halftone.get("/api/v1/routes/shop/experiment").get("variants")) {
            if (variant.get("name").asText().equals(name)) {
                return variant.get("trials").asText();
            }
        }
        throw new AssertionError("no variant " + name);
    }

    @Test
    void page_onAPhoneDarkAndChinese_fitsAndIsAccessible() throws Exception {
        try (Nginx nginx = Nginx.start(folder, "location / { return 200 ok; }");
                Halftone halftone = Halftone.serve(folder, yaml(nginx.port()));
                Browser browser = new Browser(390, 844)) {
            traffic(halftone);
            browser.open("http://127.0.0.1:" + halftone.admin() + "/");
            browser.remember("theme", "dark");
            browser.remember("language", "zh");
            browser.open("http://127.0.0.1:" + halftone.admin() + "/?again#/route/shop/experiment");
            browser.awaitText("A/B 测试进行中。");
            browser.awaitText("为时尚早");
            assertThat(browser.isWiderThanScreen()).isFalse();
            assertThat(browser.faults()).isEmpty();
            browser.screenshot(SCREENSHOTS.resolve("experiment-phone.png"));
            assertThat(browser.console()).isEmpty();
        }
    }

    @Test
    void page_ofARouteWithoutATest_saysSo() throws Exception {
        try (Halftone halftone = Halftone.serve(folder, Halftone.yaml(1, 2, 10));
                Browser browser = new Browser(800, 600)) {
            browser.open("http://127.0.0.1:" + halftone.admin() + "/#/route/shop/experiment");
            browser.awaitText("No A/B test runs on this route.");
            Halftone.Ended ended =
                    Halftone.run(folder, "experiment", "shop", "--admin", "http://127.0.0.1:" + halftone.admin());
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.err()).contains("route shop has no A/B test (expected: strategy: abTest in its canary)");
        }
    }
}
