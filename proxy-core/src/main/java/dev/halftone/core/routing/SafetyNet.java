package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/**
 * What spares users the canary's faults.
 *
 * @param rescue when stable answers in the canary's place, or null for never
 * @param mirror which requests the canary gets copies of, or null for none
 */
public record SafetyNet(
        @Nullable ReplayPolicy rescue, @Nullable MirrorPolicy mirror) {
    public static final SafetyNet NONE = new SafetyNet(null, null);
}
