package dev.halftone.server.notify;

import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.server.notify.Kind.Standing;
import dev.halftone.server.store.StateStore.Recorded;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of the trail in plain words.
 *
 * @param id the same at every try and after a restart, so that a receiver can tell a repetition
 * @param title one line
 * @param lines from, to, who, why, when
 */
record Message(
        String id,
        Kind kind,
        Recorded recorded,
        String title,
        List<String> lines,
        @Nullable String link) {
    private static final int MAX_REASON = 1000;

    static Message of(Recorded recorded, Kind kind, @Nullable URI linkBase) {
        AuditEvent event = recorded.event();
        return new Message(
                "evt_" + event.atMillis() + "_" + recorded.id(),
                kind,
                recorded,
                "Halftone: release " + plain(event.release()) + " on route " + event.route() + " " + kind.said(event),
                List.of(
                        "From: " + Standing.of(event.from()).inWords(),
                        "To: " + Standing.of(event.to()).inWords(),
                        "Who: " + who(event),
                        "Why: " + (event.reason().isEmpty() ? "no reason was given" : plain(event.reason())),
                        "When: " + Instant.ofEpochMilli(event.atMillis()).truncatedTo(ChronoUnit.SECONDS)),
                linkBase == null ? null : link(linkBase, event.route()));
    }

    private static String who(AuditEvent event) {
        return switch (event.actor()) {
            case "halftone" ->
                event.check().isEmpty() ? "Halftone itself" : "Halftone itself, by check " + event.check();
            case "configuration" -> "the configuration file";
            default -> plain(event.actor());
        };
    }

    private static String link(URI base, String route) {
        String text = base.toString();
        return text + (text.endsWith("/") ? "" : "/") + "?route=" + URLEncoder.encode(route, StandardCharsets.UTF_8);
    }

    /** An operator's words on one line, and not too many. */
    private static String plain(String words) {
        String line = words.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
        int end = Math.min(MAX_REASON, line.length());
        boolean cutsPair = end < line.length() && Character.isLowSurrogate(line.charAt(end));
        return end == line.length() ? line : line.substring(0, cutsPair ? end - 1 : end) + "…";
    }

    String text() {
        return title + "\n" + String.join("\n", lines) + (link == null ? "" : "\n" + link);
    }
}
