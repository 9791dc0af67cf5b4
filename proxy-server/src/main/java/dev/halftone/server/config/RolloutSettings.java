package dev.halftone.server.config;

import dev.halftone.core.rollout.Plan;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a release goes from nobody to everybody.
 *
 * @param plan null for a plain ratio
 * @param smoke requests that every endpoint of the canary must answer before a blue-green switch
 * @param smokeWithin how long they may fail before the release is rolled back
 */
public record RolloutSettings(@Nullable Plan plan, List<SmokeRequest> smoke, Duration smokeWithin) {
    /** A plain ratio. */
    public static final RolloutSettings RATIO = new RolloutSettings(null, List.of(), Duration.ZERO);

    public RolloutSettings {
        smoke = List.copyOf(smoke);
    }

    /**
     * A GET of our own.
     *
     * @param status what the answer must have
     * @param timeout until its last byte
     */
    public record SmokeRequest(String path, int status, Duration timeout) {}
}
