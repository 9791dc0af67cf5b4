package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaintTest {
    @ParameterizedTest
    @CsvSource(
            value = {
                "auto, true, '', xterm, true",
                "auto, false, '', xterm, false",
                "auto, true, 1, xterm, false",
                "auto, true, '', dumb, false",
                "auto, true, '', '', true",
                "always, false, 1, dumb, true",
                "never, true, '', xterm, false"
            })
    void of_optionTerminalAndEnvironment_colours(
            Paint.When when, boolean terminal, String noColor, String type, boolean on) {
        assertThat(Paint.of(when, terminal, noColor, type).on()).isEqualTo(on);
    }

    @Test
    void phase_on_isWithinItsEscapes() {
        assertThat(new Paint(true).phase("rolledBack")).isEqualTo("\u001b[31mrolledBack\u001b[0m");
        assertThat(new Paint(true).phase("idle")).isEqualTo("idle");
        assertThat(new Paint(false).phase("rolledBack")).isEqualTo("rolledBack");
    }
}
