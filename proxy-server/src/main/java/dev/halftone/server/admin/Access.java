package dev.halftone.server.admin;

import dev.halftone.server.config.Settings;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may call. With a token file every call needs the token, the read-only token for reading, or the cookie of a session that began
 * with one of them. Without a token file only this machine can connect; then Host must name a loopback address, so that no page of
 * a stranger's name reaches the API. A write's Origin must be this very server; one by cookie must say so, and bear a header that
 * no form of another site can send. Admin event loop only.
 */
final class Access {
    static final String COOKIE = "halftone_session";
    /** Any value: only scripts of this origin can set it. */
    static final String OWN_PAGE_HEADER = "X-Halftone-Page";

    private static final int ATTEMPTS_PER_MINUTE = 10;
    private static final int ADDRESSES = 1000;

    private final byte @Nullable [] token;
    private final byte @Nullable [] readToken;
    private final String boundHost;
    private final Sessions sessions = new Sessions();
    private final Map<InetAddress, Attempts> attempts = new LinkedHashMap<>();

    /** What a caller may do. */
    enum Role {
        READ("read"),
        WRITE("write");

        private final String label;

        Role(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    /** @param actor who a session says it is, or null */
    record Caller(Role role, @Nullable String actor, boolean bySession) {}

    private record Attempts(long minute, int failed) {}

    Access(Settings.Admin settings) throws IOException {
        token = read(settings.tokenFile());
        readToken = read(settings.readTokenFile());
        boundHost = settings.address().getAddress().getHostAddress();
    }

    private static byte @Nullable [] read(@Nullable Path file) throws IOException {
        return file == null ? null : Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
    }

    boolean needsToken() {
        return token != null;
    }

    /** @throws ApiProblem 401 or 403 */
    Caller check(HttpHeaders headers, boolean isWrite, InetSocketAddress remote, long nowMillis) {
        Caller caller = caller(headers, nowMillis);
        checkPlace(headers, isWrite, caller.bySession, remote);
        if (isWrite && caller.role == Role.READ) {
            throw new ApiProblem(403, "this token may only read (expected: the token of admin.tokenFile)");
        }
        return caller;
    }

    private Caller caller(HttpHeaders headers, long nowMillis) {
        if (token == null) {
            return new Caller(Role.WRITE, null, false);
        }
        String given = headers.get(HttpHeaderNames.AUTHORIZATION, "");
        if (given.regionMatches(true, 0, "Bearer ", 0, 7)) {
            Role role = roleOf(given.substring(7).strip());
            if (role != null) {
                return new Caller(role, null, false);
            }
        }
        Sessions.Session session = sessions.find(sessionId(headers), nowMillis);
        if (session == null) {
            throw new ApiProblem(
                    401, "the token is missing or wrong (expected: Authorization: Bearer TOKEN, or to have signed in)");
        }
        return new Caller(session.role(), session.actor(), true);
    }

    private @Nullable Role roleOf(String offered) {
        byte[] bytes = offered.getBytes(StandardCharsets.UTF_8);
        if (token != null && MessageDigest.isEqual(token, bytes)) {
            return Role.WRITE;
        }
        return readToken != null && MessageDigest.isEqual(readToken, bytes) ? Role.READ : null;
    }

    private void checkPlace(HttpHeaders headers, boolean isWrite, boolean bySession, InetSocketAddress remote) {
        String host = headers.get(HttpHeaderNames.HOST, "");
        if (token == null && !isThisMachine(withoutPort(host))) {
            throw new ApiProblem(403, "Host is not this machine (expected: a loopback name or address)");
        }
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (isWrite && origin != null && !isSame(origin, host)) {
            throw new ApiProblem(403, "Origin is another site (expected: no Origin, or this server's own)");
        }
        if (isWrite && bySession && (origin == null || !headers.contains(OWN_PAGE_HEADER))) {
            throw new ApiProblem(
                    403, "a write by cookie without Origin or " + OWN_PAGE_HEADER + " (expected: the dashboard's own)");
        }
        if (token == null && !remote.getAddress().isLoopbackAddress()) {
            throw new ApiProblem(403, "only this machine may call without a token");
        }
    }

    /**
     * Begins a session.
     *
     * @return its secret, for the cookie
     * @throws ApiProblem 401 for a wrong token, 429 after {@value #ATTEMPTS_PER_MINUTE} of them in a minute, 403 for another site
     */
    String signIn(HttpHeaders headers, String offered, String actor, InetSocketAddress remote, long nowMillis) {
        checkPlace(headers, true, true, remote);
        InetAddress address = remote.getAddress();
        long minute = nowMillis / 60_000;
        Attempts before = attempts.getOrDefault(address, new Attempts(minute, 0));
        int failed = before.minute == minute ? before.failed : 0;
        if (failed >= ATTEMPTS_PER_MINUTE) {
            throw new ApiProblem(429, "too many wrong tokens from this address (expected: another try in a minute)");
        }
        Role role = roleOf(offered);
        if (role == null) {
            if (attempts.size() >= ADDRESSES) {
                attempts.remove(attempts.keySet().iterator().next());
            }
            attempts.put(address, new Attempts(minute, failed + 1));
            throw new ApiProblem(
                    401, "the token is wrong (expected: what admin.tokenFile or admin.readTokenFile holds)");
        }
        return sessions.start(role, actor, nowMillis);
    }

    void signOut(HttpHeaders headers) {
        sessions.end(sessionId(headers));
    }

    private static String sessionId(HttpHeaders headers) {
        for (Cookie cookie : ServerCookieDecoder.STRICT.decodeAll(headers.get(HttpHeaderNames.COOKIE, ""))) {
            if (cookie.name().equals(COOKIE)) {
                return cookie.value();
            }
        }
        return "";
    }

    private static boolean isSame(String origin, String host) {
        try {
            String authority = URI.create(origin).getAuthority();
            return authority != null && authority.equalsIgnoreCase(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    private boolean isThisMachine(String host) {
        if (host.toLowerCase(Locale.ROOT).equals("localhost") || host.equals(boundHost)) {
            return true;
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        if (address == null) {
            return false;
        }
        try {
            return java.net.InetAddress.getByAddress(address).isLoopbackAddress();
        } catch (java.net.UnknownHostException e) {
            return false;
        }
    }
}
