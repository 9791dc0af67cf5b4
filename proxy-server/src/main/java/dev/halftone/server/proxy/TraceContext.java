package dev.halftone.server.proxy;

import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.RequestHead;
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
    private static final byte[] UNSAMPLED = {'-', '0', '0'};

    private final RequestHead head;
    private int given = -1;
    private long high;
    private long low;
    private long span;

    TraceContext(RequestHead head) {
        this.head = head;
    }

    /** Takes the trace of the request that the head now holds. */
    void renew(SplittableRandom random) {
        given = only(head, FieldKind.TRACEPARENT);
        if (given < 0 || !isValid(head.value(given))) {
            begin(random);
        }
    }

    /** The client's does not count: a new trace, unless this is one. */
    void restart(SplittableRandom random) {
        if (given >= 0) {
            begin(random);
        }
    }

    private void begin(SplittableRandom random) {
        given = -1;
        high = random.nextLong() | 1;
        low = random.nextLong();
        span = random.nextLong() | 1;
    }

    /** The client's field, which passes as it is; -1 if the trace begins here. */
    int given() {
        return given;
    }

    /** The value of the field for a trace that begins here. */
    void write(HeadBuffer out) {
        out.put(VERSION).hex(high).hex(low).put(DASH).hex(span).put(UNSAMPLED);
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
