package dev.halftone.server.cli;

import dev.halftone.core.backtest.Regression;
import dev.halftone.core.backtest.Scenario;
import dev.halftone.core.backtest.Service;

/** Generated releases of one kind: what befalls which service. */
record ReleaseKind(String label, Regression regression, Service service) {
    /** What it is, where the label does not say it. */
    String words() {
        Scenario scenario = regression.scenario();
        return scenario == Scenario.NO_CHANGE ? "" : ScenarioWords.of(scenario);
    }
}
