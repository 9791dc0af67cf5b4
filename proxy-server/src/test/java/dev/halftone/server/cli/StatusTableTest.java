package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusTableTest {
    private static String printed(String phase) throws Exception {
        String route = """
                {"route": "shop", "release": "v2", "phase": "%s", "ratio": 0, "reason": "so", "stable": {}, "canary": {},
                 "checks": [{"name": "errors", "verdict": "healthy", "why": "all is well"}]}
                """.formatted(phase);
        return String.join("\n", StatusTable.of(List.of(new ObjectMapper().readTree(route)), new Paint(false)));
    }

    @ParameterizedTest
    @CsvSource({"progressing, true", "paused, true", "promoted, true", "rolledBack, false", "aborted, false"})
    void print_checks_onlyWhileSomebodyIsOnTheCanary(String phase, boolean shown) throws Exception {
        assertThat(printed(phase)).contains(phase).contains("so");
        assertThat(printed(phase).contains("all is well")).isEqualTo(shown);
    }
}
