package dev.halftone.server.http1;

import dev.halftone.core.routing.CookieHeader;
import dev.halftone.core.routing.NormalizedPath;
import dev.halftone.core.routing.QueryString;
import dev.halftone.core.routing.RequestView;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The head of a request; what routing sees of it is {@link RequestView}. Event loop only. */
public final class RequestHead extends MessageHead implements RequestView {
    private static final int MAX_PORT = 65_535;
    private static final byte[] ROOT = {'/'};
    /** RFC 3986's reg-name, but for the percent sign and the comma, which stands between two Hosts made one. */
    private static final boolean[] HOST_CHAR = new boolean[256];

    static {
        for (int c = 0; c < 128; c++) {
            boolean alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            HOST_CHAR[c] = alphanumeric || "-._~!$&'()*+;=".indexOf(c) >= 0;
        }
    }

    private final boolean allowEncodedSlash;
    private final ByteText method = new ByteText();
    private final ByteText host = new ByteText();
    private final ByteText authority = new ByteText();
    private final ByteText path = new ByteText();
    private final ByteText target = new ByteText();
    private final ByteText header = new ByteText();
    private final ByteText cookie = new ByteText();
    private CharSequence normalized = "/";
    private byte[] targetBytes = bytes;
    private int methodFrom;
    private int methodTo;
    private int targetFrom;
    private int targetTo;
    private int pathTo;
    private boolean http10;
    private boolean fromTrustedProxy;
    private InetAddress clientAddress = InetAddress.getLoopbackAddress();

    public RequestHead(HeadLimits limits) {
        this(limits, false);
    }

    /** @param allowEncodedSlash whether {@code %2F} and {@code %5C} may stand in a path */
    public RequestHead(HeadLimits limits, boolean allowEncodedSlash) {
        super(limits);
        this.allowEncodedSlash = allowEncodedSlash;
    }

    @Override
    boolean toleratesEmptyLine() {
        return true;
    }

    @Override
    void parseStartLine(int from, int to) {
        int at = from;
        while (at < to && isToken(bytes[at])) {
            at++;
        }
        methodFrom = from;
        methodTo = at;
        if (at == from || at == to || bytes[at] != ' ') {
            fail(Fault.MALFORMED, "method");
            return;
        }
        at++;
        targetFrom = at;
        // Visible ASCII alone: bytes from 0x80 on are negative.
        while (at < to && bytes[at] > ' ' && bytes[at] != '#') {
            at++;
        }
        targetTo = at;
        if (targetTo == targetFrom || at == to || bytes[at] != ' ') {
            fail(Fault.MALFORMED, "request target");
            return;
        }
        readVersion(at + 1, to);
    }

    private void readVersion(int from, int to) {
        boolean version = to - from == 8
                && isProtocolName(from)
                && isDigit(bytes[from + 5])
                && bytes[from + 6] == '.'
                && isDigit(bytes[from + 7]);
        if (!version) {
            fail(Fault.MALFORMED, "request line");
        } else if (bytes[from + 5] != '1' || bytes[from + 7] > '1') {
            fail(Fault.UNSUPPORTED_VERSION, new String(bytes, from, 8, StandardCharsets.ISO_8859_1));
        } else {
            http10 = bytes[from + 7] == '0';
        }
    }

