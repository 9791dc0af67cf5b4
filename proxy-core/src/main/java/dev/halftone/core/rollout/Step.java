package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import java.time.Duration;

/** One step of a planned release. */
public sealed interface Step {
    /** The gate that an operator opens with {@code resume}. */
    String OPERATOR = "operator";

    /**
     * A ratio that is held, and passed once the time is over, the samples are there and all checks are healthy.
     *
     * @param minRequests counted requests of the canary within this step, without which it is not passed; 0 for none
     */
    record At(Ratio ratio, Duration hold, long minRequests) implements Step {
        public At {
            if (hold.isNegative() || minRequests < 0) {
                throw new IllegalArgumentException(
                        "hold " + hold + ", " + minRequests + " requests (expected: 0 or more)");
            }
        }
    }

    /**
     * Nothing happens until it opens: {@link #OPERATOR} by a person's resume, any other by {@link RolloutEvent.GateOpened}.
     *
     * @param name what opens it, as {@code operator}, {@code smoke}, a hook's name
     */
    record Gate(String name) implements Step {}
}
