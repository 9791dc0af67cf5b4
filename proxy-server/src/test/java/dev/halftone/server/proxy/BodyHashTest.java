package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BodyHashTest {
    private static long hash(int most, boolean chunked, String... parts) {
        BodyHash hash = new BodyHash(most);
        hash.reset(false);
        hash.add(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        hash.reset(chunked);
        for (String part : parts) {
            hash.add(Unpooled.wrappedBuffer(part.getBytes(StandardCharsets.US_ASCII)));
        }
        return hash.value();
    }

    @Test
    void value_sameBody_howeverItIsCutOrChunked() {
        long whole = hash(100, false, "hello");
        assertThat(hash(100, false, "he", "", "llo")).isEqualTo(whole);
        assertThat(hash(100, true, "5\r\nhello\r\n0\r\n")).isEqualTo(whole);
        assertThat(hash(100, true, "2\r", "\nhe\r\n3\r\nl", "lo\r\n0\r\n")).isEqualTo(whole);
        assertThat(hash(100, false, "hellp")).isNotEqualTo(whole);
        assertThat(hash(100, true, "5\r\nhellp\r\n0\r\n")).isNotEqualTo(whole);
    }

    @Test
    void value_beyondTheLimit_isNotLookedAt() {
        assertThat(hash(4, false, "hello")).isEqualTo(hash(4, false, "he", "lla"));
        assertThat(hash(4, true, "5\r\nhello\r\n0\r\n")).isEqualTo(hash(4, false, "hell"));
        assertThat(hash(5, false, "hello")).isNotEqualTo(hash(5, false, "hella"));
    }
}
