package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.Ratio;
import dev.halftone.core.routing.Cidr;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** The kinds of single values that the file knows. */
final class Scalars {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB)?");
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,6})?)%");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?\\d{1,12}(\\.\\d{1,12})?");
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern HOST =
            Pattern.compile("(\\*\\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?|\\[[0-9a-f:.]+]");

    static final Shape NAME_OF_THING = matching(NAME, "a name of a-z, 0-9, '.', '_', '-', at most 63 long", "name");
    static final Shape TEXT = text("a text", 4096);
    static final Shape COOKIE_NAME = matching(TOKEN, "a cookie's name", "token");
    static final Shape HEADER_NAME = matching(TOKEN, "a header's name", "token");
    static final Shape METHOD = matching(Pattern.compile("[A-Z]{1,20}"), "a method in capitals, as GET", "method");
    static final Shape BOOLEAN =
            new Shape.Scalar("true or false", Shape.object().put("type", "boolean"), Scalars::bool);
    static final Shape DURATION_VALUE = new Shape.Scalar(
            "a duration as 500ms, 10s, 5m or 1h",
            Shape.object().put("type", "string").put("pattern", "^" + DURATION.pattern() + "$"),
            Scalars::duration);
    static final Shape SIZE_VALUE = new Shape.Scalar(
            "a size as 512, 8KiB or 1MiB", stringOr("integer", "^" + SIZE.pattern() + "$"), Scalars::size);
    static final Shape RATIO = new Shape.Scalar(
            "0..100 with at most two decimals",
            Shape.object().put("type", "number").put("minimum", 0).put("maximum", 100),
            text -> Ratio.ofPercent(decimal(text)));
    static final Shape HOST_PATTERN = new Shape.Scalar(
            "a host name as shop.example.com or *.example.com, without port",
            words().put(
                            "pattern",
                            "^(" + HOST.pattern().replace("a-z", "A-Za-z").replace("0-9a-f:", "0-9A-Fa-f:") + ")$"),
            text -> require(HOST, text.toLowerCase(Locale.ROOT)));
    static final Shape PATH = new Shape.Scalar(
            "a path that begins with /",
            Shape.object().put("type", "string").put("pattern", "^/[!\"$->@-\\[\\]-~]*$"),
            text -> require(Pattern.compile("/[!-~&&[^?#\\\\]]*"), text));
    static final Shape REGEX = new Shape.Scalar(
            "a regular expression of at most 1000 characters", words().put("maxLength", 1000), Scalars::regex);
    static final Shape CIDR =
            new Shape.Scalar("an address or network as 10.0.0.0/8", string("[0-9a-fA-F:.]+(/\\d{1,3})?"), Cidr::parse);
    static final Shape LISTEN_ADDRESS = new Shape.Scalar(
            "host:port with an IP address, as 0.0.0.0:8080",
            string("(\\[[0-9a-fA-F:.]+]|[0-9.]+|localhost):\\d{1,5}"),
            text -> listenAddress(text));
    static final Shape ENDPOINT_ADDRESS = new Shape.Scalar(
            "host:port, as 10.0.0.11:8080", string(HostPort.PATTERN.pattern()), text -> HostPort.parse(text, 1));
    static final Shape FILE =
            new Shape.Scalar("a path of a file", words().put("minLength", 1).put("maxLength", 4096), text -> {
                require(Pattern.compile("[^\0]{1,4096}"), text);
                return Path.of(text);
            });
    static final Shape HEADER_VALUE = new Shape.Scalar(
            "a header's value of visible characters and spaces, at most 4096",
            words().put("pattern", "^[ -~\\u0080-\\u00ff]{0,4096}$"),
            text -> require(Pattern.compile("[ -~\\x{80}-\\x{ff}]{0,4096}"), text));
    static final Shape AUTHORITY = matching(
            Pattern.compile("([0-9A-Za-z._~-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}])(:\\d{1,5})?"),
            "a host, as shop.example.com or shop.example.com:8080",
            "authority");
    /** A limit in a check: a share for rates, milliseconds for latencies, a plain number. */
    static final Shape LIMIT = new Shape.Scalar(
            "5% or a share 0..1 for rates, a duration as 250ms for latencies, a number for requestRate",
            stringOr("number", "^(" + PERCENT.pattern() + "|" + DURATION.pattern() + "|" + DECIMAL.pattern() + ")$"),
            Scalars::limit);

    private Scalars() {}

    /** A limit as written. */
    record Limit(double value, Unit unit) {
        enum Unit {
            PERCENT,
            MILLIS,
            PLAIN
        }
    }

    /** @param port 0 where any free one will do */
    record HostPort(String host, int port) {
        private static final Pattern PATTERN = Pattern.compile("(\\[([0-9a-fA-F:.]+)]|[A-Za-z0-9_.-]+):(\\d{1,5})");

        static HostPort parse(String text, int lowest) {
            Matcher matcher = require2(PATTERN, text);
            int port = Integer.parseInt(matcher.group(3));
            if (port < lowest || port > 65535) {
                throw new IllegalArgumentException("port");
            }
            return new HostPort(matcher.group(2) == null ? matcher.group(1) : matcher.group(2), port);
        }
    }

    /** Any word: YAML takes 2026 and true for something else, the loader takes each as it is written. */
    static ObjectNode words() {
        ObjectNode schema = Shape.object();
        schema.putArray("type").add("string").add("number").add("boolean");
        return schema;
    }

    private static ObjectNode string(String pattern) {
        return Shape.object().put("type", "string").put("pattern", "^(" + pattern + ")$");
    }

    private static ObjectNode stringOr(String number, String pattern) {
        ObjectNode schema = Shape.object();
        ArrayNode types = schema.putArray("type");
        types.add("string").add(number);
        return schema.put("pattern", pattern);
    }

    static Shape matching(Pattern pattern, String expected, String what) {
        ObjectNode schema = words().put("pattern", "^(" + pattern.pattern() + ")$");
        schema.put("title", what);
        // A number or true is taken if it is such a word as it is written.
        if (!pattern.matcher("-1").matches()) {
            schema.put("minimum", 0);
        }
        if (!pattern.matcher("1").matches()) {
            schema.put("type", "string");
            if (pattern.matcher("true").matches() && pattern.matcher("false").matches()) {
                schema.putArray("type").add("string").add("boolean");
            }
        }
        return new Shape.Scalar(expected, schema, text -> require(pattern, text));
    }

    private static Shape text(String expected, int most) {
        ObjectNode schema = words().put("maxLength", most);
        return new Shape.Scalar(expected + " of at most " + most + " characters", schema, text -> {
            if (text.length() > most) {
                throw new IllegalArgumentException("length");
            }
            return text;
        });
    }

    static Shape oneOf(Map<String, ?> choices) {
        ObjectNode schema = Shape.object();
        ArrayNode words = schema.putArray("enum");
        choices.keySet().forEach(words::add);
        String expected = "one of " + choices.keySet().stream().collect(Collectors.joining(", "));
        return new Shape.Scalar(expected, schema, text -> {
            Object choice = choices.get(text);
            if (choice == null) {
                throw new IllegalArgumentException(text);
            }
            return choice;
        });
    }

    static Shape integer(int least, int most) {
        ObjectNode schema =
                Shape.object().put("type", "integer").put("minimum", least).put("maximum", most);
        return new Shape.Scalar("a whole number " + least + ".." + most, schema, text -> {
            int value = Integer.parseInt(text);
            if (value < least || value > most) {
                throw new IllegalArgumentException(text);
            }
            return value;
        });
    }

    /** A number above a bound and at most another. */
    static Shape number(double above, double most) {
        ObjectNode schema = Shape.object()
                .put("type", "number")
                .put("exclusiveMinimum", above)
                .put("maximum", most);
        return new Shape.Scalar("a number above " + plain(above) + ", at most " + plain(most), schema, text -> {
            double value = decimal(text).doubleValue();
            if (!(value > above && value <= most)) {
                throw new IllegalArgumentException(text);
            }
            return value;
        });
    }

    private static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private static Object bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static String require(Pattern pattern, String text) {
        require2(pattern, text);
        return text;
    }

    private static Matcher require2(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text);
        }
        return matcher;
    }

    private static BigDecimal decimal(String text) {
        return new BigDecimal(require(DECIMAL, text));
    }

    private static Duration duration(String text) {
        Matcher matcher = require2(DURATION, text);
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static Object size(String text) {
        Matcher matcher = require2(SIZE, text);
        String unit = matcher.group(2) == null ? "B" : matcher.group(2);
        int shift = List.of("B", "KiB", "MiB", "GiB").indexOf(unit) * 10;
        return Long.parseLong(matcher.group(1)) << shift;
    }

    private static Pattern regex(String text) {
        if (text.length() > 1000) {
            throw new IllegalArgumentException("length");
        }
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(e.getDescription(), e);
        }
    }

    private static InetSocketAddress listenAddress(String text) {
        HostPort parsed = HostPort.parse(text, 0);
        if (parsed.host().equals("localhost")) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), parsed.port());
        }
        // Literals only: a name would be looked up, and could answer otherwise tomorrow.
        Cidr.parse(parsed.host());
        try {
            return new InetSocketAddress(InetAddress.getByName(parsed.host()), parsed.port());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static Object limit(String text) {
        Matcher percent = PERCENT.matcher(text);
        if (percent.matches()) {
            return new Limit(Double.parseDouble(percent.group(1)) / 100, Limit.Unit.PERCENT);
        }
        if (DURATION.matcher(text).matches()) {
            return new Limit(duration(text).toMillis(), Limit.Unit.MILLIS);
        }
        return new Limit(decimal(text).doubleValue(), Limit.Unit.PLAIN);
    }
}
