package dev.halftone.server.notify;

import dev.halftone.core.rollout.AuditEvent;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a receiver can ask to be told; the labels are the words of the configuration. */
public enum Kind {
    ROLLED_BACK("rolledBack"),
    PROMOTED("promoted"),
    PAUSED("paused"),
    ABORTED("aborted"),
    /** A check breached, and the release stays as it is. */
    BREACH("breach"),
    /** A release begins, or goes on after a pause. */
    PROGRESSING("progressing"),
    /** The share of users changed, or a gate of the plan was reached or opened. */
    STEP("step");

    private final String label;

    Kind(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** What a line of the trail tells, or null if it is told to nobody. */
    static @Nullable Kind of(AuditEvent event) {
        Standing from = Standing.of(event.from());
        Standing to = Standing.of(event.to());
        return switch (event.action()) {
            case "breach" -> BREACH;
            case "step", "gate" -> STEP;
            // A release that was taken back before stays so when it is named again: nothing happened to users.
            case "release" -> to.phase().equals(PROGRESSING.label) ? PROGRESSING : null;
            default -> from.phase().equals(to.phase()) ? ratioChange(from, to) : ofPhase(to.phase());
        };
    }

    private static @Nullable Kind ratioChange(Standing from, Standing to) {
        return from.ratio().equals(to.ratio()) ? null : STEP;
    }

    private static Kind ofPhase(String phase) {
        for (Kind kind : values()) {
            if (kind.label.equals(phase)) {
                return kind;
            }
        }
        return STEP;
    }

    /** The release's fate as the end of a sentence. */
    String said(AuditEvent event) {
        return switch (this) {
            case ROLLED_BACK -> "was rolled back";
            case PROMOTED -> "was promoted";
            case PAUSED -> "was paused";
            case ABORTED -> "was aborted";
            case BREACH -> "is in breach of check " + event.check();
            case PROGRESSING -> "is under way";
            case STEP -> "stands at " + Standing.of(event.to()).ratio() + " % of users";
        };
    }

    /** Phase and ratio as the trail writes them in one word each: {@code progressing 10}, or {@code none}. */
    record Standing(String phase, String ratio) {
        static Standing of(String text) {
            int space = text.indexOf(' ');
            return space < 0
                    ? new Standing(text, "0")
                    : new Standing(text.substring(0, space), text.substring(space + 1));
        }

        /** In words for people, as {@code rolled back, 0 % of users}. */
        String inWords() {
            if (phase.equals("none")) {
                return "no release";
            }
            String words = phase.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
            return words + ", " + ratio + " % of users on the new version";
        }
    }
}
