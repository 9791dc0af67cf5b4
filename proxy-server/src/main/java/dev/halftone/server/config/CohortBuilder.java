package dev.halftone.server.config;

import dev.halftone.core.routing.Cohort;
import dev.halftone.core.routing.Device;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Regions;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Rule;
import dev.halftone.core.routing.Salt;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.core.routing.UserList;
import dev.halftone.server.cohort.AssignmentCookie;
import dev.halftone.server.cohort.JwtClaims;
import dev.halftone.server.cohort.RegionDatabase;
import dev.halftone.server.cohort.RegionHeader;
import dev.halftone.server.cohort.SourceFiles;
import dev.halftone.server.cohort.UserListFile;
import dev.halftone.server.config.SettingsBuilder.RouteDraft;
import dev.halftone.server.config.Struct.Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes lists, regions, tokens and cookies of what the file says about them. One thread. */
final class CohortBuilder {
    static final String DEFAULT_COOKIE = "halftone_id";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;
    private final SourceFiles files;

    /** @param folder what all files are relative to */
    CohortBuilder(Path folder, SourceFiles files) {
        this.folder = folder;
        this.files = files;
    }

    /** @param secret null: follows from the salt */
    record CookieDraft(
            String name, Duration maxAge, @Nullable Salt secret) {
        static final CookieDraft DEFAULT = new CookieDraft(DEFAULT_COOKIE, Duration.ofDays(365), null);
    }

    private <T> @Nullable T fromFile(
            Values values, String key, String as, Class<T> type, String expected, SourceFiles.Maker<T> maker) {
        Path named = values.get(key, Path.class, Path.of(""));
        try {
            return files.read(folder.resolve(named), as, type, file -> {
                if (!Files.isRegularFile(file)) {
                    throw new IOException("is no file, or cannot be reached");
                }
                return maker.make(file);
            });
        } catch (IOException e) {
            boolean told = e.getMessage() != null && e.getMessage().indexOf('/') < 0;
            values.error(key, named + " " + (told ? e.getMessage() : "cannot be read"), expected);
            return null;
        }
    }

    @Nullable
    Object regions(Values values) {
        if (!SettingsBuilder.exactlyOne(values, "database", "header")) {
            return null;
        }
        String header = values.get("header", String.class);
        return header != null
                ? new RegionHeader(header)
                : fromFile(
                        values,
                        "database",
                        "regions",
                        RegionDatabase.class,
                        "a MaxMind DB file, as GeoLite2-City.mmdb",
                        RegionDatabase::open);
    }

    @Nullable
    Object users(Values values) {
        String name = values.get("file", Path.class, Path.of("")).toString();
        UserList users = fromFile(
                values,
                "file",
                "users",
                UserList.class,
                "a text file with one user key on each line",
                file -> UserListFile.read(file, name));
        if (users != null && users.size() == 0) {
            values.warning("file", name + " holds no user, so the rule never matches", "one user key on each line");
        }
        return users;
    }

    /** A rule's condition: what it asks of the request, and of who sends it from where. */
    @Nullable
    Object when(Values values, RequestMatch match) {
        boolean empty = false;
        for (String key : List.of("region", "device")) {
            if (values.isEmptyList(key)) {
                values.error(key, "empty", "at least one, or leave it out");
                empty = true;
            }
        }
        return empty
                ? null
                : match.withCohort(new Cohort(
                        values.list("region", String.class),
                        values.list("device", Device.class),
                        values.get("users", UserList.class)));
    }

    @Nullable
    Object jwtClaim(Values values) {
        String header = values.get("header", String.class);
        String cookie = values.get("cookie", String.class);
        if (header != null && cookie != null) {
            values.error("cookie", "header and cookie at once", "one of them");
            return null;
        }
        JwtClaims.Asked asked = new JwtClaims.Asked(
                values.get("claim", String.class, ""),
                values.get("issuer", String.class),
                values.get("audience", String.class));
        JwtClaims claims = fromFile(
                values,
                "jwks",
                asked.toString(),
                JwtClaims.class,
                "a file with a JWK Set, as the issuer of the tokens publishes",
                file -> JwtClaims.read(file, asked, System::currentTimeMillis));
        if (claims == null) {
            return null;
        }
        UserKeySource token = cookie != null
                ? new UserKeySource.Cookie(cookie)
                : new UserKeySource.Header(header == null ? "Authorization" : header);
        return new UserKeySource.JwtClaim(asked.claim(), token, claims);
    }

    @Nullable
    Object assignCookie(Values values) {
        Duration maxAge = values.get("maxAge", Duration.class, CookieDraft.DEFAULT.maxAge());
        if (maxAge.toSeconds() < 1) {
            values.error("maxAge", values.shown("maxAge"), "1s or more");
            return null;
        }
        return new CookieDraft(
                values.get("name", String.class, DEFAULT_COOKIE), maxAge, values.get("secret", Salt.class));
    }

    /** The places of a canary's user key, with the assigned cookie as the last one if there is to be one. */
    List<UserKeySource> userKeys(Values canary, List<UserKeySource> given) {
        CookieDraft cookie = canary.get("assignCookie", CookieDraft.class);
        boolean assign = canary.get("onMissingKey", MissingKey.class) == MissingKey.ASSIGN_COOKIE;
        if (!assign) {
            if (cookie != null) {
                canary.error("assignCookie", "says nothing", "onMissingKey: assignCookie beside it");
            }
            return given;
        }
        CookieDraft wanted = cookie == null ? CookieDraft.DEFAULT : cookie;
        Salt secret = wanted.secret() == null ? canary.get("salt", Salt.class) : wanted.secret();
        if (secret == null) {
            canary.error(
                    "onMissingKey",
                    "nothing to sign the cookie with",
                    "assignCookie.secret or salt, each {file: path}");
            return given;
        }
        if (given.contains(new UserKeySource.Cookie(wanted.name()))) {
            canary.error(
                    "userKey",
                    "the cookie " + wanted.name() + ", which onMissingKey assigns",
                    "leave it out: it counts by itself, and only if its signature holds");
            return given;
        }
        List<UserKeySource> all = new ArrayList<>(given);
        all.add(new UserKeySource.Assigned(new AssignmentCookie(
                wanted.name(), secret.derived("assignCookie"), wanted.maxAge().toSeconds(), RANDOM)));
        return all;
    }

    /** A rule that asks for a region needs somebody to tell it. */
    static void checkRegions(List<RouteDraft> routes, Regions regions) {
        for (RouteDraft route : routes) {
            SettingsBuilder.CanaryDraft canary = route.canary();
            if (canary == null || !regions.equals(Regions.NONE)) {
                continue;
            }
            for (Rule rule : canary.settings().rules()) {
                if (!rule.when().cohort().regions().isEmpty()) {
                    canary.at()
                            .error(
                                    "rules",
                                    "rule " + rule.name() + " asks for a region, but nothing tells it",
                                    "regions: {database: file} or {header: name} at the top of the file");
                }
            }
        }
    }
}
