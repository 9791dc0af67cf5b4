package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.tracing.Sampling;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Writes the head that the upstream sees. One for each event loop, because of its source of random identifiers. */
final class RequestForwarding {
    private static final byte[] VERSION_AND_HOST = ascii(" HTTP/1.1\r\nHost: ");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] PROTO_HTTP = ascii("X-Forwarded-Proto: http\r\nX-Forwarded-Host: ");
    private static final byte[] VIA_AND_ID = ascii("\r\nVia: 1.1 halftone\r\nX-Request-Id: ");
    private static final byte[] TRACEPARENT = ascii("\r\ntraceparent: ");
    private static final byte[] VERSION = ascii("\r\nX-Halftone-Version: ");
    private static final byte[] VARIANT = ascii("\r\nX-Halftone-Variant: ");
    private static final byte[] ROUTE = ascii("\r\nX-Halftone-Route: ");

    private static final byte[] COPY = ascii("X-Halftone-Mirror: true\r\n");
    private static final byte[] SPACE = ascii(" ");
    private static final long DROPPED = FieldKind.set(
            FieldKind.HOST,
            FieldKind.CONNECTION,
            FieldKind.HOP_BY_HOP,
            FieldKind.TE,
            FieldKind.TRANSFER_ENCODING,
            FieldKind.UPGRADE,
            FieldKind.TRACEPARENT,
            FieldKind.X_REQUEST_ID,
            FieldKind.X_FORWARDED_FOR,
            FieldKind.X_FORWARDED_PROTO,
            FieldKind.X_FORWARDED_HOST,
            FieldKind.FORWARDED,
            FieldKind.X_HALFTONE,
            FieldKind.LOOKALIKE);
    /** W3C Trace Context, section 3.3: the state of a trace that does not go on ends with it. */
    private static final long DROPPED_WITH_TRACE = DROPPED | FieldKind.set(FieldKind.TRACESTATE);

    private final SplittableRandom random;
    private final Sampling sampling;

    RequestForwarding(SplittableRandom random, Sampling sampling) {
        this.random = random;
        this.sampling = sampling;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Gives the request that was just read its identifier. */
    void identify(RequestId id) {
        id.renew(random, sampling);
    }

    /** The target for the upstream: as sent, or with the matched prefix rewritten. */
    static CharSequence target(RequestHead head, Choice choice) {
        String replacement = choice.route().forwarding().pathPrefix();
        if (replacement == null || !(choice.route().match().path() instanceof PathMatch.Prefix prefix)) {
            return head.target();
        }
        String target = head.target().toString();
        int end = target.indexOf('?');
        String query = end < 0 ? "" : target.substring(end);
        String raw = end < 0 ? target : target.substring(0, end);
        if (raw.equals("*")) {
            return target;
        }
        // Not as sent: dots behind the matched prefix would lead out of the one that takes its place.
        String path = head.path().toString();
        String rest = path.substring(Math.min(prefix.prefix().length(), path.length()));
        String joined = replacement.endsWith("/") && rest.startsWith("/")
                ? replacement + rest.substring(1)
                : replacement + rest;
        return (joined.startsWith("/") ? joined : "/" + joined) + query;
    }

    /**
     * The whole head: hop-by-hop fields and what imitates ours are left out first; ours are added after.
     *
     * @param client who holds the connection
     */
    void write(RequestHead head, Choice choice, ClientConnection client, RequestId id, HeadBuffer out) {
        writeLines(head, choice, client, id, out);
        out.end();
    }

    /** The same for a copy whose answer is thrown away, which the upstream is told. */
    void writeCopy(RequestHead head, Choice choice, ClientConnection client, RequestId id, HeadBuffer out) {
        writeLines(head, choice, client, id, out);
        out.put(COPY).end();
    }

    private void writeLines(RequestHead head, Choice choice, ClientConnection client, RequestId id, HeadBuffer out) {
        Forwarding forwarding = choice.route().forwarding();
        out.clear().put(head.method()).put(SPACE).put(target(head, choice)).put(VERSION_AND_HOST);
        putHost(head, choice, out);
        out.put(LINE_END);
        TraceContext trace = id.trace();
        if (trace.given() >= 0 && ForwardedFields.isEdited(head, trace.given(), forwarding.requestHeaders())) {
            trace.restart(random, sampling);
        }
        int passing = trace.passing();
        long dropped = trace.given() >= 0 ? DROPPED : DROPPED_WITH_TRACE;
        List<String> guarded = head.isFolding() ? guarded(choice.route()) : List.of();
        ForwardedFields.copyPassing(head, dropped, passing, forwarding.requestHeaders(), guarded, out);
        writeForwarded(head, client, out);
        out.put(VIA_AND_ID);
        id.write(out);
        if (passing < 0 && !setsTraceparent(forwarding.requestHeaders())) {
            trace.write(out.put(TRACEPARENT));
        }
        out.put(VERSION).put(choice.version().label());
        if (choice.variant() != null) {
            out.put(VARIANT).put(choice.variant().name());
        }
        out.put(ROUTE).put(choice.route().name()).put(LINE_END);
        writeConnection(head, out);
        for (Map.Entry<String, String> set : forwarding.requestHeaders().set().entrySet()) {
            out.field(set.getKey(), set.getValue());
        }
    }

    /** The fields that this route sets or removes, and those that tell it who the user is. */
    private static List<String> guarded(Route route) {
        Forwarding.HeaderEdits edits = route.forwarding().requestHeaders();
        List<String> names = new ArrayList<>(edits.set().keySet());
        names.addAll(edits.remove());
        Gray gray = route.gray();
        if (gray != null) {
            for (UserKeySource source : gray.userKey()) {
                if (source instanceof UserKeySource.Header header) {
                    names.add(header.name());
                } else if (source instanceof UserKeySource.JwtClaim claim
                        && claim.token() instanceof UserKeySource.Header header) {
                    names.add(header.name());
                }
            }
        }
        return names;
    }

    /** Old clients may leave Host out; HTTP/1.1 may not. */
    private static void putHost(RequestHead head, Choice choice, HeadBuffer out) {
        String rewritten = choice.route().forwarding().host();
        if (rewritten != null) {
            out.put(rewritten);
        } else if (head.authority().length() > 0) {
            out.put(head.authority());
        } else {
            out.put(choice.upstream().endpoints().get(0).toString());
        }
    }

    private static boolean setsTraceparent(Forwarding.HeaderEdits edits) {
        if (edits.set().isEmpty()) {
            return false;
        }
        for (String name : edits.set().keySet()) {
            if (name.equalsIgnoreCase("traceparent")) {
                return true;
            }
        }
        return false;
    }

    /** Leaves the last line open. */
    private static void writeForwarded(RequestHead head, ClientConnection client, HeadBuffer out) {
        if (!client.isTrusted()) {
            out.put(client.forwardedForLine()).put(PROTO_HTTP).put(head.authority());
            return;
        }
        out.put("X-Forwarded-For: ");
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.kind(i) == FieldKind.X_FORWARDED_FOR) {
                out.put(head.value(i)).put(", ");
            }
        }
        out.put(client.address()).end();
        out.field("X-Real-IP", NetUtil.toAddressString(head.clientAddress()));
        int proto = head.first(FieldKind.X_FORWARDED_PROTO);
        out.field("X-Forwarded-Proto", proto < 0 ? "http" : head.value(proto));
        int host = head.first(FieldKind.X_FORWARDED_HOST);
        out.put("X-Forwarded-Host: ").put(host < 0 ? head.authority() : head.value(host));
    }

    private static void writeConnection(RequestHead head, HeadBuffer out) {
        if (head.isWebSocketUpgrade()) {
            out.field("connection", "Upgrade").field("upgrade", "websocket");
        } else if (head.acceptsTrailers()) {
            out.field("Connection", "TE").field("TE", "trailers");
        }
        if (head.isChunked()) {
            out.field("Transfer-Encoding", "chunked");
        }
    }
}
