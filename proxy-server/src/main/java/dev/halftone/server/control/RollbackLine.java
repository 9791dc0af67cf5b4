package dev.halftone.server.control;

import dev.halftone.core.analysis.RollbackStory;
import dev.halftone.core.analysis.RollbackStory.Contributor;
import dev.halftone.core.rollout.AuditEvent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/** A rollback as one line of the log: words for people, then the same numbers as fields for machines. Immutable. */
record RollbackLine(String message, Map<String, Object> fields) {
    static RollbackLine of(AuditEvent event, RollbackStory story) {
        String by = story.check() == null ? " by " + event.actor() : " by check " + event.check();
        String message = "route " + event.route() + " release " + event.release() + ": rollback" + by + ": "
                + event.from() + " -> " + event.to() + (event.reason().isEmpty() ? "" : ": " + event.reason())
                + "; " + story.summary();
        return new RollbackLine(message, fields(event, story));
    }

    private static Map<String, Object> fields(AuditEvent event, RollbackStory story) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("event", event.action());
        fields.put("route", event.route());
        fields.put("release", event.release());
        fields.put("check", event.check());
        fields.put("actor", event.actor());
        Long since = story.sinceMillis();
        if (since != null) {
            fields.put("since", Instant.ofEpochMilli(since));
        }
        RollbackStory.Harm harm = story.harm();
        fields.put("seconds", harm.seconds());
        fields.put("canaryRequests", harm.requests());
        fields.put("canaryErrors", harm.errors());
        fields.put("stableRequests", harm.stableRequests());
        fields.put("stableErrors", harm.stableErrors());
        fields.put("harmedRequests", harm.harmedRequests());
        fields.put("harmedUsers", harm.harmedUsers());
        fields.put("failedUsers", harm.failedUsers());
        fields.put("users", story.release().users());
        story.codes().forEach((code, count) -> fields.put("code." + code, count));
        fields.put(
                "contributors",
                story.contributors().stream().map(RollbackLine::named).collect(Collectors.joining(",")));
        return fields;
    }

    private static String named(Contributor user) {
        return user.user() + ":" + user.failures();
    }

    void log(Logger log) {
        LoggingEventBuilder line = log.atWarn();
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            line = line.addKeyValue(field.getKey(), field.getValue());
        }
        line.log(message);
    }
}
