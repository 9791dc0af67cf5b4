package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceClassesTest {
    private static @Nullable String label(@Nullable Device device) {
        return device == null ? "unknown" : device.label();
    }

    private static SampleRequest request(Map<String, String> headers) {
        return new SampleRequest("GET", "a", "/", headers, Map.of(), Map.of(), InetAddress.getLoopbackAddress());
    }

    @ParameterizedTest
    @CsvFileSource(resources = "/user-agents.tsv", delimiter = '\t', quoteCharacter = '\0', maxCharsPerColumn = 2000)
    void byAgent_realAgents_areToldApart(String expected, String agent) {
        assertThat(label(DeviceClasses.byAgent(agent))).isEqualTo(expected);
        assertThat(label(DeviceClasses.byAgent(agent.toUpperCase(Locale.ROOT)))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ?1 | "Android"     | Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36         | phone
            ?0 | "Android"     | Mozilla/5.0 (Linux; Android 10; K) Chrome/130.0 Safari/537.36     | tablet
            ?0 | "Windows"     | Mozilla/5.0 (Linux; Android 10; K) Chrome/130.0 Mobile            | desktop
            ?0 | macOS         | x                                                                 | desktop
            ?0 | "Chrome OS"   | x                                                                 | desktop
            ?0 | "Fuchsia"     | Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0             | desktop
            ?1 | "Android"     | Mozilla/5.0 (compatible; Googlebot/2.1) Chrome/130.0 Mobile       | bot
            1  | "Android"     | Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0             | desktop
            ?0 |               | Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) Mobile/15E148        | tablet
            """)
    void of_clientHints_comeBeforeTheAgent(String mobile, @Nullable String platform, String agent, String expected) {
        Map<String, String> headers = new HashMap<>(Map.of("Sec-CH-UA-Mobile", mobile, "User-Agent", agent));
        if (platform != null) {
            headers.put("Sec-CH-UA-Platform", platform);
        }
        assertThat(label(new DeviceCache().of(request(headers)))).isEqualTo(expected);
        assertThat(label(new DeviceCache().of(new OneTextView(request(headers)))))
                .as("each header's text is gone when the next is read")
                .isEqualTo(expected);
    }

    @Test
    void of_noHeaders_isUnknown() {
        assertThat(new DeviceCache().of(request(Map.of()))).isNull();
    }

    /** More agents than slots, twice: what was put out of its slot is told right again. */
    @Test
    void of_moreAgentsThanSlots_areToldRight() {
        DeviceCache cache = new DeviceCache();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 5000; i++) {
                boolean phone = i % 3 == 0;
                String agent = (phone ? "Mozilla/5.0 (iPhone; " : "Mozilla/5.0 (Windows NT 10.0; ") + i + ")";
                assertThat(cache.of(request(Map.of("User-Agent", agent))))
                        .isEqualTo(phone ? Device.PHONE : Device.DESKTOP);
            }
        }
    }

    @Test
    void of_hugeAgent_isToldAndNotKept() {
        String agent = "Mozilla/5.0 (iPad) " + "x".repeat(20_000);
        assertThat(new DeviceCache().of(request(Map.of("User-Agent", agent)))).isEqualTo(Device.TABLET);
    }
}
