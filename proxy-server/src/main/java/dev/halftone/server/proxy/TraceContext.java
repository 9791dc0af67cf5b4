package dev.halftone.server.proxy;

import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.tracing.Sampling;
import java.util.SplittableRandom;

/**
 * The trace that a request belongs to (W3C Trace Context): the client's, if it sent one valid {@code traceparent}, else a new one.
 * What the client sent passes as it is; it becomes numbers only where somebody needs them. One serves all requests of a
 * connection. Event loop only.
 */
final class TraceContext {
    /** Of version 00, and the part of later versions that is laid down. */
    private static final int LENGTH = 55;

    private static final int TRACE_AT = 3;
    private static final int PARENT_AT = 36;
    private static final int FLAGS_AT = 53;
    private static final byte[] VERSION = {'0', '0', '-'};
    private static final byte[] DASH = {'-'};
    private static final byte[] FLAGS = {'-', '0'};
    private static final byte[][] DIGITS = {{'0'}, {'1'}, {'2'}, {'3'}};
    private static final int SAMPLED = 1;
    /** Those that version 00 knows, at level 2: sampled, random. */
    private static final int KNOWN_FLAGS = 3;

    private final RequestHead head;
    private int given = -1;
    private long high;
    private long low;
    private long span;
    private long parent;
    private int flags;
    private boolean recorded;

    TraceContext(RequestHead head) {
        this.head = head;
    }

    /** Takes the trace of the request that the head now holds. */
    void renew(SplittableRandom random, Sampling sampling) {
        given = only(head, FieldKind.TRACEPARENT);
        if (given < 0 || !isValid(head.value(given))) {
            begin(random, sampling);
            return;
        }
        recorded = sampling.isRecording() && (bits(head.value(given), FLAGS_AT, LENGTH) & SAMPLED) != 0;
        if (recorded) {
            CharSequence value = head.value(given);
            high = bits(value, TRACE_AT, TRACE_AT + 16);
            low = bits(value, TRACE_AT + 16, PARENT_AT - 1);
            parent = bits(value, PARENT_AT, FLAGS_AT - 1);
            flags = (int) bits(value, FLAGS_AT, LENGTH) & KNOWN_FLAGS;
            span = random.nextLong() | 1;
        }
    }

    /** The client's does not count: a new trace, unless this is one. */
    void restart(SplittableRandom random, Sampling sampling) {
        if (given >= 0) {
            begin(random, sampling);
        }
    }

    private void begin(SplittableRandom random, Sampling sampling) {
        given = -1;
        parent = 0;
        high = random.nextLong() | 1;
        low = random.nextLong();
        span = random.nextLong() | 1;
        flags = sampling.samples(low) ? SAMPLED : 0;
        recorded = flags != 0 && sampling.isRecording();
    }

    /** The client's field; -1 if the trace begins here. */
    int given() {
        return given;
    }

    /** The field that passes as it is; -1 if ours takes its place: the trace begins here, or has a span of ours. */
    int passing() {
        return recorded ? -1 : given;
    }

    /** Whether the request gets a span of ours. */
    boolean isRecorded() {
        return recorded;
    }

    /** Only of a request that gets a span. */
    long high() {
        return high;
    }

    /** Only of a request that gets a span. */
    long low() {
        return low;
    }

    /** Only of a request that gets a span. */
    long span() {
        return span;
    }

    /** The caller's span; 0 if the trace begins here. Only of a request that gets a span. */
    long parent() {
        return parent;
    }

    /** The value of our field. */
    void write(HeadBuffer out) {
        out.put(VERSION).hex(high).hex(low).put(DASH).hex(span).put(FLAGS).put(DIGITS[flags]);
    }

    /** The trace's identifier. */
    void appendTo(AccessLines line) {
        if (given >= 0) {
            line.text(head.value(given), TRACE_AT, PARENT_AT - 1);
        } else {
            line.hex(high);
            line.hex(low);
        }
    }

    /** The field of this kind; -1 if there is none, or more than one. */
    private static int only(RequestHead head, int kind) {
        int only = -1;
        int count = head.fieldCount();
        for (int i = 0; i < count; i++) {
            if (head.kind(i) == kind) {
                if (only >= 0) {
                    return -1;
                }
                only = i;
            }
        }
        return only;
    }

    /** Sections 3.2.2 and 3.2.4: later versions may add fields after a dash, ff is none. */
    static boolean isValid(CharSequence value) {
        int length = value.length();
        if (length < LENGTH || !isHex(value, 0, 2) || (value.charAt(0) == 'f' && value.charAt(1) == 'f')) {
            return false;
        }
        boolean first = value.charAt(0) == '0' && value.charAt(1) == '0';
        if (length > LENGTH && (first || value.charAt(LENGTH) != '-')) {
            return false;
        }
        return value.charAt(TRACE_AT - 1) == '-'
                && isIdentifier(value, TRACE_AT, PARENT_AT - 1)
                && value.charAt(PARENT_AT - 1) == '-'
                && isIdentifier(value, PARENT_AT, FLAGS_AT - 1)
                && value.charAt(FLAGS_AT - 1) == '-'
                && isHex(value, FLAGS_AT, LENGTH);
    }

    private static long bits(CharSequence value, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits = bits << 4 | Character.digit(value.charAt(i), 16);
        }
        return bits;
    }

    /** Lower case only, and not all zeros. */
    private static boolean isIdentifier(CharSequence value, int from, int to) {
        if (!isHex(value, from, to)) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (value.charAt(i) != '0') {
                return true;
            }
        }
        return false;
    }

    private static boolean isHex(CharSequence value, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = value.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }
}
