package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.ResponseHead;
import java.util.Map;

/** Writes the head that the client sees. Event loop only. */
final class ResponseForwarding {
    private ResponseForwarding() {}

    /** Status line and fields: hop-by-hop ones and ours are left out, then the route's edits are made. No empty line. */
    static void write(ResponseHead head, Choice choice, HeadBuffer out) {
        Forwarding forwarding = choice.route().forwarding();
        writePassing(head, forwarding.responseHeaders(), out);
        if (forwarding.exposeVersion()) {
            out.field("X-Halftone-Version", choice.version().label());
        }
        for (Map.Entry<String, String> set : forwarding.responseHeaders().set().entrySet()) {
            out.field(set.getKey(), set.getValue());
        }
    }

    /** Status line and those fields that pass. */
    static void writePassing(ResponseHead head, Forwarding.HeaderEdits edits, HeadBuffer out) {
        head.copyStatusLine(out.clear());
        boolean plain = !head.namesAny() && ForwardedFields.isEmpty(edits);
        int count = head.fieldCount();
        int run = 0;
        for (int i = 0; i < count; i++) {
            boolean dropped = isDropped(head.kind(i))
                    || (head.kind(i) == FieldKind.CONTENT_LENGTH && (head.status() < 200 || head.status() == 204))
                    || (!plain && (head.isNamedByConnection(i) || ForwardedFields.isEdited(head, i, edits)));
            if (dropped) {
                if (i > run) {
                    head.copyLines(run, i, out);
                }
                run = i + 1;
            }
        }
        if (count > run) {
            head.copyLines(run, count, out);
        }
    }

    private static boolean isDropped(int kind) {
        return switch (kind) {
            case FieldKind.CONNECTION,
                    FieldKind.HOP_BY_HOP,
                    FieldKind.TE,
                    FieldKind.TRANSFER_ENCODING,
                    FieldKind.UPGRADE,
                    FieldKind.X_HALFTONE -> true;
            default -> false;
        };
    }
}
