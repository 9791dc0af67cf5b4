package dev.halftone.server.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/**
 * What the scanner made of a chunked body.
 *
 * @param passed what it handed on, with the trailers that may pass or the empty line if the body is complete
 * @param fault what is wrong, or an empty text
 * @param used how many bytes were taken
 * @param data how many bytes of content were seen
 */
record ChunkReading(String passed, String fault, boolean ended, int used, long data) {
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    /**
     * Cuts change nothing, Netty finds the same content and the same end, and what is handed on means the same again, to
     * Netty and to us. Returns whether the body was complete.
     */
    static boolean check(byte[] body) {
        ChunkReading framed = same(body, true);
        ChunkReading plain = same(body, false);
        assertThat(plain.fault).isEqualTo(framed.fault);
        assertThat(plain.used).isEqualTo(framed.used);
        assertThat(plain.data).isEqualTo(framed.data);
        OwnReading came = OwnReading.ofRequests(Message.bytes(HEAD + latin(body)), OwnReading.LIMITS);
        assertThat(came.messages().isEmpty()).isEqualTo(!framed.ended);
        if (!framed.ended) {
            return false;
        }
        Message message = came.messages().get(0);
        assertThat(came.ends().get(0)).isEqualTo(HEAD.length() + framed.used);
        assertThat(message.body()).hasSize((int) framed.data).isEqualTo(plain.passed);
        byte[] goes = Message.bytes(HEAD + framed.passed);
        OwnReading again = OwnReading.ofRequests(goes, OwnReading.LIMITS);
        assertThat(again.messages()).containsExactly(message);
        assertThat(again.ends()).containsExactly(goes.length);
        return true;
    }

    private static String latin(byte[] bytes) {
        return Message.latin(Unpooled.wrappedBuffer(bytes));
    }

    private static ChunkReading same(byte[] body, boolean framing) {
        ChunkReading whole = scan(Cuts.none(body), framing);
        ChunkReading some = scan(Cuts.some(body), framing);
        ChunkReading all = scan(Cuts.everywhere(body), framing);
        if (whole.fault.isEmpty()) {
            assertThat(some).isEqualTo(whole);
            assertThat(all).isEqualTo(whole);
        } else {
            assertThat(some.fault).isEqualTo(whole.fault).isEqualTo(all.fault);
            assertThat(some.used).isEqualTo(whole.used).isEqualTo(all.used);
        }
        return whole;
    }

    /** @param framing whether sizes and line ends are handed on */
    static ChunkReading scan(List<ByteBuf> parts, boolean framing) {
        ChunkScanner scanner = new ChunkScanner();
        scanner.reset(framing);
        StringBuilder out = new StringBuilder();
        int used = 0;
        for (ByteBuf in : parts) {
            while (in.isReadable() && !scanner.isEnded() && !scanner.isFaulty()) {
                out.append(Message.latin(scanner.scan(in)));
            }
            used += in.readerIndex();
            assertThat(in.refCnt()).isEqualTo(1);
        }
        if (framing && scanner.isEnded()) {
            ByteBuf trailers = scanner.trailers();
            out.append(trailers == null ? "\r\n" : Message.latin(trailers));
        }
        return new ChunkReading(out.toString(), scanner.detail(), scanner.isEnded(), used, scanner.dataBytes());
    }
}
