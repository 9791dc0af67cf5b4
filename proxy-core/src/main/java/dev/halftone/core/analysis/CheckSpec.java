package dev.halftone.core.analysis;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One rule over closed slices.
 *
 * @param custom the custom metric's name where the metric is {@link Metric#CUSTOM}, else null
 * @param consecutive how many breaching points in a row make a breach, 1..1000
 */
public record CheckSpec(
        String name, Metric metric, @Nullable String custom, DetectorSpec detector, int consecutive) {

    public CheckSpec {
        if ((metric == Metric.CUSTOM) != (custom != null)) {
            throw new IllegalArgumentException(
                    "metric " + metric.label() + " named " + custom + " (expected: a name with custom, none without)");
        }
    }

    public CheckSpec(String name, Metric metric, DetectorSpec detector, int consecutive) {
        this(name, metric, null, detector, consecutive);
    }

    /**
     * How long it says insufficient at least, whatever comes, from the canary's first requests on; a release on a plan takes no step
     * meanwhile. Null if it can never say anything else.
     *
     * @param interval as in {@link AnalysisSpec}
     * @param window as in {@link AnalysisSpec}
     */
    public @Nullable Duration silence(Duration interval, Duration window) {
        if (detector instanceof DetectorSpec.Comparison comparison) {
            return Comparison.warmUp(metric, comparison);
        } else if (detector instanceof DetectorSpec.Decomposition decomposition) {
            return decomposition.period().multipliedBy(2);
        } else if (detector instanceof DetectorSpec.MovingAverage average) {
            return interval.multipliedBy(average.points());
        } else if (detector instanceof DetectorSpec.Ewma) {
            return interval.multipliedBy(EwmaDetector.WARM_UP);
        } else if (detector instanceof DetectorSpec.Stream) {
            return interval.multipliedBy(StreamDetector.LEAST_POINTS);
        } else if (detector instanceof DetectorSpec.MannWhitney) {
            int least = MannWhitneyDetector.LEAST_POINTS;
            boolean isHeld = window.compareTo(interval.multipliedBy(least - 1)) > 0;
            return isHeld ? interval.multipliedBy(least) : null;
        }
        return Duration.ZERO;
    }

    /** As in the configuration: {@code errorRate}, {@code custom:click}. */
    public String metricLabel() {
        return custom == null ? metric.label() : metric.label() + ":" + custom;
    }
}
