package dev.halftone.server.proxy;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.server.http1.RequestHead;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Queue;
import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's part of the access log: a JSON line for each request, put together in the loop's own block of bytes and
 * handed over when that is full or at the next sweep. What a route and version have in common is written once and copied.
 * A general JSON writer on a thread of its own cost half as much again as the request itself, see docs/performance.md. Event
 * loop only.
 */
final class AccessLines {
    private static final int MAX_TEXT = 2048;
    private static final int SPARE_BLOCKS = 8;
    private static final int MAX_CHOICES = 4096;
    /** Names, numbers and punctuation of a line, besides its texts. */
    private static final int FIXED_BYTES = 1024;
    /** The most bytes that one char becomes: a backslash, a u and four digits. */
    private static final int MAX_CHAR_BYTES = 6;

    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] TIME = ascii("{\"time\":\"");
    private static final byte[] REQUEST_ID = ascii("Z\",\"requestId\":\"");
    private static final byte[] TRACE_ID = ascii("\",\"traceId\":\"");
    private static final byte[] CLIENT_IP = ascii("\",\"clientIp\":\"");
    private static final byte[] METHOD = ascii("\",\"method\":\"");
    private static final byte[] HOST = ascii("\",\"host\":\"");
    private static final byte[] PATH = ascii("\",\"path\":\"");
    private static final byte[] STATUS = ascii("\",\"status\":");
    private static final byte[] DURATION = ascii(",\"durationMs\":");
    private static final byte[] ENDPOINT = ascii(",\"endpoint\":\"");
    private static final byte[] REPLAYED = ascii(",\"replayed\":\"");
    private static final byte[] REQUEST_BYTES = ascii(",\"requestBytes\":");
    private static final byte[] RESPONSE_BYTES = ascii(",\"responseBytes\":");
    private static final byte[] ERROR = ascii(",\"error\":\"");
    private static final byte[] DETAIL = ascii("\",\"detail\":\"");
    private static final byte[] QUOTE = ascii("\"");
    private static final byte[] END = ascii("}\n");

    private final DataPlane plane;
    private final Queue<AccessLog.Block> spare = new SpscArrayQueue<>(SPARE_BLOCKS);
    private final Map<Choice, byte[]> choices = new IdentityHashMap<>();
    private @Nullable RoutingTable choicesOf;
    private AccessLog.@Nullable Block filling;
    private byte[] bytes = new byte[0];
    private int length;
    private long second = Long.MIN_VALUE;
    private byte[] secondText = new byte[0];

    AccessLines(DataPlane plane) {
        this.plane = plane;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    boolean isOn() {
        return plane.accessLog().isOn();
    }

    /**
     * A request that a route was chosen for.
     *
     * @param replayed why it was sent again before, or null if it was sent once
     */
    void served(
            RequestHead head,
            ClientConnection client,
            RequestId id,
            Choice choice,
            long startMillis,
            long durationNanos,
            int status,
            long requestBytes,
            long responseBytes,
            String endpoint,
            @Nullable String replayed,
            @Nullable ProxyError error) {
        CharSequence target = head.target();
        InetAddress address = head.clientAddress();
        begin(startMillis, head.authority().length() + target.length() + endpoint.length() + textLength(error));
        id.appendTo(this);
        put(TRACE_ID);
        id.trace().appendTo(this);
        put(CLIENT_IP);
        text(address.equals(client.remote()) ? client.address() : NetUtil.toAddressString(address));
        request(head.method(), head.authority(), target);
        result(status, durationNanos);
        put(shared(choice)).put(ENDPOINT).text(endpoint).put(QUOTE);
        if (replayed != null) {
            put(REPLAYED).text(replayed).put(QUOTE);
        }
        end(requestBytes, responseBytes, error);
    }

    /** A request that no route was chosen for; what its head says is shown only as far as it was understood. */
    void refused(
            ProxyError error, String requestId, ClientConnection client, RequestHead head, long nowMillis, int status) {
        boolean understood = head.isUnderstood();
        CharSequence target = understood ? head.target() : "";
        CharSequence host = understood ? head.authority() : "";
        begin(nowMillis, host.length() + target.length() + textLength(error));
        text(requestId).put(CLIENT_IP).text(client.address());
        request(understood ? head.method() : "", host, target);
        result(status, 0);
        end(0, 0, error);
    }

    private static int textLength(@Nullable ProxyError error) {
        String detail = error == null ? null : error.detail();
        return detail == null ? 0 : detail.length();
    }

    private void begin(long millis, int chars) {
        // The client's own identifier has at most 128 chars, the method no more than a request line.
        int need = FIXED_BYTES + MAX_CHAR_BYTES * (128 + Math.min(chars, 4 * MAX_TEXT));
        AccessLog.Block block = filling;
        if (block == null || block.length + need > AccessLog.Block.BYTES) {
            handOver(plane.accessLog());
            block = spare.poll();
            if (block == null) {
                block = new AccessLog.Block(spare);
            }
            block.length = 0;
            block.lines = 0;
            filling = block;
            bytes = block.bytes;
        }
        block.lines++;
        length = block.length;
        put(TIME);
        time(millis);
        put(REQUEST_ID);
    }

    private void time(long millis) {
        long now = Math.floorDiv(millis, 1000);
        if (now != second) {
            second = now;
            secondText = ascii(Instant.ofEpochSecond(now).toString().replace("Z", "."));
        }
        put(secondText);
        fraction((int) Math.floorMod(millis, 1000L));
    }

    private void request(CharSequence method, CharSequence host, CharSequence target) {
        put(METHOD).text(method).put(HOST).text(host).put(PATH);
        int end = 0;
        while (end < target.length() && target.charAt(end) != '?') {
            end++;
        }
        text(target, 0, Math.min(end, MAX_TEXT));
    }

    private void result(int status, long durationNanos) {
        long micros = (durationNanos + 500) / 1000;
        put(STATUS).number(status).put(DURATION).number(micros / 1000);
        bytes[length++] = '.';
        fraction((int) (micros % 1000));
    }

    private void end(long requestBytes, long responseBytes, @Nullable ProxyError error) {
        put(REQUEST_BYTES).number(requestBytes).put(RESPONSE_BYTES).number(responseBytes);
        if (error != null) {
            put(ERROR).text(error.kind().label());
            if (error.detail() != null) {
                put(DETAIL).text(error.detail());
            }
            put(QUOTE);
        }
        put(END);
        AccessLog.Block block = filling;
        if (block != null) {
            block.length = length;
        }
    }

    /** What all lines of a choice say alike. */
    private byte[] shared(Choice choice) {
        RoutingTable table = plane.routing().get();
        if (choicesOf == null || !choicesOf.equals(table) || choices.size() >= MAX_CHOICES) {
            choices.clear();
            choicesOf = table;
        }
        byte[] known = choices.get(choice);
        if (known == null) {
            known = describe(choice).getBytes(StandardCharsets.UTF_8);
            choices.put(choice, known);
        }
        return known;
    }

    private static String describe(Choice choice) {
        String line = member("route", choice.route().name())
                + member("version", choice.version().label())
                + member("reason", choice.reason().label());
        if (choice.variant() != null) {
            line += member("variant", choice.variant().name());
        }
        if (choice.rule() != null) {
            line += member("rule", choice.rule());
        }
        if (choice.route().gray() != null) {
            line += member("release", choice.route().gray().release());
        }
        return line + member("upstream", choice.upstream().name());
    }

    private static String member(String name, String value) {
        return ",\"" + name + "\":\""
                + new String(JsonStringEncoder.getInstance().quoteAsString(value)) + '"';
    }

    /** Gives what was put together to the log; to be called at each sweep, and before the log changes. */
    void handOver(AccessLog log) {
        AccessLog.Block block = filling;
        if (block != null) {
            filling = null;
            log.offer(block);
        }
    }

    private AccessLines put(byte[] text) {
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
        return this;
    }

    private AccessLines number(long value) {
        if (value < 10) {
            bytes[length++] = (byte) ('0' + value);
            return this;
        }
        int digits = 0;
        for (long rest = value; rest > 0; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** Three digits. */
    private void fraction(int thousandths) {
        bytes[length] = (byte) ('0' + thousandths / 100);
        bytes[length + 1] = (byte) ('0' + thousandths / 10 % 10);
        bytes[length + 2] = (byte) ('0' + thousandths % 10);
        length += 3;
    }

    void hex(long bits) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[(int) (bits >>> shift) & 15];
        }
    }

    AccessLines text(CharSequence text) {
        return text(text, 0, Math.min(text.length(), MAX_TEXT));
    }

    /** As JSON within quotes, in UTF-8 (RFC 8259, section 7); chars above 0xff are none of a head's and become question marks. */
    AccessLines text(CharSequence text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
                bytes[length++] = (byte) c;
            } else if (c >= 0x80 && c <= 0xff) {
                bytes[length++] = (byte) (0xc0 | c >> 6);
                bytes[length++] = (byte) (0x80 | (c & 0x3f));
            } else if (c > 0xff) {
                bytes[length++] = '?';
            } else {
                put(ESCAPE);
                bytes[length++] = HEX[c >> 4];
                bytes[length++] = HEX[c & 15];
            }
        }
        return this;
    }

    private static final byte[] ESCAPE = ascii("\\u00");
}
