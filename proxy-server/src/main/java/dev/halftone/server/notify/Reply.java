package dev.halftone.server.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver answered.
 *
 * @param body its beginning
 * @param retryAfterMillis how long it asks to be left alone; 0: it does not say
 */
record Reply(int status, String body, long retryAfterMillis) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Why the message was not taken, in a few words without the receiver's own text; null if it was. */
    @Nullable
    String problem(Format format) {
        if (status / 100 != 2) {
            return "status " + status;
        }
        return switch (format) {
            case JSON, SLACK -> null;
            case FEISHU -> code("code", "StatusCode");
            case DING_TALK -> code("errcode", "errcode");
        };
    }

    /** These answer 200 whatever happened; a number in the body tells. */
    private @Nullable String code(String name, String olderName) {
        try {
            JsonNode answer = JSON.readTree(body);
            JsonNode code = answer.has(name) ? answer.get(name) : answer.path(olderName);
            if (code.isIntegralNumber()) {
                return code.asLong() == 0 ? null : name + " " + code.asLong();
            }
        } catch (JsonProcessingException e) {
            return "status 200 with a body that is not JSON";
        }
        return "status 200 without a " + name;
    }
}
