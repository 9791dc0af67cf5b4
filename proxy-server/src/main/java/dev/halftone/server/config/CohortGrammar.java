package dev.halftone.server.config;

import dev.halftone.core.routing.Device;
import dev.halftone.core.routing.RegionCode;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Struct.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The keys that tell who and where users are. What the values come to is {@link CohortBuilder}'s. */
final class CohortGrammar {
    private static final Shape REGION = new Shape.Scalar(
            "a country as CN, or a subdivision of one as CN-BJ (ISO 3166)",
            Shape.object().put("type", "string").put("pattern", "^[A-Za-z]{2}(-[0-9A-Za-z]{1,3})?$"),
            CohortGrammar::region);

    private CohortGrammar() {}

    private static Object region(String text) {
        if (RegionCode.parse(text) == RegionCode.UNKNOWN) {
            throw new IllegalArgumentException(text);
        }
        return text.toUpperCase(Locale.ROOT);
    }

    static Struct regions(CohortBuilder builder) {
        return new Struct(
                "one of {database: file}, {header: name}",
                List.of(
                        new Key(
                                "database",
                                Scalars.FILE,
                                "none",
                                "A MaxMind DB file (Country or City) to look the client's address up in; relative to this file, read again when it changes."),
                        new Key(
                                "header",
                                Scalars.HEADER_NAME,
                                "none",
                                "A header with CN or CN-BJ; counts only from trustedProxies.")),
                builder::regions);
    }

    static List<Key> when(CohortBuilder builder) {
        Map<String, Device> devices = new LinkedHashMap<>();
        for (Device device : Device.values()) {
            devices.put(device.label(), device);
        }
        Struct users = new Struct(
                "{file: path}",
                List.of(
                        new Key(
                                "file",
                                Scalars.FILE,
                                null,
                                "One user key on each line, # for remarks; relative to this file, read again when it changes.")),
                builder::users);
        return List.of(
                new Key("region", new ListOf(REGION), "any", "The client is in one of these; see regions."),
                new Key(
                        "device",
                        new ListOf(Scalars.oneOf(devices)),
                        "any",
                        "The client is one of these, by client hints and user agent."),
                new Key("users", users, "any", "The user key is on a list; see docs/cohorts.md."));
    }

    static Struct jwtClaim(CohortBuilder builder) {
        return new Struct(
                "a mapping with claim and jwks",
                List.of(
                        new Key("claim", Scalars.TEXT, null, "The claim whose value is the user key, as sub."),
                        new Key(
                                "jwks",
                                Scalars.FILE,
                                null,
                                "File with the keys (JWK Set) that sign; relative to this file, read again when it changes."),
                        new Key("header", Scalars.HEADER_NAME, "Authorization", "The header with the token."),
                        new Key(
                                "cookie",
                                Scalars.COOKIE_NAME,
                                "none",
                                "A cookie with the token, in place of a header."),
                        new Key("issuer", Scalars.TEXT, "any", "What the token's iss must be."),
                        new Key("audience", Scalars.TEXT, "any", "What the token's aud must hold.")),
                builder::jwtClaim);
    }

    static Struct assignCookie(CohortBuilder builder, Struct secret) {
        return new Struct(
                "a mapping with name, maxAge and secret",
                List.of(
                        new Key("name", Scalars.COOKIE_NAME, CohortBuilder.DEFAULT_COOKIE, "The cookie's name."),
                        new Key("maxAge", Scalars.DURATION_VALUE, "365d", "How long browsers keep it."),
                        new Key(
                                "secret",
                                secret,
                                "follows from salt",
                                "What signs it; the same on all replicas. Needed unless there is a salt.")),
                builder::assignCookie);
    }
}
