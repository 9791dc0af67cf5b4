package dev.halftone.server.control;

import dev.halftone.core.experiment.ExperimentSpec;
import dev.halftone.core.experiment.Finding;
import dev.halftone.core.experiment.FindingSeries.Moment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An A/B test as the control thread last saw it. Immutable.
 *
 * @param running whether users are split and counted now
 * @param winner the variant that has won, or that everybody got; null for none
 * @param endMillis when it ends at the latest, epoch milliseconds; {@code Long.MAX_VALUE} for never
 * @param series how it came to this, oldest first
 */
public record ExperimentStatus(
        ExperimentSpec spec,
        Finding finding,
        boolean running,
        @Nullable String winner,
        long endMillis,
        List<Moment> series) {}
