package dev.halftone.server.config;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.CheckSpec;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Forwarding.HeaderEdits;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The section {@code customMetrics} of a route, and whether its checks ask for what stands there. One thread. */
final class CustomMetricsSection {
    static final String PREFIX = "custom:";
    /** What a name may be; labels, JSON and header values are made of it as it is. */
    static final String NAME = "[A-Za-z][A-Za-z0-9._-]{0,62}";

    private static final Shape NAME_OF_METRIC = Scalars.matching(
            Pattern.compile(NAME),
            "a name as click: a letter, then letters, digits, '.', '_', '-', at most 63",
            "name of a metric");

    /** A client cannot do without these, so a service's reports do not travel in them. */
    private static final Set<String> OF_THE_ANSWER = Set.of(
            "content-length",
            "transfer-encoding",
            "connection",
            "upgrade",
            "te",
            "trailer",
            "keep-alive",
            "content-type",
            "content-encoding",
            "content-range",
            "set-cookie",
            "location",
            "cache-control",
            "date",
            "etag",
            "vary",
            "www-authenticate");

    /** Where each check stands that judges a custom metric, until the route is whole. */
    private final Map<CheckSpec, Values> places = new IdentityHashMap<>();

    Struct section() {
        return new Struct(
                "a mapping with names",
                List.of(
                        new Key(
                                "names",
                                new ListOf(NAME_OF_METRIC),
                                null,
                                "What services may report; checks judge it as custom:NAME. 1 to 32 names."),
                        new Key(
                                "header",
                                new OrNull(Scalars.HEADER_NAME),
                                "null",
                                "Response header with reports as click=1, ad=0; clients never see it. null: admin API only.")),
                CustomMetricsSection::read);
    }

    private static @Nullable Object read(Values values) {
        List<String> names = values.list("names", String.class);
        String header = values.get("header", String.class);
        if (names.isEmpty() || names.size() > CustomMetrics.MOST) {
            values.error("names", names.size() + " names", "1.." + CustomMetrics.MOST);
            return null;
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                values.error("names", "the name " + name + " twice", "each name once");
                return null;
            }
        }
        if (header != null && OF_THE_ANSWER.contains(header.toLowerCase(Locale.ROOT))) {
            values.error("header", "the header " + header, "one that clients do not need, as X-Halftone-Metrics");
            return null;
        }
        return new CustomMetrics(header, names);
    }

    /** The route's edits of an answer, and the header of reports removed. */
    static HeaderEdits edits(HeaderEdits edits, @Nullable CustomMetrics metrics) {
        String header = metrics == null ? null : metrics.header();
        // Ours never pass, so nothing more is to be looked for in each answer.
        if (header == null || header.toLowerCase(Locale.ROOT).startsWith("x-halftone-")) {
            return edits;
        }
        List<String> remove = new ArrayList<>(edits.remove());
        remove.add(header);
        return new HeaderEdits(edits.set(), List.copyOf(remove));
    }

    /** A check of a custom metric was read here. */
    void judgedAt(CheckSpec check, Values place) {
        if (check.custom() != null) {
            places.put(check, place);
        }
    }

    /** Reports checks of metrics that the route does not declare. */
    void checkNames(@Nullable AnalysisSpec analysis, @Nullable CustomMetrics metrics) {
        List<CheckSpec> checks = analysis == null ? List.of() : analysis.checks();
        for (CheckSpec check : checks) {
            Values place = places.remove(check);
            String name = check.custom();
            if (place != null
                    && name != null
                    && (metrics == null || !metrics.names().contains(name))) {
                place.error("metric", PREFIX + name + " is not declared", expected(name, metrics));
            }
        }
    }

    static String expected(String name, @Nullable CustomMetrics metrics) {
        if (metrics == null) {
            return "customMetrics: {names: [" + name + "]} in the route";
        }
        String near = Nearest.to(name, metrics.names());
        String known = "one of " + PREFIX + String.join(", " + PREFIX, metrics.names());
        return near == null ? known : "did you mean \"" + PREFIX + near + "\"? Known: " + known.substring(7);
    }
}
