package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.backtest.Regression;
import dev.halftone.core.backtest.Scenario;
import dev.halftone.core.backtest.Service;
import dev.halftone.core.backtest.Simulation;
import dev.halftone.core.backtest.Trials;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class RollbackPlotTest {
    private static final int SECONDS = 900;
    private static final int ONSET = 300;

    private static Trials trials(String label, Regression regression, AnalysisSpec spec, int runs) {
        Trials trials = new Trials(label, regression.isBad(), SECONDS);
        for (int seed = 1; seed <= runs; seed++) {
            trials.add(new Simulation(regression, Service.of(Scenario.NO_CHANGE), 60, 0.2, seed, SECONDS, ONSET)
                    .run(spec));
        }
        return trials;
    }

    private static List<Trials> three() {
        return List.of(
                trials("no change", Regression.of(Scenario.NO_CHANGE), AnalysisSpec.DEFAULT, 3),
                trials("a < b & c", Regression.of(Scenario.TOTAL_FAILURE), AnalysisSpec.DEFAULT, 4),
                trials("slower", new Regression(Scenario.NO_CHANGE, 0, 1.01), AnalysisSpec.DEFAULT, 2));
    }

    static Document parsed(String xml) throws Exception {
        DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        return builder.parse(new InputSource(new StringReader(xml)));
    }

    static List<String> texts(Document document) {
        NodeList nodes = document.getElementsByTagName("text");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }

    private static RollbackPlot plot(List<Trials> trials) {
        return new RollbackPlot(
                "60 requests/s; 4 runs", SECONDS - ONSET, SECONDS, trials, List.of("", "every request fails", ""));
    }

    @Test
    void svg_isWellFormedAndHoldsTheFigures() throws Exception {
        List<Trials> trials = three();
        Document document = parsed(plot(trials).drawn().svg());
        assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
        assertThat(texts(document))
                .contains(
                        "a < b & c",
                        "every request fails",
                        "60 requests/s",
                        "4 runs",
                        "4 of 4",
                        "0 of 2",
                        "never found")
                .contains("no rollback in 3 runs, 45 min in all", "1 s", "10 s", "10 min")
                .contains(Words.time(trials.get(1).delaySeconds(0.5)), "> 10 min")
                .contains(Words.plain(trials.get(1).struckRequests(0.5)))
                .anyMatch(text -> text.startsWith("False rollbacks: 0 in "));
    }

    @Test
    void svg_medianDot_liesAtItsTimeOnTheAxis() throws Exception {
        List<Trials> trials = three();
        Element dot = null;
        NodeList circles = parsed(plot(trials).drawn().svg()).getElementsByTagName("circle");
        for (int i = 0; i < circles.getLength(); i++) {
            Element circle = (Element) circles.item(i);
            dot = circle.getAttribute("class").equals("half") ? circle : dot;
        }
        double first = trials.get(1).delaysSeconds()[0];
        TimeAxis axis = new TimeAxis(262, 772, first < 1 ? 0.1 : 1, SECONDS);
        assertThat(dot).isNotNull();
        assertThat(Double.parseDouble(dot.getAttribute("cx")))
                .isCloseTo(axis.x(trials.get(1).delaySeconds(0.5)), org.assertj.core.data.Offset.offset(0.06));
    }

    @Test
    void svg_falseRollbacks_areMarked() throws Exception {
        Trials wrong = new Trials("attacker", false, SECONDS);
        for (int seed = 1; seed <= 3; seed++) {
            wrong.add(new Simulation(Scenario.TOTAL_FAILURE, 60, 0.2, seed, SECONDS, ONSET).run(AnalysisSpec.DEFAULT));
        }
        RollbackPlot plot = new RollbackPlot("x", SECONDS - ONSET, SECONDS, List.of(wrong), List.of(""));
        assertThat(texts(parsed(plot.drawn().svg())))
                .contains("3 false rollbacks, at their time since the release", "3 of 3");
        // One more stands in the legend.
        assertThat(plot.drawn().svg().split("class=\"cross\"", -1)).hasSize(5);
    }

    @Test
    void html_isWellFormedAndForLightAndDark() throws Exception {
        String html = plot(three()).drawn().html();
        assertThat(html).startsWith("<!DOCTYPE html>").contains("prefers-color-scheme: dark");
        assertThat(parsed(html).getElementsByTagName("svg").getLength()).isEqualTo(1);
    }

    @Test
    void x_isLogarithmicAndClipped() {
        TimeAxis axis = new TimeAxis(100, 500, 1, 10_000);
        assertThat(axis.x(1)).isEqualTo(100);
        assertThat(axis.x(100)).isCloseTo(300, org.assertj.core.data.Offset.offset(1e-9));
        assertThat(axis.x(1e9)).isEqualTo(500);
        assertThat(axis.x(0.001)).isEqualTo(100);
    }

    @Test
    void report_formats_tellTheSame() throws Exception {
        List<Trials> trials = three();
        SimulateReport report = new SimulateReport("setting", SECONDS - ONSET, trials);
        String text = report.as(SeriesReport.Format.text);
        assertThat(text.lines().toList().get(2))
                .startsWith("RELEASE")
                .contains("ROLLED BACK", "MEDIAN", "HARMED REQUESTS");
        assertThat(text)
                .contains("no change", "0/3", "4/4", "> 10 min", "False rollbacks: 0 in 1.3 h without regression");
        com.fasterxml.jackson.databind.JsonNode json =
                new com.fasterxml.jackson.databind.ObjectMapper().readTree(report.as(SeriesReport.Format.json));
        assertThat(json.path("releases")).hasSize(3);
        assertThat(json.path("releases").get(1).path("medianSeconds").asDouble())
                .isEqualTo(trials.get(1).delaySeconds(0.5));
        assertThat(json.path("releases").get(2).path("medianSeconds").isNull()).isTrue();
        assertThat(report.as(SeriesReport.Format.csv).lines()).hasSize(4);
    }
}
