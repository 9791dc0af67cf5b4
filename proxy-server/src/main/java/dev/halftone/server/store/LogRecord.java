package dev.halftone.server.store;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.halftone.server.store.StateStore.Recorded;
import dev.halftone.server.store.StateStore.Stored;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one write holds: a new state of one route, or none, and the events that led to it. Written as JSON, so that a person
 * can read the trail without the program. What was added later is absent from older records, and null then.
 */
record LogRecord(@Nullable Stored stored, List<Recorded> events) {
    static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

    LogRecord {
        events = List.copyOf(events);
    }

    byte[] toJson() throws IOException {
        return JSON.writeValueAsBytes(this);
    }

    static LogRecord fromJson(byte[] json) throws IOException {
        return JSON.readValue(json, LogRecord.class);
    }
}
