package dev.halftone.server.proxy;

import dev.halftone.core.routing.Forwarding;
import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.MessageHead;
import java.util.List;

/** What request and response forwarding have in common. Any thread. */
final class ForwardedFields {
    private ForwardedFields() {}

    /**
     * Copies the lines of all fields that pass, neighbours in one piece.
     *
     * @param dropped kinds that do not pass, see {@link FieldKind#set}
     * @param kept a field that passes whatever its kind, or -1
     * @param guarded names whose lookalikes do not pass
     */
    static void copyPassing(
            MessageHead head,
            long dropped,
            int kept,
            Forwarding.HeaderEdits edits,
            List<String> guarded,
            HeadBuffer out) {
        boolean plain = !head.namesAny() && isEmpty(edits) && guarded.isEmpty();
        int count = head.fieldCount();
        int run = 0;
        for (int i = 0; i < count; i++) {
            boolean drop = (FieldKind.isIn(head.kind(i), dropped) && i != kept)
                    || (!plain
                            && (head.isNamedByConnection(i)
                                    || isEdited(head, i, edits)
                                    || isLookalike(head, i, guarded)));
            if (drop) {
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

    private static boolean isEmpty(Forwarding.HeaderEdits edits) {
        return edits.remove().isEmpty() && edits.set().isEmpty();
    }

    /** Whether the route removes this field or puts its own in its place. */
    static boolean isEdited(MessageHead head, int field, Forwarding.HeaderEdits edits) {
        List<String> removed = edits.remove();
        for (int i = 0; i < removed.size(); i++) {
            if (head.isNamed(field, removed.get(i))) {
                return true;
            }
        }
        if (edits.set().isEmpty()) {
            return false;
        }
        for (String set : edits.set().keySet()) {
            if (head.isNamed(field, set)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLookalike(MessageHead head, int field, List<String> guarded) {
        for (String name : guarded) {
            if (head.imitates(field, name) && !head.isNamed(field, name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a text may stand in a field value that we pass on as an identifier. */
    static boolean isIdentifier(CharSequence text) {
        if (text.length() == 0 || text.length() > 128) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == ',') {
                return false;
            }
        }
        return true;
    }
}
