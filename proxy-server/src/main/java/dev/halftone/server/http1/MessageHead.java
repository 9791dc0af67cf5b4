package dev.halftone.server.http1;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A head as its bytes and the places of its fields. One object serves all heads of a connection, one after another, and
 * allocates nothing once its arrays are large enough. Strict as RFC 9112 asks of a proxy: a line ends with CR LF and nothing
 * else, no folded lines, no space before a colon, no control bytes. Event loop only.
 */
public abstract class MessageHead {
    static final byte CR = '\r';
    static final byte LF = '\n';

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int STEP = 2048;
    private static final int INTS = 5;
    private static final int FIRST_BYTES = 512;
    private static final int FIRST_FIELDS = 16;
    /** An idle connection keeps no more than this. */
    private static final int KEPT_BYTES = 4096;

    private static final int KEPT_FIELDS = 64;
    /** 0: no token char; 1: one; 2: one that some servers fold into a dash. */
    private static final byte[] TOKEN = new byte[256];

    static {
        for (int c = 0; c < 128; c++) {
            boolean alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (alphanumeric || "!#$%&'*+-^`|~".indexOf(c) >= 0) {
                TOKEN[c] = 1;
            }
        }
        TOKEN['_'] = 2;
        TOKEN['.'] = 2;
    }

    private final HeadLimits limits;
    byte[] bytes = new byte[FIRST_BYTES];
    int length;
    private int lineStart;
    private int fieldsStart;
    private int[] fields = new int[FIRST_FIELDS * INTS];
    private int count;
    private boolean startLineRead;
    private boolean skippedEmptyLine;
    private boolean complete;
    private boolean folding;
    private @Nullable Fault fault;
    private String detail = "";
    private final ByteText value = new ByteText();

    // What the fields said about the message as a whole; see summarise().
    int hostField;
    int hosts;
    long contentLength;
    boolean chunked;
    boolean closeToken;
    boolean keepAliveToken;
    boolean upgradeToken;
    boolean webSocket;
    boolean trailersAccepted;
    private int protectedTokens;
    private @Nullable Set<String> named;

    MessageHead(HeadLimits limits) {
        this.limits = limits;
    }

    /** Makes ready for the next head; gives back what a large one took. */
    public void reset() {
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
        if (fields.length > KEPT_FIELDS * INTS) {
            fields = new int[FIRST_FIELDS * INTS];
        }
        length = 0;
        lineStart = 0;
        fieldsStart = 0;
        count = 0;
        startLineRead = false;
        skippedEmptyLine = false;
        complete = false;
        folding = false;
        fault = null;
        detail = "";
        named = null;
    }

    /** For what has fields alone. */
    void startAtFields() {
        startLineRead = true;
    }

