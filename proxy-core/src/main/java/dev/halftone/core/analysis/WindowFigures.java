package dev.halftone.core.analysis;

import dev.halftone.core.window.Reported;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One version over the analysis window, reckoned only when somebody asks. Immutable, any thread. */
public final class WindowFigures {
    private final Point window;
    private final Map<String, Reported> reported;
    private volatile @Nullable VersionStats stats;

    WindowFigures(Point window, Map<String, Reported> reported) {
        this.window = window;
        this.reported = reported;
    }

    /** Where the quantile of all requests' latencies lies; null without latencies. */
    public @Nullable QuantileRange latencyRange(double quantile) {
        return QuantileRange.of(window.allLatency(), quantile);
    }

    public VersionStats stats() {
        VersionStats present = stats;
        if (present == null) {
            present = window.stats().withReported(reported);
            stats = present;
        }
        return present;
    }
}
