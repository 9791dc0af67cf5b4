package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as a traceparent: W3C Trace Context, section 3.2. */
class TraceContextTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-" + TRACE + "-" + PARENT + "-01",
                "00-" + TRACE + "-" + PARENT + "-00",
                "00-" + TRACE + "-" + PARENT + "-ff",
                "00-0000000000000000000000000000000a-000000000000000a-03",
                "01-" + TRACE + "-" + PARENT + "-01",
                "fe-" + TRACE + "-" + PARENT + "-01-what-the-future-brings"
            })
    void isValid_asTheSectionHasIt(String value) {
        assertThat(TraceContext.isValid(value)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "ff-" + TRACE + "-" + PARENT + "-01",
                "00-00000000000000000000000000000000-" + PARENT + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-" + PARENT + "-01",
                "00-" + TRACE + "-B7AD6B7169203331-01",
                "00-" + TRACE + "-" + PARENT + "-0",
                "00-" + TRACE + "-" + PARENT + "-0g",
                "00-" + TRACE + "-" + PARENT + "-01-more",
                "00-" + TRACE + "-" + PARENT + "-01-",
                "01-" + TRACE + "-" + PARENT + "-01x",
                "0x-" + TRACE + "-" + PARENT + "-01",
                "00_" + TRACE + "-" + PARENT + "-01",
                "00-" + TRACE + "_" + PARENT + "-01",
                "00-" + TRACE + "-" + PARENT + "_01",
                "00-" + TRACE + PARENT + "---01",
                TRACE + "-" + PARENT + "-01-aaaaaaa"
            })
    void isValid_anythingElse_isNot(String value) {
        assertThat(TraceContext.isValid(value)).isFalse();
    }
}
