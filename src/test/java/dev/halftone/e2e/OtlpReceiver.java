package dev.halftone.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/** A collector of spans: takes OTLP over HTTP in Protobuf (opentelemetry-proto, trace/v1) and reads the little that tests ask for. */
final class OtlpReceiver implements AutoCloseable {
    private static final HexFormat HEX = HexFormat.of();

    private final HttpServer server;
    private final List<Span> spans = new CopyOnWriteArrayList<>();

    /** A span as it came. */
    record Span(
            String trace,
            String id,
            String parent,
            String name,
            long kind,
            long nanos,
            long status,
            Map<String, String> attributes,
            Map<String, String> resource) {}

    OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    List<Span> spans() {
        return List.copyOf(spans);
    }

    private void take(HttpExchange exchange) throws IOException {
        boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        byte[] body = packed
                ? new GZIPInputStream(exchange.getRequestBody()).readAllBytes()
                : exchange.getRequestBody().readAllBytes();
        for (byte[] ofResource : parts(body, 1)) {
            Map<String, String> resource = attributes(parts(parts(ofResource, 1).get(0), 1));
            for (byte[] ofScope : parts(ofResource, 2)) {
                parts(ofScope, 2).forEach(span -> spans.add(span(span, resource)));
            }
        }
        exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private static Span span(byte[] bytes, Map<String, String> resource) {
        List<byte[]> status = parts(bytes, 15);
        return new Span(
                HEX.formatHex(parts(bytes, 1).get(0)),
                HEX.formatHex(parts(bytes, 2).get(0)),
                parts(bytes, 4).isEmpty() ? "" : HEX.formatHex(parts(bytes, 4).get(0)),
                text(parts(bytes, 5).get(0)),
                number(bytes, 6),
                number(bytes, 8) - number(bytes, 7),
                status.isEmpty() ? 0 : number(status.get(0), 3),
                attributes(parts(bytes, 9)),
                resource);
    }

    private static Map<String, String> attributes(List<byte[]> pairs) {
        Map<String, String> attributes = new HashMap<>();
        for (byte[] pair : pairs) {
            byte[] value = parts(pair, 2).get(0);
            List<byte[]> text = parts(value, 1);
            attributes.put(
                    text(parts(pair, 1).get(0)),
                    text.isEmpty() ? Long.toString(number(value, 2) + number(value, 3)) : text(text.get(0)));
        }
        return attributes;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The number of this field, 0 if it is not there. */
    private static long number(byte[] message, int field) {
        List<byte[]> found = parts(message, field);
        return found.isEmpty()
                ? 0
                : ByteBuffer.wrap(found.get(0)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** All values of a field; numbers as eight bytes, lowest first. */
    private static List<byte[]> parts(byte[] message, int field) {
        List<byte[]> found = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long tag = varint(in);
            byte[] value;
            switch ((int) tag & 7) {
                case 0 ->
                    value = ByteBuffer.allocate(8)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(varint(in))
                            .array();
                case 1 -> value = new byte[8];
                case 2 -> value = new byte[(int) varint(in)];
                case 5 -> value = new byte[4];
                default -> throw new IllegalStateException("wire type " + (tag & 7));
            }
            if ((tag & 7) != 0) {
                in.get(value);
            }
            if (tag >>> 3 == field) {
                found.add(value);
            }
        }
        return found;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = in.get();
            value |= (long) (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