    /**
     * Takes bytes up to the head's end and no further.
     *
     * @return whether the head is complete, or {@link #fault()} says what is wrong with it
     */
    public boolean read(ByteBuf in) {
        while (in.isReadable()) {
            int step = Math.min(in.readableBytes(), STEP);
            int before = length;
            if (before + step > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(before + step, bytes.length * 2));
            }
            in.getBytes(in.readerIndex(), bytes, before, step);
            length = before + step;
            int end = parse();
            if (fault != null) {
                in.skipBytes(step);
                return true;
            }
            if (end >= 0) {
                in.skipBytes(end - before);
                length = end;
                complete = true;
                summarise();
                return true;
            }
            in.skipBytes(step);
        }
        return false;
    }

    /** Whether the bytes read so far begin so, whatever is wrong with them. */
    public boolean startsWith(String text) {
        return length >= text.length() && equalsIgnoreCase(0, text.length(), text);
    }

    /** What is wrong, or null. */
    public @Nullable Fault fault() {
        return fault;
    }

    /** More about the fault, for the operator. */
    public String detail() {
        return detail;
    }

    int fail(Fault what, String about) {
        if (fault == null) {
            fault = what;
            detail = about;
        }
        return -1;
    }

    boolean isFaulty() {
        return fault != null;
    }

    /** The head's end, or -1 if more is needed or a fault was found. */
    private int parse() {
        if (!startLineRead) {
            if (toleratesEmptyLine() && !skippedEmptyLine && bytes[0] == CR) {
                if (length < 2) {
                    return -1;
                }
                if (bytes[1] != LF) {
                    return fail(Fault.MALFORMED, "bare CR");
                }
                skippedEmptyLine = true;
                lineStart = 2;
            }
            int end = lineEnd(lineStart);
            if (fault != null) {
                return -1;
            }
            int size = (end < 0 ? sureLength() : end) - lineStart;
            if (size > limits.startLineBytes()) {
                return fail(Fault.START_LINE_TOO_LONG, "start line");
            }
            if (end < 0) {
                return -1;
            }
            parseStartLine(lineStart, end);
            if (fault != null) {
                return -1;
            }
            startLineRead = true;
            lineStart = end + 2;
            fieldsStart = lineStart;
        }
        return parseFields();
    }

    /** What was read, without a CR at its end: that may belong to a line end, which no limit counts. */
    private int sureLength() {
        return bytes[length - 1] == CR ? length - 1 : length;
    }

    private int parseFields() {
        int at = lineStart;
        while (at < length) {
            if (bytes[at] == CR) {
                if (at + 1 == length) {
                    break;
                }
                return bytes[at + 1] == LF ? at + 2 : fail(Fault.MALFORMED, "bare CR");
            }
            int next = parseField(at);
            if (next < 0) {
                break;
            }
            at = next;
            lineStart = next;
        }
        if (fault == null && sureLength() - fieldsStart > limits.headerBytes()) {
            fail(Fault.HEADERS_TOO_LARGE, "header bytes");
        }
        return -1;
    }

    /** The start of the next line, or -1 if this one is incomplete or faulty. */
    private int parseField(int start) {
        int at = start;
        boolean folds = false;
        int token = 1;
        while (at < length) {
            token = TOKEN[bytes[at] & 0xff];
            if (token == 0) {
                break;
            }
            folds |= token == 2;
            at++;
        }
        if (at == length) {
            return -1;
        }
        if (bytes[at] != ':' || at == start) {
            return fail(Fault.MALFORMED, "field name");
        }
        int nameEnd = at;
        int end = lineEnd(at + 1);
        if (end < 0) {
            return -1;
        }
        if (end + 2 - fieldsStart > limits.headerBytes() || count == limits.headerCount()) {
            return fail(Fault.HEADERS_TOO_LARGE, "header fields");
        }
        int from = nameEnd + 1;
        int to = end;
        while (from < to && (bytes[from] == ' ' || bytes[from] == '\t')) {
            from++;
        }
        while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == '\t')) {
            to--;
        }
        int slot = count * INTS;
        if (slot == fields.length) {
            fields = Arrays.copyOf(fields, slot * 2);
        }
        fields[slot] = start;
        fields[slot + 1] = nameEnd;
        fields[slot + 2] = from;
        fields[slot + 3] = to;
        fields[slot + 4] = FieldKind.of(bytes, start, nameEnd, folds);
        folding |= folds;
        count++;
        return end + 2;
    }

    /** Where the CR of this line stands; -1 if the line is not complete, or holds a byte that no line may hold. */
    private int lineEnd(int from) {
        int at = from;
        while (true) {
            // Eight at a time as long as none is a control byte (below 0x20, or 0x7f).
            while (at + 8 <= length) {
                long word = (long) LONGS.get(bytes, at);
                long low = (word - 0x2020202020202020L) & ~word;
                long noDelete = word ^ 0x7f7f7f7f7f7f7f7fL;
                long delete = (noDelete - 0x0101010101010101L) & ~noDelete;
                long found = (low | delete) & 0x8080808080808080L;
                if (found != 0) {
                    at += Long.numberOfTrailingZeros(found) >>> 3;
                    break;
                }
                at += 8;
            }
            while (at < length && (bytes[at] >= 0x20 || bytes[at] < 0) && bytes[at] != 0x7f) {
                at++;
            }
            if (at >= length) {
                return -1;
            }
            byte c = bytes[at];
            if (c == CR) {
                if (at + 1 == length) {
                    return -1;
                }
                return bytes[at + 1] == LF ? at : fail(Fault.MALFORMED, "bare CR");
            }
            if (c != '\t') {
                return fail(Fault.MALFORMED, c == LF ? "bare LF" : "control byte");
            }
            at++;
        }
    }

    abstract boolean toleratesEmptyLine();

    abstract void parseStartLine(int from, int to);

    /** Checks that belong to this kind of message, after the fields were gone through. */
    abstract void check();

    private void summarise() {
        hosts = 0;
        hostField = -1;
        contentLength = -1;
        chunked = false;
        closeToken = false;
        keepAliveToken = false;
        upgradeToken = false;
        webSocket = false;
        trailersAccepted = false;
        protectedTokens = 0;
        int lengths = 0;
        int codings = 0;
        int coding = -1;
        int upgrades = 0;
        for (int i = 0; i < count; i++) {
            switch (kind(i)) {
                case FieldKind.HOST -> {
                    hosts++;
                    hostField = i;
                }
                case FieldKind.CONNECTION -> connectionTokens(i);
                case FieldKind.UPGRADE -> {
                    webSocket = upgrades == 0 && valueIs(i, "websocket");
                    upgrades++;
                }
                case FieldKind.TE -> trailersAccepted |= hasToken(i, "trailers");
                case FieldKind.CONTENT_LENGTH -> {
                    lengths++;
                    readLength(i);
                }
                case FieldKind.TRANSFER_ENCODING -> {
                    codings++;
                    coding = i;
                }
                default -> {}
            }
        }
        if (codings > 1) {
            fail(Fault.MALFORMED, "Transfer-Encoding");
        } else if (lengths > 1 || (lengths == 1 && codings == 1)) {
            fail(Fault.MALFORMED, "Content-Length");
        } else if (codings == 1 && isHttp10()) {
            fail(Fault.MALFORMED, "Transfer-Encoding in HTTP/1.0");
        } else if (codings == 1) {
            readCoding(coding);
        }
        check();
    }

    private void readLength(int field) {
        int from = valueFrom(field);
        int to = valueTo(field);
        long read = 0;
        boolean fine = to > from && to - from <= 18;
        for (int i = from; i < to && fine; i++) {
            fine = bytes[i] >= '0' && bytes[i] <= '9';
            read = read * 10 + bytes[i] - '0';
        }
        if (!fine) {
            fail(Fault.MALFORMED, "Content-Length");
        }
        contentLength = read;
    }

    private void readCoding(int field) {
        if (valueIs(field, "chunked")) {
            chunked = true;
            return;
        }
        fail(codingFault(value(field).toString()), "Transfer-Encoding");
    }

    /** Malformed is what is no list of names, and chunked anywhere but at its end; the rest is not understood here. */
    private static Fault codingFault(String codings) {
        boolean chunkedBefore = false;
        for (String coding : codings.split(",", -1)) {
            String name = coding.trim();
            if (chunkedBefore || !isToken(name)) {
                return Fault.MALFORMED;
            }
            chunkedBefore = name.equalsIgnoreCase("chunked");
        }
        return Fault.UNSUPPORTED_CODING;
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (TOKEN[text.charAt(i) & 0xff] == 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private void connectionTokens(int field) {
        int at = valueFrom(field);
        int end = valueTo(field);
        while (at < end) {
            int to = at;
            while (to < end && bytes[to] != ',') {
                to++;
            }
            int from = at;
            int last = to;
            while (from < last && (bytes[from] == ' ' || bytes[from] == '\t')) {
                from++;
            }
            while (last > from && (bytes[last - 1] == ' ' || bytes[last - 1] == '\t')) {
                last--;
            }
            connectionToken(from, last);
            at = to + 1;
        }
    }

    private void connectionToken(int from, int to) {
        if (equalsIgnoreCase(from, to, "close")) {
            closeToken = true;
        } else if (equalsIgnoreCase(from, to, "keep-alive")) {
            keepAliveToken = true;
        } else if (equalsIgnoreCase(from, to, "upgrade")) {
            upgradeToken = true;
        } else if (to > from) {
            String name = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
            if (FieldKind.isProtected(FieldKind.of(name))) {
                protectedTokens++;
                return;
            }
            if (named == null) {
                named = new HashSet<>(4);
            }
            named.add(name);
        }
    }

    private boolean hasToken(int field, String token) {
        for (String one : value(field).toString().split(",", -1)) {
            if (one.trim().equalsIgnoreCase(token)) {
                return true;
            }
        }
        return false;
    }

    public abstract boolean isHttp10();

    /** Whether the sender keeps the connection for another message. */
    public boolean isKeepAlive() {
        return !closeToken && (!isHttp10() || keepAliveToken);
    }

    /** Whether the head was read to its end and nothing is wrong with it; only then its parts may be asked for. */
    public boolean isUnderstood() {
        return complete && fault == null;
    }

    /** Whether the protocol's name begins here, which is written in capitals (RFC 9112, 2.3), and a slash; five bytes long. */
    boolean isProtocolName(int from) {
        return bytes[from] == 'H'
                && bytes[from + 1] == 'T'
                && bytes[from + 2] == 'T'
                && bytes[from + 3] == 'P'
                && bytes[from + 4] == '/';
    }

    static boolean isToken(byte c) {
        return TOKEN[c & 0xff] != 0;
    }

    public boolean isChunked() {
        return chunked;
    }

    /** Declared length of the body, or -1 without Content-Length. */
    public long contentLength() {
        return contentLength;
    }

    // ---- fields ----

    public int fieldCount() {
        return count;
    }

    public int kind(int field) {
        return fields[field * INTS + 4];
    }

    int valueFrom(int field) {
        return fields[field * INTS + 2];
    }

    int valueTo(int field) {
        return fields[field * INTS + 3];
    }

    /** The value of a field, valid until the next call. */
    public CharSequence value(int field) {
        return value.set(bytes, valueFrom(field), valueTo(field));
    }

    public boolean valueIs(int field, String lowerCase) {
        return equalsIgnoreCase(valueFrom(field), valueTo(field), lowerCase);
    }

    /** Whether the field has this name, in any case. */
    public boolean isNamed(int field, String name) {
        return equalsIgnoreCase(fields[field * INTS], fields[field * INTS + 1], name);
    }

    /** Whether {@link #imitates} can be true for any field. */
    public boolean isFolding() {
        return folding;
    }

    /** Whether a server that folds {@code _} and {@code .} into {@code -} takes the field for the one of this name. */
    public boolean imitates(int field, String name) {
        int from = fields[field * INTS];
        if (fields[field * INTS + 1] - from != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            int a = folded(bytes[from + i]);
            int b = folded(name.charAt(i));
            if (a != b) {
                return false;
            }
        }
        return true;
    }

    private static int folded(int c) {
        if (c == '_' || c == '.') {
            return '-';
        }
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }

    /** The first field of this kind, or -1. */
    public int first(int kind) {
        for (int i = 0; i < count; i++) {
            if (kind(i) == kind) {
                return i;
            }
        }
        return -1;
    }

    boolean equalsIgnoreCase(int from, int to, String text) {
        if (to - from != text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            int a = bytes[from + i];
            int b = text.charAt(i);
            if (a != b && (a >= 'A' && a <= 'Z' ? a + 32 : a) != (b >= 'A' && b <= 'Z' ? b + 32 : b)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a Connection field asks to remove this one. */
    public boolean isNamedByConnection(int field) {
        Set<String> names = named;
        return names != null
                && names.contains(new String(
                                bytes,
                                fields[field * INTS],
                                fields[field * INTS + 1] - fields[field * INTS],
                                StandardCharsets.ISO_8859_1)
                        .toLowerCase(Locale.ROOT));
    }

    /** How many fields the Connection fields named that they cannot remove. */
    public int protectedTokens() {
        return protectedTokens;
    }

    /** Whether {@link #isNamedByConnection} can be true for any field. */
    public boolean namesAny() {
        return named != null;
    }

    /** Where a field's line begins; the line of field number {@code fieldCount()} is the empty one. */
    int lineStart(int field) {
        return field == count ? length - 2 : fields[field * INTS];
    }

    /** Copies the lines of the fields from one (included) to another (not included), which stand next to each other. */
    public void copyLines(int from, int to, HeadBuffer out) {
        out.put(bytes, lineStart(from), lineStart(to));
    }
}
