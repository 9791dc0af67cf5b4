package dev.halftone.server.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a reader understood of one message, so that two readers can be compared. Texts hold one char for each byte.
 *
 * @param start method and target as sent, or status and reason
 * @param fields name, colon and value of each in order, without those that frame the message, which Netty writes anew
 * @param length the declared length, or -1
 * @param chunked whether chunks follow; never where the status allows no body
 * @param trailers like {@code fields}, those alone that may be passed on
 */
public record Message(
        String start, List<String> fields, long length, boolean chunked, String body, List<String> trailers) {

    static Message of(RequestHead head) {
        String line = text(head, 0, head.lineStart(0)).stripLeading();
        return of(head, line.substring(0, line.lastIndexOf(' ')));
    }

    static Message of(ResponseHead head) {
        HeadBuffer out = new HeadBuffer();
        head.copyStatusLine(out);
        String line = latin(out.toBuffer(UnpooledByteBufAllocator.DEFAULT, 0));
        Message read = of(head, start(head.status(), line.substring("HTTP/1.1 200".length())));
        boolean chunked = read.chunked && !head.isBodiless();
        return new Message(read.start, read.fields, read.length, chunked, "", List.of());
    }

    /** Readers differ in the spaces around a reason. */
    static String start(int status, String reason) {
        return status + " " + reason.strip();
    }

    private static Message of(MessageHead head, String start) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < head.fieldCount(); i++) {
            String line = text(head, head.lineStart(i), head.lineStart(i + 1));
            add(fields, line.substring(0, line.indexOf(':')), head.value(i).toString());
        }
        return new Message(start, fields, head.contentLength(), head.isChunked(), "", List.of());
    }

    /** One char for each byte; releases the buffer. */
    public static String latin(ByteBuf bytes) {
        String text = bytes.toString(StandardCharsets.ISO_8859_1);
        bytes.release();
        return text;
    }

    public static byte[] bytes(String latin) {
        return latin.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(MessageHead head, int from, int to) {
        return new String(head.bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    static void add(List<String> fields, String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.equals("content-length") && !lower.equals("transfer-encoding")) {
            fields.add(name + ":" + value);
        }
    }

    Message with(String newBody, List<String> newTrailers) {
        return new Message(start, fields, length, chunked, newBody, newTrailers);
    }

    /** Whether there is a field of this name, given in lower case. */
    public boolean has(String name) {
        return count(name) > 0;
    }

    /** How many fields have this name, given in lower case. */
    public long count(String name) {
        return fields.stream()
                .filter(field -> field.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .count();
    }

    /** The trailer lines in which fields were passed on, understood again. */
    static List<String> trailers(ByteBuf lines) {
        TrailerFields read = new TrailerFields();
        if (!read.read(lines) || read.isFaulty() || lines.isReadable()) {
            throw new AssertionError("our own trailers: " + read.detail());
        }
        lines.release();
        return of(read, "").fields;
    }
}
