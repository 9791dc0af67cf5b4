package dev.halftone.server.proxy;

import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.tracing.Sampling;
import java.util.HexFormat;
import java.util.SplittableRandom;

/**
 * A request's identifiers, its own and its trace's: the client's if it is a plain one, else 128 random bits. It becomes text only where somebody reads
 * it. One serves all requests of a connection. Event loop only.
 */
final class RequestId {
    private final RequestHead head;
    private final TraceContext trace;
    private int given = -1;
    private long high;
    private long low;

    RequestId(RequestHead head) {
        this.head = head;
        this.trace = new TraceContext(head);
    }

    /** The trace that the request belongs to. */
    TraceContext trace() {
        return trace;
    }

    /** Takes the identifier of the request that the head now holds. */
    void renew(SplittableRandom random, Sampling sampling) {
        given = head.first(FieldKind.X_REQUEST_ID);
        if (given < 0 || !ForwardedFields.isIdentifier(head.value(given))) {
            given = -1;
            high = random.nextLong();
            low = random.nextLong();
        }
        trace.renew(random, sampling);
    }

    void write(HeadBuffer out) {
        if (given >= 0) {
            out.put(head.value(given));
        } else {
            out.hex(high).hex(low);
        }
    }

    void appendTo(AccessLines line) {
        if (given >= 0) {
            line.text(head.value(given));
        } else {
            line.hex(high);
            line.hex(low);
        }
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return given >= 0 ? head.value(given).toString() : hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
