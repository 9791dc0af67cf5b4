package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Forwarding;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes the head that the client sees. Any thread. */
final class ResponseForwarding {
    private ResponseForwarding() {}

    /** Passes a response's fields to the sink: hop-by-hop ones and ours are left out, then the route's edits are made. */
    static void write(
            Iterable<Map.Entry<CharSequence, CharSequence>> fields,
            List<String> connectionValues,
            Choice choice,
            FieldSink sink) {
        Set<String> named = ForwardedFields.namedByConnection(connectionValues);
        Forwarding forwarding = choice.route().forwarding();
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            String lower = ForwardedFields.lowerCase(field.getKey());
            boolean dropped = ForwardedFields.isHopByHop(lower)
                    || lower.startsWith("x-halftone-")
                    || named.contains(lower)
                    || isEdited(forwarding.responseHeaders(), lower);
            if (!dropped) {
                sink.field(field.getKey(), field.getValue());
            }
        }
        if (forwarding.exposeVersion()) {
            sink.field(ForwardedFields.X_HALFTONE_VERSION, choice.version().label());
        }
        for (Map.Entry<String, String> set : forwarding.responseHeaders().set().entrySet()) {
            sink.field(set.getKey(), set.getValue());
        }
    }

    private static boolean isEdited(Forwarding.HeaderEdits edits, String lower) {
        if (edits.remove().isEmpty() && edits.set().isEmpty()) {
            return false;
        }
        return edits.remove().stream().anyMatch(lower::equalsIgnoreCase)
                || edits.set().keySet().stream().anyMatch(lower::equalsIgnoreCase);
    }
}
