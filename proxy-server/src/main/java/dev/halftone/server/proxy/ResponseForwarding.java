package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.ResponseHead;
import java.util.List;
import java.util.Map;

/** Writes the head that the client sees. Event loop only. */
final class ResponseForwarding {
    private static final long DROPPED = FieldKind.set(
            FieldKind.CONNECTION,
            FieldKind.HOP_BY_HOP,
            FieldKind.TE,
            FieldKind.TRANSFER_ENCODING,
            FieldKind.UPGRADE,
            FieldKind.X_HALFTONE);
    /** Where no body can follow, no length of one is told. */
    private static final long DROPPED_BODILESS = DROPPED | FieldKind.set(FieldKind.CONTENT_LENGTH);

    private ResponseForwarding() {}

    /** Status line and fields: hop-by-hop ones and ours are left out, then the route's edits are made. No empty line. */
    static void write(ResponseHead head, Choice choice, HeadBuffer out) {
        Forwarding forwarding = choice.route().forwarding();
        writePassing(head, forwarding.responseHeaders(), out);
        if (forwarding.exposeVersion()) {
            out.field("X-Halftone-Version", choice.version().label());
            if (choice.variant() != null) {
                out.field("X-Halftone-Variant", choice.variant().name());
            }
        }
        for (Map.Entry<String, String> set : forwarding.responseHeaders().set().entrySet()) {
            out.field(set.getKey(), set.getValue());
        }
    }

    /** Status line and those fields that pass. */
    static void writePassing(ResponseHead head, Forwarding.HeaderEdits edits, HeadBuffer out) {
        head.copyStatusLine(out.clear());
        boolean bodiless = head.status() < 200 || head.status() == 204;
        ForwardedFields.copyPassing(head, bodiless ? DROPPED_BODILESS : DROPPED, -1, edits, List.of(), out);
    }
}
