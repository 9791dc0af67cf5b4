package dev.halftone.server.cohort;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes small files of MaxMind's format 2.0: an IPv6 tree with IPv4 below {@code ::/96}, records of 24 bits. */
public final class MmdbWriter {
    private static final int STRING = 2;
    private static final int UINT16 = 5;
    private static final int UINT32 = 6;
    private static final int MAP = 7;
    private static final int UINT64 = 9;
    private static final int ARRAY = 11;
    private static final int EMPTY = -1;

    private final List<int[]> nodes = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    public MmdbWriter() {
        newNode();
    }

    private int newNode() {
        nodes.add(new int[] {EMPTY, EMPTY});
        return nodes.size() - 1;
    }

    /** A network as {@code 10.1.0.0/16}, later ones within earlier ones; no subdivisions for a country alone. */
    public MmdbWriter add(String network, String country, String... subdivisions) throws IOException {
        int slash = network.indexOf('/');
        byte[] address = InetAddress.getByName(network.substring(0, slash)).getAddress();
        int length = Integer.parseInt(network.substring(slash + 1));
        byte[] whole = new byte[16];
        System.arraycopy(address, 0, whole, 16 - address.length, address.length);
        insert(whole, length + (address.length == 4 ? 96 : 0), entry(country, subdivisions));
        return this;
    }

    private void insert(byte[] address, int length, int offset) {
        int node = 0;
        for (int bit = 0; bit < length - 1; bit++) {
            int side = side(address, bit);
            int next = nodes.get(node)[side];
            if (next < 0) {
                int made = newNode();
                nodes.get(made)[0] = next;
                nodes.get(made)[1] = next;
                nodes.get(node)[side] = made;
                next = made;
            }
            node = next;
        }
        // Entries stand as numbers below -1 until the number of nodes is known.
        nodes.get(node)[side(address, length - 1)] = -2 - offset;
    }

    private static int side(byte[] address, int bit) {
        return address[bit >> 3] >> (7 - (bit & 7)) & 1;
    }

    private int entry(String country, String... subdivisions) throws IOException {
        int offset = data.size();
        control(data, MAP, subdivisions.length == 0 ? 1 : 2);
        string(data, "country");
        iso(country);
        if (subdivisions.length > 0) {
            string(data, "subdivisions");
            control(data, ARRAY, subdivisions.length);
            for (String subdivision : subdivisions) {
                iso(subdivision);
            }
        }
        return offset;
    }

    private void iso(String code) throws IOException {
        control(data, MAP, 1);
        string(data, "iso_code");
        string(data, code);
    }

    private static void control(ByteArrayOutputStream out, int type, int size) {
        out.write((type > 7 ? 0 : type << 5) | size);
        if (type > 7) {
            out.write(type - 7);
        }
    }

    private static void string(ByteArrayOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        control(out, STRING, bytes.length);
        out.write(bytes);
    }

    private static void number(ByteArrayOutputStream out, String name, int type, long value) throws IOException {
        string(out, name);
        int size = type == UINT16 ? 2 : type == UINT32 ? 4 : 8;
        control(out, type, size);
        for (int i = size - 1; i >= 0; i--) {
            out.write((int) (value >>> (8 * i)));
        }
    }

    public void write(Path file) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int[] node : nodes) {
            for (int record : node) {
                int value =
                        record == EMPTY ? nodes.size() : record < EMPTY ? nodes.size() + 16 + (-2 - record) : record;
                out.write(value >> 16);
                out.write(value >> 8);
                out.write(value);
            }
        }
        out.write(new byte[16]);
        data.writeTo(out);
        out.write(new byte[] {(byte) 0xab, (byte) 0xcd, (byte) 0xef});
        out.write("MaxMind.com".getBytes(StandardCharsets.US_ASCII));
        control(out, MAP, 8);
        number(out, "binary_format_major_version", UINT16, 2);
        number(out, "binary_format_minor_version", UINT16, 0);
        number(out, "build_epoch", UINT64, 1_700_000_000L);
        string(out, "database_type");
        string(out, "Test-City");
        string(out, "description");
        control(out, MAP, 0);
        number(out, "ip_version", UINT16, 6);
        number(out, "node_count", UINT32, nodes.size());
        number(out, "record_size", UINT16, 24);
        Files.write(file, out.toByteArray());
    }
}
