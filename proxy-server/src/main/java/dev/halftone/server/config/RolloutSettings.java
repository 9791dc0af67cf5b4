package dev.halftone.server.config;

import dev.halftone.core.rollout.Plan;
import dev.halftone.server.notify.CommandCall;
import dev.halftone.server.notify.HookCall;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a release goes from nobody to everybody.
 *
 * @param plan null for a plain ratio
 * @param smoke requests that every endpoint of the canary must answer before a blue-green switch
 * @param smokeWithin how long they may fail before the release is rolled back
 * @param hooks who is asked between steps; the plan knows them by name
 * @param rolling what is done to each instance of a rolling release; null for any other
 */
public record RolloutSettings(
        @Nullable Plan plan,
        List<SmokeRequest> smoke,
        Duration smokeWithin,
        List<Hook> hooks,
        @Nullable Rolling rolling) {
    /** A plain ratio. */
    public static final RolloutSettings RATIO = new RolloutSettings(null, List.of(), Duration.ZERO, List.of(), null);

    public RolloutSettings {
        smoke = List.copyOf(smoke);
        hooks = List.copyOf(hooks);
    }

    /**
     * What is done to each instance of a rolling release.
     *
     * @param drainTimeout how long what is under way with it may last; then its hook is called all the same
     * @param health asked of it before it is put back
     * @param healthWithin how long it may be unwell
     */
    public record Rolling(Hook update, Hook undo, Duration drainTimeout, SmokeRequest health, Duration healthWithin) {
        /** From one look at an instance to the next. */
        public static final long LOOK_MILLIS = 500;
    }

    /** The hook of this name, or null. */
    public @Nullable Hook hook(String name) {
        for (Hook hook : hooks) {
            if (hook.name().equals(name)) {
                return hook;
            }
        }
        return null;
    }

    /**
     * Somebody who is asked between two steps.
     *
     * @param name of its own within the release, as {@code beforeStep}
     * @param when what it is told it is asked for
     * @param call how it is asked
     * @param within how long it may say wait before the release is rolled back
     * @param every from one time it is asked to the next
     */
    public record Hook(String name, String when, Call call, Duration within, Duration every) {}

    /** How a hook is asked. */
    public sealed interface Call {
        record Webhook(HookCall.Hook hook) implements Call {}

        record Program(CommandCall.Command command) implements Call {}
    }

    /**
     * A GET of our own.
     *
     * @param status what the answer must have
     * @param timeout until its last byte
     */
    public record SmokeRequest(String path, int status, Duration timeout) {}
}
