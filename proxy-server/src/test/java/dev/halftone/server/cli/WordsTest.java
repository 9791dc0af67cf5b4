package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
    @ParameterizedTest
    @CsvSource({
        "0.44, 0.4 s",
        "45.4, 45 s",
        "60, 1 min",
        "99, 99 s",
        "270, 4.5 min",
        "2700, 45 min",
        "3600, 1 h",
        "7560, 2.1 h",
        "172800, 2 days",
        "Infinity, -"
    })
    void time_isInTheUnitThatOneSays(double seconds, String words) {
        assertThat(Words.time(seconds)).isEqualTo(words);
    }

    @ParameterizedTest
    @CsvSource({"0.05, 0.05", "0.8987, 0.9", "12.54, 12.5", "1250.4, 1250", "0, 0"})
    void plain_hasNoMoreDecimalsThanOneNeeds(double number, String words) {
        assertThat(Words.plain(number)).isEqualTo(words);
    }
}
