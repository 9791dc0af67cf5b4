package dev.halftone.server.admin;

import dev.halftone.server.config.Settings;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who may call. With a token file every call needs the token. Without one only this machine can connect; then Host must name
 * a loopback address, so that no page of a stranger's name reaches the API, and a write's Origin must be this very server.
 */
final class Access {
    private final byte @Nullable [] token;
    private final String boundHost;

    Access(Settings.Admin settings) throws IOException {
        Path file = settings.tokenFile();
        token = file == null ? null : Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
        boundHost = settings.address().getAddress().getHostAddress();
    }

    /** @throws ApiProblem 401 or 403 */
    void check(HttpHeaders headers, boolean isWrite, InetSocketAddress remote) {
        checkToken(headers);
        String host = headers.get(HttpHeaderNames.HOST, "");
        if (token == null && !isThisMachine(withoutPort(host))) {
            throw new ApiProblem(403, "Host is not this machine (expected: a loopback name or address)");
        }
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (isWrite && origin != null && !isSame(origin, host)) {
            throw new ApiProblem(403, "Origin is another site (expected: no Origin, or this server's own)");
        }
        if (token == null && !remote.getAddress().isLoopbackAddress()) {
            throw new ApiProblem(403, "only this machine may call without a token");
        }
    }

    private void checkToken(HttpHeaders headers) {
        byte[] wanted = token;
        if (wanted == null) {
            return;
        }
        String given = headers.get(HttpHeaderNames.AUTHORIZATION, "");
        boolean bearer = given.regionMatches(true, 0, "Bearer ", 0, 7);
        byte[] offered = (bearer ? given.substring(7).strip() : "").getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(wanted, offered)) {
            throw new ApiProblem(401, "the token is missing or wrong (expected: Authorization: Bearer TOKEN)");
        }
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
