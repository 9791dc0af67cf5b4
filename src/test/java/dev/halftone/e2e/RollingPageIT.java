package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rolling release in a real browser: which instance has what, which one is out, and what is done to it. */
class RollingPageIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    @TempDir
    Path folder;

    private static String page(Halftone halftone, String end) {
        return "http://127.0.0.1:" + halftone.admin() + "/" + end;
    }

    /** What the page says of the instance, on one line. */
    private static String card(Browser browser, int instance) {
        return browser.text(".instances > li:nth-child(" + (instance + 1) + ")").replace('\n', ' ');
    }

    private static void awaitCard(Browser browser, int instance, String wanted) {
        Awaitility.await()
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(card(browser, instance)).contains(wanted));
    }

    private static void assertAsDescribed(Halftone halftone) throws Exception {
        JsonNode document = halftone.get("/api/v1/openapi.json");
        AdminIT.matches(document, document.at("/components/schemas/Route"), halftone.route(), "a rolling route");
    }

    @Test
    void page_ofARollingRelease_showsEachInstanceForwardAndBack() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 3, "v1")) {
            fleet.spoil("wait", "update");
            try (Halftone halftone = Halftone.serve(folder, RollingIT.yaml(fleet, "v2", "30s", "60s"));
                    Crowd crowd = new Crowd(halftone.web(), 100);
                    Browser browser = new Browser(1280, 1500)) {
                browser.open(page(halftone, "?route=shop"));
                browser.awaitText("0 of 3 have v2.");
                awaitCard(browser, 0, "The update runs, since");
                // What its command says comes a look later.
                awaitCard(browser, 0, "the command says wait: not yet");
                assertThat(card(browser, 0))
                        .startsWith("127.0.0.1:" + fleet.ports().get(0) + " version before gets no requests")
                        .endsWith("the command says wait: not yet");
                assertThat(card(browser, 1))
                        .isEqualTo("127.0.0.1:" + fleet.ports().get(1) + " version before");
                assertAsDescribed(halftone);
                assertThat(browser.faults()).isEmpty();
                browser.screenshot(SCREENSHOTS.resolve("rolling.png"));

                fleet.mend("wait", "update");
                browser.awaitText("1 of 3 have v2.");
                awaitCard(browser, 0, "127.0.0.1:" + fleet.ports().get(0) + " v2");
                assertThat(Halftone.run(folder, "status", "--admin", page(halftone, ""))
                                .out())
                        .contains("instances: 127.0.0.1:" + fleet.ports().get(0) + " has v2; 127.0.0.1:"
                                + fleet.ports().get(1) + " as before");
                browser.screenshot(SCREENSHOTS.resolve("rolling-one.png"));

                fleet.spoil("wait", "undo");
                browser.press("Roll back");
                browser.press("Roll back");
                browser.awaitText("v2 is being taken back, one instance after another: 1 of 3 still have it.");
                awaitCard(browser, 0, "The undo runs, since");
                assertThat(card(browser, 0)).contains("gets no requests");
                assertThat(browser.faults()).isEmpty();
                browser.screenshot(SCREENSHOTS.resolve("rolling-back.png"));

                fleet.mend("wait", "undo");
                browser.awaitText("0 of 3 have v2.");
                assertThat(browser.console()).isEmpty();
                assertThat(crowd.bad()).isZero();
            }
        }
    }

    @Test
    void page_onAPhoneDarkAndChinese_fitsAndIsAccessible() throws Exception {
        try (NginxFleet fleet = new NginxFleet(folder, 3, "v1")) {
            fleet.spoil("wait", "update");
            try (Halftone halftone = Halftone.serve(folder, RollingIT.yaml(fleet, "v2", "30s", "60s"));
                    Browser browser = new Browser(390, 2600)) {
                browser.open(page(halftone, ""));
                browser.remember("theme", "dark");
                browser.remember("language", "zh");
                browser.open(page(halftone, "?again#/route/shop"));
                browser.awaitText("3 个实例中有 0 个使用 v2。");
                awaitCard(browser, 0, "更新正在运行");
                for (String word : List.of("之前的版本", "不接收请求")) {
                    assertThat(card(browser, 0)).contains(word);
                }
                assertThat(browser.isWiderThanScreen()).isFalse();
                assertThat(browser.faults()).isEmpty();
                browser.screenshot(SCREENSHOTS.resolve("rolling-phone.png"));
                assertThat(browser.console()).isEmpty();
            }
        }
    }
}
