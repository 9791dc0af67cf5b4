package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Writes the head that the upstream sees. One for each event loop, because of its source of random identifiers. */
final class RequestForwarding {
    private static final AsciiString VIA = AsciiString.cached("1.1 halftone");
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final SplittableRandom random;

    RequestForwarding(SplittableRandom random) {
        this.random = random;
    }

    /** The request's identifier: the client's if it is a plain one, else a new one. */
    String requestId(RequestHead head) {
        CharSequence given = head.header("X-Request-Id");
        return given != null && ForwardedFields.isIdentifier(given)
                ? given.toString()
                : hex(random.nextLong()) + hex(random.nextLong());
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
        String path = raw.startsWith(prefix.prefix()) ? raw : head.path().toString();
        String rest = path.substring(Math.min(prefix.prefix().length(), path.length()));
        String joined = replacement.endsWith("/") && rest.startsWith("/")
                ? replacement + rest.substring(1)
                : replacement + rest;
        return (joined.startsWith("/") ? joined : "/" + joined) + query;
    }

    /**
     * Hop-by-hop fields and what imitates ours are left out first; ours are added after.
     *
     * @param remote who holds the connection
     * @param upgrade whether the connection asks to become a WebSocket
     */
    void write(
            RequestHead head,
            Choice choice,
            InetAddress remote,
            List<Cidr> trustedProxies,
            String requestId,
            boolean upgrade,
            FieldSink sink) {
        Forwarding forwarding = choice.route().forwarding();
        boolean trusted = ClientAddress.isTrusted(remote, trustedProxies);
        Passed passed = new Passed(forwarding.requestHeaders(), connectionTokens(head), trusted, sink);
        sink.field(HttpHeaderNames.HOST, host(head, choice));
        head.forEachField(passed);
        String address = NetUtil.toAddressString(remote);
        sink.field(
                ForwardedFields.X_FORWARDED_FOR,
                passed.forwardedFor.isEmpty() ? address : String.join(", ", passed.forwardedFor) + ", " + address);
        sink.field(ForwardedFields.X_FORWARDED_PROTO, passed.forwardedProto == null ? "http" : passed.forwardedProto);
        sink.field(
                ForwardedFields.X_FORWARDED_HOST,
                passed.forwardedHost == null ? head.authority() : passed.forwardedHost);
        sink.field(HttpHeaderNames.VIA, VIA);
        sink.field(ForwardedFields.X_REQUEST_ID, requestId);
        if (!passed.traced) {
            sink.field(
                    ForwardedFields.TRACEPARENT,
                    "00-" + hex(random.nextLong() | 1) + hex(random.nextLong()) + "-" + hex(random.nextLong() | 1)
                            + "-00");
        }
        sink.field(ForwardedFields.X_HALFTONE_VERSION, choice.version().label());
        sink.field(ForwardedFields.X_HALFTONE_ROUTE, choice.route().name());
        writeConnection(head, upgrade, sink);
        for (Map.Entry<String, String> set : forwarding.requestHeaders().set().entrySet()) {
            sink.field(set.getKey(), set.getValue());
        }
    }

    /** Old clients may leave Host out; HTTP/1.1 may not. */
    private static CharSequence host(RequestHead head, Choice choice) {
        String rewritten = choice.route().forwarding().host();
        if (rewritten != null) {
            return rewritten;
        }
        return head.authority().length() > 0
                ? head.authority()
                : choice.upstream().endpoints().get(0).toString();
    }

    private static void writeConnection(RequestHead head, boolean upgrade, FieldSink sink) {
        if (upgrade) {
            sink.field(HttpHeaderNames.CONNECTION, "Upgrade");
            sink.field(HttpHeaderNames.UPGRADE, "websocket");
        } else if (head.acceptsTrailers()) {
            sink.field(HttpHeaderNames.CONNECTION, "TE");
            sink.field(HttpHeaderNames.TE, "trailers");
        }
        if (head.isChunked()) {
            sink.field(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        }
    }

    private static Set<String> connectionTokens(RequestHead head) {
        List<String> values = new ArrayList<>(1);
        head.forEachField((name, value) -> {
            if (HttpHeaderNames.CONNECTION.contentEqualsIgnoreCase(name)) {
                values.add(value.toString());
            }
        });
        return ForwardedFields.namedByConnection(values);
    }

    private static String hex(long bits) {
        char[] digits = new char[16];
        for (int i = 0; i < 16; i++) {
            digits[i] = HEX[(int) (bits >>> (60 - 4 * i)) & 15];
        }
        return new String(digits);
    }

    /** Passes on the client's fields that may pass, and keeps what a trusted proxy said. */
    private static final class Passed implements FieldSink {
        private final Forwarding.HeaderEdits edits;
        private final Set<String> named;
        private final boolean trusted;
        private final FieldSink sink;
        private final List<String> forwardedFor = new ArrayList<>(0);
        private @Nullable String forwardedProto;
        private @Nullable String forwardedHost;
        private boolean traced;

        Passed(Forwarding.HeaderEdits edits, Set<String> named, boolean trusted, FieldSink sink) {
            this.edits = edits;
            this.named = named;
            this.trusted = trusted;
            this.sink = sink;
        }

        @Override
        public void field(CharSequence name, CharSequence value) {
            String lower = ForwardedFields.lowerCase(name);
            if (ForwardedFields.isOurs(lower)) {
                remember(lower, value.toString());
                return;
            }
            boolean dropped = lower.equals("host")
                    || lower.equals("x-request-id")
                    || ForwardedFields.isHopByHop(lower)
                    || named.contains(lower)
                    || ForwardedFields.collapsesToProtected(lower)
                    || isEdited(lower)
                    || (lower.equals("traceparent") && (traced || !isTraceparent(value)));
            if (!dropped) {
                traced |= lower.equals("traceparent");
                sink.field(name, value);
            }
        }

        private void remember(String lower, String value) {
            if (!trusted) {
                return;
            }
            switch (lower) {
                case "x-forwarded-for" -> forwardedFor.add(value);
                case "x-forwarded-proto" -> forwardedProto = value;
                case "x-forwarded-host" -> forwardedHost = value;
                default -> {}
            }
        }

        private boolean isEdited(String lower) {
            for (String removed : edits.remove()) {
                if (removed.equalsIgnoreCase(lower)) {
                    return true;
                }
            }
            for (String set : edits.set().keySet()) {
                if (set.equalsIgnoreCase(lower)) {
                    return true;
                }
            }
            return false;
        }

        /** Version 00 of the W3C's Trace Context, section 3.2. */
        private static boolean isTraceparent(CharSequence value) {
            if (value.length() != 55) {
                return false;
            }
            for (int i = 0; i < 55; i++) {
                char c = value.charAt(i);
                boolean dash = i == 2 || i == 35 || i == 52;
                boolean hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                if (dash ? c != '-' : !hex) {
                    return false;
                }
            }
            return true;
        }
    }
}
