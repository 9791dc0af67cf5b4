package dev.halftone.core.experiment;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an A/B test asks and when it ends.
 *
 * @param arms two or more, the control first
 * @param metric name of the custom metric that is the goal
 * @param confidence that no interval of the test is ever wrong, 0.5..1 exclusive
 * @param minUsers that control and variant must have had before evidence ends the test
 * @param minDuration that must have gone by before evidence ends the test
 * @param promotes whether a winner is promoted at once; else the release pauses and a person decides
 * @param duration after which the test ends whatever was found, or null
 * @param until when the test ends whatever was found, or null
 */
public record ExperimentSpec(
        List<Arm> arms,
        String metric,
        Direction direction,
        double confidence,
        int minUsers,
        Duration minDuration,
        boolean promotes,
        @Nullable Duration duration,
        @Nullable Instant until) {

    /** @param share of users, 0..1 exclusive */
    public record Arm(String name, double share) {}

    /** Where better lies. */
    public enum Direction {
        UP("up"),
        DOWN("down");

        private final String label;

        Direction(String label) {
            this.label = label;
        }

        /** The configuration's word. */
        public String label() {
            return label;
        }
    }

    public ExperimentSpec {
        arms = List.copyOf(arms);
        if (arms.size() < 2) {
            throw new IllegalArgumentException(arms.size() + " variants (expected: two or more)");
        }
    }

    List<Double> shares() {
        return arms.stream().map(Arm::share).toList();
    }

    /**
     * When the test ends at the latest, epoch milliseconds.
     *
     * @param startedMillis epoch milliseconds
     */
    public long endMillis(long startedMillis) {
        long end = Long.MAX_VALUE;
        if (duration != null) {
            end = startedMillis + duration.toMillis();
        }
        return until == null ? end : Math.min(end, until.toEpochMilli());
    }
}
