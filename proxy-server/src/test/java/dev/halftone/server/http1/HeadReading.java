package dev.halftone.server.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must hold for the reading of any bytes as a head. */
final class HeadReading {
    private static final HeadLimits LIMITS = OwnReading.LIMITS;
    /** The most that may be read before a limit is noticed, twice because arrays double. */
    private static final int MOST_BYTES = 2 * (200 + 2000 + 2048 + 8);

    private HeadReading() {}

    /** Cuts change nothing, and what is accepted Netty reads as we do. Returns whether it was. */
    static boolean request(byte[] input) {
        RequestHead whole = new RequestHead(LIMITS);
        int used = read(whole, List.of(Unpooled.wrappedBuffer(input)));
        RequestHead other = new RequestHead(LIMITS);
        used(other, "POST /x?y HTTP/1.0\r\nA: b\r\nHost: c\r\nCookie: d=e\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertSame(other, Cuts.some(input), whole, used);
        assertSame(new RequestHead(LIMITS), Cuts.everywhere(input), whole, used);
        if (!whole.isUnderstood()) {
            return false;
        }
        assertThat(told(other)).isEqualTo(told(whole));
        try (NettyReading netty = NettyReading.ofRequests()) {
            assertThat(netty.head(input, used)).isEqualTo(Message.of(whole));
        }
        return true;
    }

    /** Like {@link #request}. */
    static boolean response(byte[] input) {
        ResponseHead whole = new ResponseHead(LIMITS);
        int used = read(whole, List.of(Unpooled.wrappedBuffer(input)));
        ResponseHead other = new ResponseHead(LIMITS);
        used(other, "HTTP/1.0 304\r\nConnection: close, X\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\n");
        assertSame(other, Cuts.some(input), whole, used);
        assertSame(new ResponseHead(LIMITS), Cuts.everywhere(input), whole, used);
        if (!whole.isUnderstood()) {
            return false;
        }
        assertThat(Message.of(other)).isEqualTo(Message.of(whole));
        assertThat(flags(other)).isEqualTo(flags(whole));
        if (isOldWebSocket(whole)) {
            return true;
        }
        try (NettyReading netty = NettyReading.ofResponses()) {
            assertThat(netty.head(input, used)).isEqualTo(Message.of(whole));
        }
        return true;
    }

    /** Netty lets a switch to a draft before RFC 6455 have chunks; no 101 has a body (RFC 9110, 15.2). */
    private static boolean isOldWebSocket(ResponseHead head) {
        return head.status() == 101 && head.isChunked() && !Message.of(head).has("sec-websocket-accept");
    }

    /** One connection's object serves many heads: none may leave a trace. */
    private static void used(MessageHead head, String before) {
        head.read(Unpooled.wrappedBuffer(Message.bytes(before)));
        head.reset();
    }

    /** How many bytes were taken. */
    private static int read(MessageHead head, List<ByteBuf> parts) {
        int used = 0;
        boolean done = false;
        for (int i = 0; i < parts.size() && !done; i++) {
            ByteBuf part = parts.get(i);
            done = head.read(part);
            used += part.readerIndex();
            assertThat(done || !part.isReadable()).isTrue();
            assertThat(head.bytes.length).isLessThanOrEqualTo(MOST_BYTES);
        }
        assertThat(done).isEqualTo(head.isUnderstood() || head.fault() != null);
        return used;
    }

    private static void assertSame(MessageHead cut, List<ByteBuf> parts, MessageHead whole, int used) {
        int cutUsed = read(cut, parts);
        assertSameFault(fault(cut), fault(whole));
        assertThat(cut.isUnderstood()).isEqualTo(whole.isUnderstood());
        if (whole.isUnderstood()) {
            assertThat(cutUsed).isEqualTo(used);
        }
    }

    private static @Nullable String fault(MessageHead head) {
        Fault fault = head.fault();
        return fault == null ? null : fault + " " + head.detail();
    }

    /** Of a head that is both too large and broken the cuts may decide what is seen first. */
    static void assertSameFault(@Nullable String cut, @Nullable String whole) {
        if (isLimit(cut) || isLimit(whole)) {
            assertThat(cut == null).as("%s, %s", cut, whole).isEqualTo(whole == null);
        } else {
            assertThat(cut).isEqualTo(whole);
        }
    }

    private static boolean isLimit(@Nullable String fault) {
        return fault != null && (fault.startsWith("START_LINE_TOO_LONG") || fault.startsWith("HEADERS_TOO_LARGE"));
    }

    private static String told(RequestHead head) {
        StringBuilder out = new StringBuilder(Message.of(head).toString());
        out.append(head.method()).append(' ').append(head.target()).append(' ').append(head.path());
        out.append(' ').append(head.host()).append(' ').append(head.authority());
        out.append(' ').append(head.cookie("user_id")).append(' ').append(head.query("b"));
        out.append(' ').append(head.header("x-user-id")).append(head.isWebSocketUpgrade());
        return out.append(head.hasBody())
                .append(head.acceptsTrailers())
                .append(flags(head))
                .toString();
    }

    private static String flags(MessageHead head) {
        StringBuilder out = new StringBuilder();
        out.append(head.isHttp10()).append(head.isKeepAlive()).append(head.namesAny());
        for (int i = 0; i < head.fieldCount(); i++) {
            out.append(' ').append(head.kind(i)).append(head.isNamedByConnection(i));
        }
        return out.toString();
    }
}
