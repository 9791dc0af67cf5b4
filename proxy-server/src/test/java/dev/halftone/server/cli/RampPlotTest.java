package dev.halftone.server.cli;

import static dev.halftone.server.cli.RollbackPlotTest.parsed;
import static dev.halftone.server.cli.RollbackPlotTest.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.halftone.core.Ratio;
import dev.halftone.core.backtest.Ramp;
import dev.halftone.core.backtest.RampRun;
import dev.halftone.core.backtest.RampTrials;
import dev.halftone.core.rollout.Phase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class RampPlotTest {
    private static final List<Ramp> RAMPS = List.of(Ramp.named("auto", 50), Ramp.named("fixed2m", 50));

    private static RampRun.Result promoted(double everybody) {
        List<RampRun.Change> changes =
                List.of(new RampRun.Change(0, new Ratio(100)), new RampRun.Change(everybody, Ratio.ALL));
        return new RampRun.Result(Phase.PROMOTED, everybody + 600, "", 0, 70, 60, 50, 900, changes);
    }

    private static RampRun.Result rolledBack(double atSeconds, long failed) {
        List<RampRun.Change> changes =
                List.of(new RampRun.Change(0, new Ratio(100)), new RampRun.Change(atSeconds, Ratio.NONE));
        return new RampRun.Result(
                Phase.ROLLED_BACK, atSeconds, "errors", 0, failed, failed / 2, failed / 4, 9 * failed, changes);
    }

    private static RampRun.Result onTheWay() {
        List<RampRun.Change> changes = List.of(new RampRun.Change(0, new Ratio(100)));
        return new RampRun.Result(Phase.PROGRESSING, 7200, "", 0, 0, 0, 0, 0, changes);
    }

    private static RampTrials trials(String ramp, boolean bad, RampRun.Result... results) {
        RampTrials trials = new RampTrials(ramp, bad);
        List.of(results).forEach(trials::add);
        return trials;
    }

    private static List<RampRelease> releases() {
        return List.of(
                new RampRelease(
                        "no change",
                        "",
                        false,
                        List.of(
                                trials("auto", false, promoted(300), promoted(420), rolledBack(60, 9)),
                                trials("fixed2m", false, promoted(540), onTheWay(), onTheWay()))),
                new RampRelease(
                        "a < b & c",
                        "worse",
                        true,
                        List.of(
                                trials("auto", true, rolledBack(120, 40), promoted(300)),
                                trials("fixed2m", true, rolledBack(90, 8), rolledBack(100, 8)))),
                new RampRelease(
                        "much worse",
                        "",
                        true,
                        List.of(trials("auto", true, rolledBack(4, 12)), trials("fixed2m", true, rolledBack(4, 12)))));
    }

    private static RampReport report() {
        return new RampReport("100 requests/s; 3 runs", RAMPS, "Gates open.", releases());
    }

    @Test
    void text_hasARowForEachRampOfEachReleaseAndTheSums() {
        List<String> lines = report().as(SeriesReport.Format.text).lines().toList();
        assertThat(lines)
                .startsWith(
                        "100 requests/s; 3 runs",
                        "",
                        "auto     from 1 % to 50 %, times 10 at most each 1 min, harm budget 100, 0.1 % tolerated; then 100 %"
                                + " for 10 min",
                        "fixed2m  1 % for 2 min, 5 % for 2 min, 25 % for 2 min, 50 % for 2 min, 100 % for 10 min",
                        "Gates open.")
                .contains("no change", "a < b & c: worse", "all bad releases")
                .doesNotContain("all good releases");
        assertThat(lines.stream().map(line -> line.replaceAll(" +", " ")))
                .contains(
                        " auto 2/3 1/3 1 5 min (7 min) - - - -",
                        " fixed2m 1/3 0/3 0 never (never) - - - -",
                        " auto 1/2 1/2 0 5 min (5 min) 2 min (never) 55, 40 (70) 40, 20 (60) 630, 360 (900)",
                        " auto 1/3 2/3 0 5 min (5 min) 2 min (never) 41, 40 (70) 29, 20 (60) 456, 360 (900)",
                        " fixed2m 0/3 3/3 0 - 90 s (1.7 min) 9.33, 8 (12) 4.67, 4 (6) 84, 72 (108)");
    }

    @Test
    void jsonAndCsv_tellTheSame() throws Exception {
        JsonNode json = new ObjectMapper().readTree(report().as(SeriesReport.Format.json));
        assertThat(json.path("ramps").findValuesAsText("ramp")).containsExactly("auto", "fixed2m");
        assertThat(json.path("releases")).hasSize(6);
        assertThat(json.path("sums")).hasSize(2);
        JsonNode bad = json.path("releases").get(2);
        assertThat(bad.path("release").asText()).isEqualTo("a < b & c");
        assertThat(bad.path("ramp").asText()).isEqualTo("auto");
        assertThat(bad.path("failedRequestsMean").asDouble()).isEqualTo(55);
        assertThat(bad.path("harmedUsersMedian").asDouble()).isEqualTo(10);
        assertThat(bad.path("toRollbackMedianSeconds").asDouble()).isEqualTo(120);
        assertThat(bad.path("toRollbackP90Seconds").isNull()).isTrue();
        assertThat(bad.path("checks").path("errors").asInt()).isEqualTo(1);
        List<String> csv = report().as(SeriesReport.Format.csv).lines().toList();
        assertThat(csv).hasSize(7);
        assertThat(csv.get(0))
                .startsWith("release,bad,ramp,runs,promoted,rolledBack,falseRollbacks,to100MedianSeconds,");
        assertThat(csv.get(1)).startsWith("\"no change\",0,\"auto\",3,2,1,1,300.0,420.0,,,");
        assertThat(csv.get(3)).startsWith("\"a < b & c\",1,\"auto\",2,1,1,0,300.0,300.0,120.0,,55.0,40.0,70.0,");
        assertThat(csv.stream().map(line -> line.split(",", -1).length)).containsOnly(23);
    }

    @Test
    void svg_isWellFormedAndHoldsTheFigures() throws Exception {
        Document document = parsed(
                new RampPlot("100 requests/s; 3 runs", releases()).drawn().svg());
        assertThat(texts(document))
                .contains("no change", "a < b & c", "worse", "100 requests/s", "3 runs", "auto", "fixed2m")
                .contains("2 of 3", "1 of 3", "5 min", "never", "2 min", "55", "40");
    }

    @Test
    void svg_courses_areStepsOfTheMedianRatio() throws Exception {
        NodeList paths = parsed(new RampPlot("x", releases()).drawn().svg()).getElementsByTagName("path");
        List<String> courses = java.util.stream.IntStream.range(0, paths.getLength())
                .mapToObj(i -> (Element) paths.item(i))
                .filter(path -> path.getAttribute("class").equals("course ramp0"))
                .map(path -> path.getAttribute("d"))
                .filter(d -> !d.contains("h"))
                .toList();
        assertThat(courses).hasSize(3);
        // Up to everybody and on to the end; half are rolled back, so down, and no further.
        assertThat(courses.get(0)).matches("M262\\.0 [\\d.]+H[\\d.]+V150\\.0H[\\d.]+");
        assertThat(courses.get(1)).matches("M262\\.0 [\\d.]+H[\\d.]+V386\\.0");
    }

    @Test
    void svg_bars_areAsLongAsTheHarm() throws Exception {
        NodeList bars = parsed(new RampPlot("x", releases()).drawn().svg()).getElementsByTagName("rect");
        double[] widths = java.util.stream.IntStream.range(0, bars.getLength())
                .mapToObj(i -> (Element) bars.item(i))
                .filter(bar -> bar.getAttribute("class").startsWith("bar"))
                .mapToDouble(bar -> Double.parseDouble(bar.getAttribute("width")))
                .toArray();
        assertThat(widths).hasSize(4);
        assertThat(widths[1] / widths[0]).isCloseTo(4 / 40.0, org.assertj.core.data.Offset.offset(0.01));
        assertThat(widths[2]).isEqualTo(widths[0]);
    }
}
