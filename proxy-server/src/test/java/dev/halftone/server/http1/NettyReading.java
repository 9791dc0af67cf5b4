package dev.halftone.server.http1;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One connection as Netty's strict decoder reads it. What it refuses is an error here: we must be the stricter one. */
public final class NettyReading implements AutoCloseable {
    private static final int LIMIT = 1 << 20;
    private final EmbeddedChannel channel;
    private final StringBuilder body = new StringBuilder();
    private List<String> trailers = List.of();
    private @Nullable Message head;
    private boolean ended;

    private NettyReading(boolean requests) {
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setStrictLineParsing(true)
                .setMaxInitialLineLength(LIMIT)
                .setMaxHeaderSize(LIMIT);
        channel = new EmbeddedChannel(requests ? new HttpRequestDecoder(config) : new HttpResponseDecoder(config));
    }

    public static NettyReading ofRequests() {
        return new NettyReading(true);
    }

    public static NettyReading ofResponses() {
        return new NettyReading(false);
    }

    /** The head that ends with the last of these bytes and not before. */
    Message head(byte[] bytes, int to) {
        read(bytes, 0, to - 1);
        expect(head == null, "Netty: the head ends earlier", bytes, 0, to);
        read(bytes, to - 1, to);
        return present(bytes, 0, to);
    }

    /** The message that ends with the last of these bytes and not before; others may come after it. */
    Message message(byte[] bytes, int from, int to) {
        read(bytes, from, to - 1);
        expect(!ended, "Netty: the message ends earlier", bytes, from, to);
        read(bytes, to - 1, to);
        expect(ended, "Netty: the message ends later", bytes, from, to);
        return take(bytes, from, to);
    }

    /** The message that the connection's end ends. */
    Message lastMessage(byte[] bytes, int from, int to) {
        read(bytes, from, to);
        expect(!ended, "Netty: the message ends earlier", bytes, from, to);
        channel.finish();
        drain();
        return take(bytes, from, to);
    }

    private Message take(byte[] bytes, int from, int to) {
        Message taken = present(bytes, from, to).with(body.toString(), trailers);
        head = null;
        ended = false;
        body.setLength(0);
        trailers = List.of();
        return taken;
    }

    private Message present(byte[] bytes, int from, int to) {
        Message read = head;
        expect(read != null, "Netty: no complete head", bytes, from, to);
        return Objects.requireNonNull(read);
    }

    private static void expect(boolean holds, String what, byte[] bytes, int from, int to) {
        if (!holds) {
            throw new AssertionError(what + ": " + new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
        }
    }

    private void read(byte[] bytes, int from, int to) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, from, to - from));
        drain();
    }

    private void drain() {
        for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
            try {
                take((HttpObject) next);
            } finally {
                ReferenceCountUtil.release(next);
            }
        }
    }

    private void take(HttpObject next) {
        if (!next.decoderResult().isSuccess()) {
            throw new AssertionError("Netty refuses it", next.decoderResult().cause());
        }
        if (next instanceof HttpMessage message) {
            if (head != null) {
                throw new AssertionError("Netty: two messages in one: " + message);
            }
            head = read(message);
        }
        if (next instanceof HttpContent content) {
            body.append(content.content().toString(StandardCharsets.ISO_8859_1));
        }
        if (next instanceof LastHttpContent last) {
            ended = true;
            trailers = passing(last.trailingHeaders());
        }
    }

    private static Message read(HttpMessage message) {
        String start = message instanceof HttpRequest request
                ? request.method().name() + " " + request.uri()
                : start(((HttpResponse) message).status());
        List<String> fields = new ArrayList<>();
        for (Map.Entry<String, String> field : message.headers()) {
            Message.add(fields, field.getKey(), field.getValue());
        }
        String length = message.headers().get("content-length");
        return new Message(
                start,
                fields,
                length == null ? -1 : Long.parseLong(length),
                HttpUtil.isTransferEncodingChunked(message),
                "",
                List.of());
    }

    private static String start(HttpResponseStatus status) {
        return Message.start(status.code(), status.reasonPhrase());
    }

    private static List<String> passing(HttpHeaders trailers) {
        List<String> fields = new ArrayList<>();
        for (Map.Entry<String, String> field : trailers) {
            if (FieldKind.of(field.getKey()) == FieldKind.OTHER) {
                fields.add(field.getKey() + ":" + field.getValue());
            }
        }
        return fields;
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }
}
