package dev.halftone.core.analysis;

import dev.halftone.core.analysis.RollbackStory.Contributor;
import dev.halftone.core.analysis.RollbackStory.Figures;
import dev.halftone.core.analysis.RollbackStory.Harm;
import dev.halftone.core.analysis.RollbackStory.Judged;
import dev.halftone.core.analysis.RollbackStory.Release;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A rollback's story in one line, for people who read a log at night. */
final class StoryWording {
    private static final int NAMED_USERS = 3;

    private StoryWording() {}

    static String summary(RollbackStory story) {
        StringBuilder text = new StringBuilder(harmed(story));
        text.append("; canary ").append(figures(story.canary()));
        text.append(", stable ").append(figures(story.stable()));
        text.append(" in the last ").append(Wording.plain(story.overSeconds())).append(" s");
        Release release = story.release();
        if (release.users() > 0) {
            text.append("; about ").append(release.users()).append(" users were on the canary");
        }
        if (!story.contributors().isEmpty()) {
            text.append("; most failures: ").append(top(story.contributors()));
        }
        names(story, "; would have tripped too: ", other -> other.verdict().equals("breach"), text);
        names(story, "; would not have tripped: ", other -> !other.verdict().equals("breach"), text);
        return text.toString();
    }

    private static String harmed(RollbackStory story) {
        Harm harm = story.harm();
        Long since = story.sinceMillis();
        String time = since == null
                ? " in the last " + Wording.plain(harm.seconds()) + " s"
                : " since " + Instant.ofEpochMilli(since).truncatedTo(ChronoUnit.SECONDS) + " ("
                        + Wording.plain(harm.seconds()) + " s)";
        String counted = ": " + harm.errors() + " of " + harm.requests() + " canary requests failed, of stable's "
                + harm.stableErrors() + " of " + harm.stableRequests();
        if (harm.harmedRequests() == 0) {
            return "no request failed beyond stable's share" + time + counted;
        }
        return "about " + count(harm.harmedRequests(), "request") + " of " + count(harm.harmedUsers(), "user")
                + " harmed" + time + counted;
    }

    private static String figures(Figures figures) {
        return Wording.value(Metric.ERROR_RATE, figures.errorRate()) + " errors, p50 "
                + Wording.value(Metric.LATENCY_P50, figures.p50()) + ", p99 "
                + Wording.value(Metric.LATENCY_P99, figures.p99());
    }

    private static String top(List<Contributor> contributors) {
        return contributors.stream()
                .limit(NAMED_USERS)
                .map(user -> "user " + user.user() + " " + user.failures() + " (" + Wording.percent(user.share()) + ")")
                .collect(Collectors.joining(", "));
    }

    private static void names(RollbackStory story, String title, Predicate<Judged> which, StringBuilder text) {
        String names =
                story.otherChecks().stream().filter(which).map(Judged::check).collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            text.append(title).append(names);
        }
    }

    private static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
