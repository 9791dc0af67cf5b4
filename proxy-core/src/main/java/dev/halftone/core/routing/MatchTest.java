package dev.halftone.core.routing;

import dev.halftone.core.routing.RequestMatch.FieldMatch;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A {@link RequestMatch} made ready to be asked: texts as byte strings. Immutable, any thread. */
final class MatchTest {
    private static final int FEW_NETWORKS = 8;

    private final String[] hosts;
    private final @Nullable PathMatch path;
    private final String[] methods;
    private final Field[] headers;
    private final Field[] cookies;
    private final Field[] query;
    private final Cidr[] networks;
    /** In place of many networks, or null. */
    private final @Nullable NetworkTable table;

    private record Field(String name, FieldMatch.Test test, boolean not) {}

    MatchTest(RequestMatch match) {
        hosts = match.hosts().stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .toArray(String[]::new);
        path = asBytes(match.path());
        methods = match.methods().toArray(new String[0]);
        headers = fields(match.headers());
        cookies = fields(match.cookies());
        query = fields(match.query());
        networks = match.clientIp().toArray(new Cidr[0]);
        table = networks.length > FEW_NETWORKS ? NetworkTable.of(match.clientIp()) : null;
    }

    private static @Nullable PathMatch asBytes(@Nullable PathMatch path) {
        if (path instanceof PathMatch.Exact exact) {
            return new PathMatch.Exact(Buckets.byteString(exact.path()));
        }
        return path instanceof PathMatch.Prefix prefix
                ? new PathMatch.Prefix(Buckets.byteString(prefix.prefix()))
                : path;
    }

    private static Field[] fields(List<FieldMatch> matches) {
        return matches.stream()
                .map(match -> new Field(match.name(), asBytes(match.test()), match.not()))
                .toArray(Field[]::new);
    }

    private static FieldMatch.Test asBytes(FieldMatch.Test test) {
        if (test instanceof FieldMatch.Test.Exact exact) {
            return new FieldMatch.Test.Exact(Buckets.byteString(exact.value()));
        } else if (test instanceof FieldMatch.Test.Prefix prefix) {
            return new FieldMatch.Test.Prefix(Buckets.byteString(prefix.prefix()));
        } else if (test instanceof FieldMatch.Test.In in) {
            return new FieldMatch.Test.In(
                    in.values().stream().map(Buckets::byteString).toList());
        }
        return test;
    }

    boolean matches(RequestView request) {
        return matchesHost(request.host()) && matchesPath(request.path()) && matchesRest(request);
    }

    /** Whether anything is asked for but the host and a path or its beginning. */
    boolean asksMore() {
        return path instanceof PathMatch.Regex
                || methods.length > 0
                || networks.length > 0
                || headers.length > 0
                || cookies.length > 0
                || query.length > 0;
    }

    /** The answer where host and path, unless that is a pattern, are known to match. */
    boolean matchesMore(RequestView request) {
        return (!(path instanceof PathMatch.Regex) || matchesPath(request.path())) && matchesRest(request);
    }

    private boolean matchesRest(RequestView request) {
        return matchesMethod(request.method()) && matchesNetwork(request) && matchesFields(request);
    }

    private boolean matchesHost(CharSequence host) {
        if (hosts.length == 0) {
            return true;
        }
        int length = hostLength(host);
        for (String wanted : hosts) {
            if (wanted.startsWith("*.")
                    ? isBelow(wanted, host, length)
                    : wanted.length() == length && endsWith(host, length, wanted, 0)) {
                return true;
            }
        }
        return false;
    }

    /** The host's length without a dot at its end. */
    static int hostLength(CharSequence host) {
        int length = host.length();
        return length > 1 && host.charAt(length - 1) == '.' ? length - 1 : length;
    }

    private static boolean isBelow(String wildcard, CharSequence host, int length) {
        return length > wildcard.length() - 1 && endsWith(host, length, wildcard, 1);
    }

    private static boolean endsWith(CharSequence host, int length, String wanted, int from) {
        int offset = length - (wanted.length() - from);
        for (int i = from; i < wanted.length(); i++) {
            char c = host.charAt(offset + i - from);
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != wanted.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean matchesPath(CharSequence text) {
        if (path == null) {
            return true;
        } else if (path instanceof PathMatch.Exact exact) {
            return exact.path().contentEquals(text);
        } else if (path instanceof PathMatch.Prefix prefix) {
            return hasPrefix(text, prefix.prefix());
        }
        return ((PathMatch.Regex) path).pattern().matcher(text).matches();
    }

    private static boolean hasPrefix(CharSequence text, String prefix) {
        int length = prefix.length();
        if (!startsWith(text, prefix)) {
            return false;
        }
        return text.length() == length || prefix.endsWith("/") || text.charAt(length) == '/';
    }

    private static boolean startsWith(CharSequence text, String prefix) {
        if (text.length() < prefix.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if (text.charAt(i) != prefix.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean matchesMethod(CharSequence method) {
        for (String wanted : methods) {
            if (wanted.contentEquals(method)) {
                return true;
            }
        }
        return methods.length == 0;
    }

    private boolean matchesNetwork(RequestView request) {
        if (networks.length == 0) {
            return true;
        }
        InetAddress address = request.clientAddress();
        if (table != null) {
            return table.contains(address.getAddress());
        }
        for (Cidr network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesFields(RequestView request) {
        for (Field field : headers) {
            if (!matches(field, request.header(field.name))) {
                return false;
            }
        }
        for (Field field : cookies) {
            if (!matches(field, request.cookie(field.name))) {
                return false;
            }
        }
        for (Field field : query) {
            if (!matches(field, request.query(field.name))) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(Field field, @Nullable CharSequence value) {
        return field.not != (value != null && holds(field.test, value));
    }

    private static boolean holds(FieldMatch.Test test, CharSequence value) {
        if (test instanceof FieldMatch.Test.Exact exact) {
            return exact.value().contentEquals(value);
        } else if (test instanceof FieldMatch.Test.Prefix prefix) {
            return startsWith(value, prefix.prefix());
        } else if (test instanceof FieldMatch.Test.Regex regex) {
            return regex.pattern().matcher(value).matches();
        } else if (test instanceof FieldMatch.Test.In in) {
            for (int i = 0; i < in.values().size(); i++) {
                if (in.values().get(i).contentEquals(value)) {
                    return true;
                }
            }
            return false;
        }
        return true;
    }
}
