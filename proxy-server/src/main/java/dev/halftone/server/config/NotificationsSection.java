package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import dev.halftone.server.notify.Format;
import dev.halftone.server.notify.Kind;
import dev.halftone.server.notify.Receiver;
import dev.halftone.server.notify.SigningKey;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** The section {@code notifications}. One thread. */
final class NotificationsSection {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);
    private static final Set<Kind> DEFAULT_KINDS = Set.of(Kind.ROLLED_BACK, Kind.PROMOTED, Kind.PAUSED, Kind.ABORTED);

    private final SettingsBuilder builder;

    NotificationsSection(SettingsBuilder builder) {
        this.builder = builder;
    }

    /** An address that may hold a secret: a problem with it is told without it. */
    record HiddenUrl() implements Shape {
        @Override
        public @Nullable Object read(Node node, String path, Problems problems) {
            if (node instanceof ScalarNode scalar && !Shape.isNull(node)) {
                URI address = parse(scalar.getValue());
                if (address != null) {
                    return address;
                }
            }
            problems.error(node, path, Shape.isNull(node) ? "empty" : "not such an address", expected());
            return null;
        }

        private static @Nullable URI parse(String text) {
            try {
                URI address = new URI(text);
                boolean isHttp = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
                boolean isWhole = address.getHost() != null
                        && address.getPort() != 0
                        && address.getPort() <= 65_535
                        && address.getRawUserInfo() == null
                        && address.getRawFragment() == null;
                return isHttp && isWhole ? address : null;
            } catch (URISyntaxException e) {
                return null;
            }
        }

        @Override
        public ObjectNode schema() {
            return Shape.object().put("type", "string").put("pattern", "^https?://");
        }

        @Override
        public String expected() {
            return "an address as https://host:port/path, without user, password and #";
        }
    }

    Struct receiver() {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            kinds.put(kind.label(), kind);
        }
        Map<String, Format> formats = new LinkedHashMap<>();
        for (Format format : Format.values()) {
            formats.put(format.label(), format);
        }
        Struct secret = new Struct(
                "{file: path}",
                List.of(new Key(
                        "file",
                        Scalars.FILE,
                        null,
                        "File with the secret, 16 bytes or more; relative to this file. whsec_... is Base64.")),
                this::secret);
        return new Struct(
                "a mapping with webhook",
                List.of(
                        new Key("webhook", new HiddenUrl(), null, "Where messages are posted. Never printed whole."),
                        new Key(
                                "on",
                                new ListOf(Scalars.oneOf(kinds)),
                                "[rolledBack, promoted, paused, aborted]",
                                "What is told."),
                        new Key("format", Scalars.oneOf(formats), "json", "How; feishu serves Lark too."),
                        new Key(
                                "secret",
                                new OrNull(secret),
                                "null",
                                "Signs messages, as the format has it. Not slack."),
                        new Key(
                                "linkBase",
                                new OrNull(new HiddenUrl()),
                                "null",
                                "Address of the dashboard as people reach it, for a link in each message."),
                        new Key("timeout", Scalars.DURATION_VALUE, "5s", "For one try; 100ms..1m.")),
                this::read);
    }

    private @Nullable Object secret(Values values) {
        byte[] secret = builder.secret(values, "file", values.get("file", Path.class, Path.of("")));
        if (secret == null) {
            return null;
        }
        try {
            return new SigningKey(secret);
        } catch (IllegalArgumentException e) {
            values.error(
                    "file", "the file begins with whsec_ and no Base64 follows", "whsec_ and Base64, or other text");
            return null;
        }
    }

    private @Nullable Object read(Values values) {
        Format format = values.get("format", Format.class, Format.JSON);
        Duration timeout = values.get("timeout", Duration.class, DEFAULT_TIMEOUT);
        boolean isGood = true;
        if (values.isEmptyList("on")) {
            values.error("on", "empty", "at least one");
            isGood = false;
        }
        if (values.has("secret") && !values.isNull("secret") && !format.isSigned()) {
            values.error("secret", format.label() + " checks no signature", "leave it out; the address is the secret");
            isGood = false;
        }
        if (timeout.toMillis() < 100 || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
            values.error("timeout", values.shown("timeout"), "100ms..1m");
            isGood = false;
        }
        URI linkBase = values.get("linkBase", URI.class);
        if (linkBase != null && linkBase.getRawQuery() != null) {
            values.error("linkBase", "an address with ?", "an address without it");
            isGood = false;
        }
        URI webhook = values.get("webhook", URI.class);
        if (!isGood || webhook == null) {
            return null;
        }
        if (webhook.getScheme().equals("http") && !isLoopback(webhook.getHost())) {
            values.warning("webhook", "messages travel in clear text", "https, or a network that you trust");
        }
        List<Kind> on = values.list("on", Kind.class);
        return new Receiver(
                webhook,
                on.isEmpty() ? DEFAULT_KINDS : Set.copyOf(on),
                format,
                values.get("secret", SigningKey.class),
                linkBase,
                timeout);
    }

    private static boolean isLoopback(String host) {
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        boolean isLiteral = name.matches("[0-9.]+") || name.indexOf(':') >= 0;
        try {
            // Of literals only: a name would be looked up.
            return name.equals("localhost")
                    || (isLiteral && InetAddress.getByName(name).isLoopbackAddress());
        } catch (java.net.UnknownHostException e) {
            return false;
        }
    }

    /** All of the file; one that stands there twice is a problem. */
    static List<Receiver> receivers(Values root) {
        List<Receiver> receivers = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Receiver receiver : root.list("notifications", Receiver.class)) {
            if (seen.add(receiver.id())) {
                receivers.add(receiver);
            } else {
                root.error(
                        "notifications",
                        "the same webhook (" + receiver.shown() + ") twice",
                        "each once, with all that it is told in its on");
            }
        }
        return receivers;
    }
}
