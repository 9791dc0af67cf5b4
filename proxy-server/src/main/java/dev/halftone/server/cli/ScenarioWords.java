package dev.halftone.server.cli;

import dev.halftone.core.backtest.Scenario;

/** What a scenario does to a release, in a few words. */
final class ScenarioWords {
    private ScenarioWords() {}

    static String of(Scenario scenario) {
        return switch (scenario) {
            case NO_CHANGE -> "nothing is wrong";
            case ERRORS_TENTH_TO_HALF -> "errors 0.1 % to 0.5 %";
            case ERRORS_ONE_TO_THREE -> "errors 1 % to 3 %";
            case ERRORS_THIRD -> "30 % fail, for two minutes";
            case ERRORS_LEAK -> "errors grow to 2 % in half an hour";
            case TOTAL_FAILURE -> "every request fails";
            case MEDIAN_10 -> "all answers 10 % slower";
            case MEDIAN_20 -> "all answers 20 % slower";
            case MEDIAN_50 -> "all answers 50 % slower";
            case P99_ONLY -> "2 % of answers 1.5 s slower";
            case BIMODAL -> "15 % of answers 150 ms slower";
            case DRIFT -> "up to 50 % slower in 40 minutes";
            case CLICKS_DOWN_30 -> "30 % fewer clicks";
            case ATTACKER -> "one client makes requests fail";
            case BAD_USER -> "one user's data breaks";
            case SHARED_INCIDENT -> "an incident hits both versions";
            case RAMP_IN_INCIDENT -> "the ratio rises in an incident";
            case ATTACKER_AND_MEDIAN_20 -> "an attacker, and 20 % slower";
            case ATTACKER_AND_MEDIAN_50 -> "an attacker, and 50 % slower";
        };
    }
}