    private static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }

    @Override
    void check() {
        // The array may have grown since the start line was read.
        method.set(bytes, methodFrom, methodTo);
        targetBytes = bytes;
        if (isMethod("CONNECT") || isMethod("TRACE")) {
            fail(Fault.METHOD_NOT_ALLOWED, method.toString());
            return;
        }
        checkHost();
        if (!isFaulty()) {
            readTarget();
        }
        int expect = first(FieldKind.EXPECT);
        if (expect >= 0 && !valueIs(expect, "100-continue")) {
            fail(Fault.UNSUPPORTED_EXPECTATION, "Expect");
        }
    }

    private void checkHost() {
        authority.set(bytes, 0, 0);
        host.set(bytes, 0, 0);
        if (hosts == 0 && http10) {
            return;
        }
        int from = hosts == 1 ? valueFrom(hostField) : 0;
        int to = hosts == 1 ? valueTo(hostField) : 0;
        int end = from < to && bytes[from] == '[' ? addressEnd(from, to) : nameEnd(from, to);
        if (end == from || !isPort(end, to)) {
            fail(Fault.MALFORMED, "Host");
            return;
        }
        authority.set(bytes, from, to);
        host.set(bytes, from, end);
    }

    private int nameEnd(int from, int to) {
        int at = from;
        while (at < to && HOST_CHAR[bytes[at] & 0xff]) {
            at++;
        }
        return at;
    }

    /** Behind the bracket that ends an IPv6 address; where it begins if it is none. */
    private int addressEnd(int from, int to) {
        int at = from + 1;
        while (at < to && (Character.digit(bytes[at], 16) >= 0 || bytes[at] == ':' || bytes[at] == '.')) {
            at++;
        }
        return at < to && at > from + 1 && bytes[at] == ']' ? at + 1 : from;
    }

    /** Nothing, or a colon and a number that a port can have. */
    private boolean isPort(int from, int to) {
        if (from == to) {
            return true;
        }
        int port = 0;
        for (int i = from + 1; i < to && port <= MAX_PORT; i++) {
            port = isDigit(bytes[i]) ? port * 10 + bytes[i] - '0' : MAX_PORT + 1;
        }
        return bytes[from] == ':' && port <= MAX_PORT;
    }

    /** Brings the target to origin form and finds its path. */
    private void readTarget() {
        if (bytes[targetFrom] != '/' && !isAsteriskForm()) {
            absoluteForm();
            if (isFaulty()) {
                return;
            }
        }
        if (isAsteriskForm()) {
            target.set(targetBytes, targetFrom, targetTo);
            path.set(ROOT, 0, 1);
            normalized = path;
            pathTo = targetTo;
            return;
        }
        int at = targetFrom;
        boolean plain = true;
        byte before = 0;
        while (at < targetTo && targetBytes[at] != '?') {
            byte c = targetBytes[at];
            plain &= c != '%' && c != '\\' && (before != '/' || (c != '/' && c != '.'));
            before = c;
            at++;
        }
        pathTo = at;
        target.set(targetBytes, targetFrom, targetTo);
        path.set(targetBytes, targetFrom, pathTo);
        normalized = path;
        if (!plain) {
            String normal = NormalizedPath.of(path.toString(), allowEncodedSlash);
            if (normal == null) {
                fail(Fault.MALFORMED, "path");
                return;
            }
            normalized = normal;
        }
    }

    /** Asks for the server as a whole (RFC 9112, 3.2.4): routed as its root. */
    private boolean isAsteriskForm() {
        return targetBytes[targetFrom] == '*' && targetTo - targetFrom == 1 && isMethod("OPTIONS");
    }

    /** Only an address that is the one in Host (RFC 9112, 3.2.2). */
    private void absoluteForm() {
        String uri = new String(bytes, targetFrom, targetTo - targetFrom, StandardCharsets.ISO_8859_1);
        int scheme =
                uri.regionMatches(true, 0, "http://", 0, 7) ? 7 : uri.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
        int end = Math.max(scheme, 0);
        while (end < uri.length() && uri.charAt(end) != '/' && uri.charAt(end) != '?') {
            end++;
        }
        if (scheme < 0 || !uri.substring(scheme, end).equalsIgnoreCase(authority.toString())) {
            fail(Fault.MALFORMED, "request target");
            return;
        }
        String rest = uri.substring(end);
        String rooted = rest.startsWith("/") ? rest : "/" + rest;
        String origin = rest.isEmpty() && isMethod("OPTIONS") ? "*" : rooted;
        byte[] own = origin.getBytes(StandardCharsets.ISO_8859_1);
        targetBytes = own;
        targetFrom = 0;
        targetTo = own.length;
    }

    // ---- what is asked ----

    public boolean isMethod(String name) {
        return name.contentEquals(method);
    }

    public boolean isHead() {
        return method.length() == 4 && isMethod("HEAD");
    }

    /** Whether sending it twice does no harm (RFC 9110, 9.2.2). */
    public boolean isIdempotent() {
        return isMethod("GET") || isMethod("HEAD") || isMethod("OPTIONS") || isMethod("PUT") || isMethod("DELETE");
    }

    @Override
    public boolean isHttp10() {
        return http10;
    }

    /** Whether a body follows: chunked, or a length above 0. */
    public boolean hasBody() {
        return chunked || contentLength > 0;
    }

    public boolean isWebSocketUpgrade() {
        return webSocket && upgradeToken && !http10 && !hasBody() && isMethod("GET");
    }

    public boolean acceptsTrailers() {
        return trailersAccepted;
    }

    public void clientAddress(InetAddress address) {
        clientAddress = address;
    }

    public void fromTrustedProxy(boolean trusted) {
        fromTrustedProxy = trusted;
    }

    /** Path and query as sent, in origin form. */
    public CharSequence target() {
        return target;
    }

    /** The value of Host as sent. */
    public CharSequence authority() {
        return authority;
    }

    @Override
    public CharSequence method() {
        return method;
    }

    @Override
    public CharSequence host() {
        return host;
    }

    @Override
    public CharSequence path() {
        return normalized;
    }

    @Override
    public @Nullable CharSequence header(String name) {
        for (int i = 0; i < fieldCount(); i++) {
            if (isNamed(i, name)) {
                return header.set(bytes, valueFrom(i), valueTo(i));
            }
        }
        return null;
    }

    @Override
    public @Nullable CharSequence cookie(String name) {
        for (int i = 0; i < fieldCount(); i++) {
            if (kind(i) == FieldKind.COOKIE) {
                long found = CookieHeader.find(cookie.set(bytes, valueFrom(i), valueTo(i)), name);
                if (found >= 0) {
                    return cookie.narrow((int) (found >>> 32), (int) found);
                }
            }
        }
        return null;
    }

    @Override
    public @Nullable CharSequence query(String name) {
        if (pathTo >= targetTo) {
            return null;
        }
        String query = new String(targetBytes, pathTo + 1, targetTo - pathTo - 1, StandardCharsets.ISO_8859_1);
        return QueryString.first(query, name);
    }

    @Override
    public InetAddress clientAddress() {
        return clientAddress;
    }

    @Override
    public boolean isFromTrustedProxy() {
        return fromTrustedProxy;
    }
}
