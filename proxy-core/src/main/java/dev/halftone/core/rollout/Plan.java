package dev.halftone.core.rollout;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration wants to become of a release that is not a plain ratio.
 *
 * @param strategy the configuration's word: {@code canary} or {@code blueGreen}
 * @param deadline without a step for so long the release is rolled back; null for no limit
 * @param freeze when no step is taken
 * @param hooks who is asked between steps
 */
public record Plan(
        String strategy, Course course, @Nullable Duration deadline, List<FreezeWindow> freeze, Hooks hooks) {
    private static final long YEAR_MILLIS = Duration.ofDays(366).toMillis();

    public Plan {
        freeze = List.copyOf(freeze);
    }

    /** Without hooks. */
    public Plan(String strategy, Course course, @Nullable Duration deadline, List<FreezeWindow> freeze) {
        this(strategy, course, deadline, freeze, Hooks.NONE);
    }

    /** When the freeze windows that are open now end, as far as they are known now; empty if none is open. */
    public OptionalLong frozenUntil(long nowMillis) {
        OptionalLong latest = OptionalLong.empty();
        for (FreezeWindow window : freeze) {
            OptionalLong until = window.until(nowMillis);
            if (until.isPresent() && (latest.isEmpty() || until.getAsLong() > latest.getAsLong())) {
                latest = until;
            }
        }
        return latest;
    }

    /** Whether there is a moment, within a year from then, at which no window is open. */
    public boolean everThaws(long fromMillis) {
        long now = fromMillis;
        for (OptionalLong until = frozenUntil(now); until.isPresent(); until = frozenUntil(now)) {
            now = until.getAsLong();
            if (now - fromMillis > YEAR_MILLIS) {
                return false;
            }
        }
        return true;
    }

    /** Whether the deadline is over. Time counts from the step's beginning, and from the end of a later freeze window. */
    boolean isOverdue(long sinceMillis, long nowMillis) {
        Duration limit = deadline;
        if (limit == null
                || nowMillis - sinceMillis < limit.toMillis()
                || frozenUntil(nowMillis).isPresent()) {
            return false;
        }
        long from = sinceMillis;
        for (FreezeWindow window : freeze) {
            from = Math.max(from, window.lastEnd(sinceMillis, nowMillis));
        }
        return nowMillis - from >= limit.toMillis();
    }
}
