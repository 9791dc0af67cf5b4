package dev.halftone.core.routing;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that somebody asks about, written down by hand. Texts are given as UTF-8 text. Immutable. */
public final class SampleRequest implements RequestView {
    private final String method;
    private final String host;
    private final String path;
    private final Map<String, String> headers = new HashMap<>();
    private final Map<String, String> cookies = new HashMap<>();
    private final Map<String, String> query = new HashMap<>();
    private final Map<String, String> givenHeaders;
    private final Map<String, String> givenCookies;
    private final Map<String, String> givenQuery;
    private final InetAddress clientAddress;

    public SampleRequest(
            String method,
            String host,
            String path,
            Map<String, String> headers,
            Map<String, String> cookies,
            Map<String, String> query,
            InetAddress clientAddress) {
        this.method = method;
        this.host = host;
        this.path = path;
        this.clientAddress = clientAddress;
        givenHeaders = Map.copyOf(headers);
        givenCookies = Map.copyOf(cookies);
        givenQuery = Map.copyOf(query);
        headers.forEach((name, value) -> this.headers.put(name.toLowerCase(Locale.ROOT), Buckets.byteString(value)));
        cookies.forEach((name, value) -> this.cookies.put(name, Buckets.byteString(value)));
        query.forEach((name, value) -> this.query.put(name, Buckets.byteString(value)));
    }

    /** A request that carries this user key in each place where the route looks for one. */
    public static SampleRequest ofUser(Route route, String user) {
        Map<String, String> headers = new HashMap<>();
        Map<String, String> cookies = new HashMap<>();
        Map<String, String> query = new HashMap<>();
        Gray gray = route.gray();
        if (gray != null) {
            for (UserKeySource source : gray.userKey()) {
                if (source instanceof UserKeySource.Cookie cookie) {
                    cookies.put(cookie.name(), user);
                } else if (source instanceof UserKeySource.Header header) {
                    headers.put(header.name(), user);
                } else if (source instanceof UserKeySource.Query parameter) {
                    query.put(parameter.name(), user);
                }
                // The other sources want a proof, which nobody can make up: see Route.withUnprovenKeys.
            }
        }
        return new SampleRequest("GET", "", "/", headers, cookies, query, InetAddress.getLoopbackAddress());
    }

    /** As given. */
    public Map<String, String> headers() {
        return givenHeaders;
    }

    /** As given. */
    public Map<String, String> cookies() {
        return givenCookies;
    }

    /** As given. */
    public Map<String, String> query() {
        return givenQuery;
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
        return path;
    }

    @Override
    public @Nullable CharSequence header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public @Nullable CharSequence cookie(String name) {
        return cookies.get(name);
    }

    @Override
    public @Nullable CharSequence query(String name) {
        return query.get(name);
    }

    @Override
    public InetAddress clientAddress() {
        return clientAddress;
    }

    /** Whoever writes a request down says what is true of it. */
    @Override
    public boolean isFromTrustedProxy() {
        return true;
    }
}
