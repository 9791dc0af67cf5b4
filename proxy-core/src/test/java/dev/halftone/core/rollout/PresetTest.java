package dev.halftone.core.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PresetTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            allAtOnce                    | 100 % for PT0S and 5 requests
            canary10percent5minutes      | 10 % for PT5M and 5 requests, 100 % for PT5M and 5 requests
            Canary10Percent15Minutes     | 10 % for PT15M and 5 requests, 100 % for PT15M and 5 requests
            linear50percentEvery1minute  | 50 % for PT1M and 5 requests, 100 % for PT1M and 5 requests
            linear40percentEvery2seconds | 40 % for PT2S and 5 requests, 80 % for PT2S and 5 requests, 100 % for PT2S and 5 requests
            canary1percent2hours         | 1 % for PT2H and 5 requests, 100 % for PT2H and 5 requests
            """)
    void steps_name_isWhatPeopleKnow(String name, String expected) {
        assertThat(new StepCourse(Preset.steps(name, 5)).words()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "canary", "canary0percent5minutes", "canary100percent5minutes", "canary10percentEvery5minutes",
                "linear10percent1minute", "linear10percentEvery0minutes", "canary10percent5days", "all at once"
            })
    void steps_otherName_saysWhatIsKnown(String name) {
        assertThatThrownBy(() -> Preset.steps(name, 0))
                .hasMessageStartingWith(name + " (expected: allAtOnce, canary<1..99>percent<N>minutes");
    }
}
