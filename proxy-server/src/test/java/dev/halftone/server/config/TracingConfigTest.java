package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.tracing.TracingSettings;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracingConfigTest {
    private static final String REST = """
            version: 1
            listeners: [{name: web, address: "127.0.0.1:8080"}]
            upstreams: [{name: shop-v1, endpoints: [{address: "127.0.0.1:8081"}]}]
            routes: [{name: shop, stable: shop-v1}]
            """;

    private static TracingSettings settings(String section) {
        Result result = ConfigLoader.parse("halftone.yaml", REST + section);
        assertThat(result).as(section).isInstanceOf(Result.Loaded.class);
        return ((Result.Loaded) result).settings().tracing();
    }

    @Test
    void tracing_leftOutOrNull_isOff() {
        assertThat(settings("")).isEqualTo(TracingSettings.OFF);
        assertThat(settings("tracing: null\n")).isEqualTo(TracingSettings.OFF);
    }

    @Test
    void tracing_addressOnly_hasTheDocumentedDefaults() {
        assertThat(settings("tracing: {otlp: \"http://127.0.0.1:4318/v1/traces\"}\n"))
                .isEqualTo(new TracingSettings(URI.create("http://127.0.0.1:4318/v1/traces"), 0.01, "halftone"));
        assertThat(settings("tracing: {sampleRatio: 1}\n")).isEqualTo(new TracingSettings(null, 1, "halftone"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{sampleRatio: 1.5}     | tracing.sampleRatio: 1.5 (expected: a number 0..1",
                "{sampleRatio: -0.1}    | tracing.sampleRatio: -0.1 (expected: a number 0..1",
                "{sampleRatio: 1%}      | tracing.sampleRatio: 1% (expected: a number 0..1",
                "{otlp: 127.0.0.1:4318} | tracing.otlp: not such an address (expected: an address as https://",
                "{otpl: null}           | tracing.otpl: unknown key (expected: did you mean \"otlp\"?"
            })
    void tracing_badValue_saysWhatWasExpected(String section, String problem) {
        Result result = ConfigLoader.parse("halftone.yaml", REST + "tracing: " + section + "\n");
        assertThat(result).isInstanceOf(Result.Rejected.class);
        assertThat(((Result.Rejected) result).problems().toString()).contains(problem);
    }
}
