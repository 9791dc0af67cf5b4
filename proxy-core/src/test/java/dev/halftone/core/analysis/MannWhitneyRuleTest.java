package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.halftone.core.analysis.MannWhitneyRule.Classification;
import dev.halftone.core.analysis.MannWhitneyRule.Direction;
import dev.halftone.core.analysis.MannWhitneyRule.Effect;
import dev.halftone.core.analysis.MannWhitneyRule.Measure;
import dev.halftone.core.analysis.MannWhitneyRule.Missing;
import dev.halftone.core.analysis.MannWhitneyRule.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MannWhitneyRuleTest {
    private static final Effect ANY = new Effect(Measure.MEAN_RATIO, 1, 1);
    private static final MannWhitneyRule DEFAULT =
            new MannWhitneyRule(0.25, 0.98, Direction.EITHER, ANY, ANY, false, Missing.REMOVE);

    static Stream<Arguments> vectors() throws IOException {
        try (InputStream file = MannWhitneyRuleTest.class.getResourceAsStream("/mannwhitney/vectors.json")) {
            JsonNode vectors = new ObjectMapper().readTree(Objects.requireNonNull(file, "vectors.json"));
            return StreamSupport.stream(vectors.spliterator(), false)
                    .map(vector -> Arguments.of(vector.get("name").asText(), vector));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vectors")
    void classify_publishedVector_isAsExpected(String name, JsonNode vector) {
        Outcome outcome =
                rule(vector.get("params")).classify(values(vector.get("experiment")), values(vector.get("control")));
        assertThat(outcome.classification())
                .as(name)
                .isEqualTo(
                        Classification.valueOf(vector.get("expected").asText().toUpperCase(Locale.ROOT)));
        if (!vector.get("expectedCritical").isNull()) {
            assertThat(outcome.critical())
                    .isEqualTo(vector.get("expectedCritical").asBoolean());
        }
    }

    @Test
    void vectors_areAllThere() throws IOException {
        assertThat(vectors()).hasSize(23);
    }

    private static MannWhitneyRule rule(JsonNode params) {
        Measure measure = params.get("measure").asText().equals("cles") ? Measure.SUPERIORITY : Measure.MEAN_RATIO;
        return new MannWhitneyRule(
                params.get("tol").asDouble(),
                params.get("conf").asDouble(),
                Direction.valueOf(params.get("direction").asText().toUpperCase(Locale.ROOT)),
                effect(measure, params.get("eff")),
                effect(measure, params.get("crit")),
                params.get("critical").asBoolean(),
                params.get("nan").asText().equals("replace") ? Missing.ZERO : Missing.REMOVE);
    }

    private static Effect effect(Measure measure, JsonNode pair) {
        return new Effect(measure, pair.get(0).asDouble(), pair.get(1).asDouble());
    }

    private static double[] values(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    @Test
    void classify_notANumber_countsAsMissing() {
        double[] missing = {Double.NaN, Double.NaN};
        assertThat(DEFAULT.classify(missing, new double[] {1, 2}).classification())
                .isEqualTo(Classification.NODATA);
    }

    /** Both samples from one source: beyond the confidence at most as often as promised, and less for the tolerance. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void classify_sameSource_isSeldomWrong(long seed) {
        Random random = new Random(seed);
        long wrong = IntStream.range(0, 2000)
                .filter(i -> DEFAULT.classify(logNormal(random, 1), logNormal(random, 1))
                                .classification()
                        != Classification.PASS)
                .count();
        assertThat(wrong).isBetween(1L, 50L);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void classify_exchangedSides_isTheOppositeAndOnlyEverInAnAllowedDirection(long seed) {
        Random random = new Random(seed);
        MannWhitneyRule increase = new MannWhitneyRule(0.25, 0.98, Direction.INCREASE, ANY, ANY, false, Missing.REMOVE);
        for (int i = 0; i < 200; i++) {
            double[] one = logNormal(random, 1 + i % 3);
            double[] other = logNormal(random, 1);
            Classification there = DEFAULT.classify(one, other).classification();
            Classification back = DEFAULT.classify(other, one).classification();
            assertThat(back).isEqualTo(opposite(there));
            assertThat(increase.classify(other, one).classification())
                    .isEqualTo(back == Classification.LOW ? Classification.PASS : back);
        }
    }

    private static Classification opposite(Classification classification) {
        return switch (classification) {
            case HIGH -> Classification.LOW;
            case LOW -> Classification.HIGH;
            default -> classification;
        };
    }

    private static double[] logNormal(Random random, double factor) {
        return IntStream.range(0, 30)
                .mapToDouble(i -> factor * Math.exp(0.5 * random.nextGaussian()))
                .toArray();
    }
}
