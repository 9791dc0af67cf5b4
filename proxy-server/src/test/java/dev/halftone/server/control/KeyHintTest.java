package dev.halftone.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.VersionStats;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator is told whose release waits for users that do not come. */
class KeyHintTest {
    private static VersionStats stats(long requests, long users) {
        return new VersionStats(requests, 0, 0, 1, 1, 1, 1, 1, users, Map.of());
    }

    @Test
    void ofFew_oneAddress_saysWhatToDo() {
        assertThat(KeyHint.ofFew(AnalysisSpec.DEFAULT, false, stats(276, 1), stats(0, 0)))
                .isEqualTo(
                        "; all 276 requests of the last 60 s are about 1 user's, as each address is one: give a userKey, or"
                                + " onMissingKey: eachRequest");
        assertThat(KeyHint.ofFew(AnalysisSpec.DEFAULT, true, stats(276, 1), stats(24, 2)))
                .isEqualTo(
                        "; all 300 requests of the last 60 s are about 3 users', as what has no user key counts by its"
                                + " address: look at userKey");
    }

    @ParameterizedTest
    @CsvSource({"49, 1", "1000, 10", "1000, 0"})
    void ofFew_tooEarlyOrEnoughOrNobodyKnown_saysNothing(long requests, long users) {
        assertThat(KeyHint.ofFew(AnalysisSpec.DEFAULT, false, stats(requests, users), stats(0, 0)))
                .isEmpty();
    }
}
