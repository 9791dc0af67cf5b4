package dev.halftone.architecture.bad.core.window;

/** Breaks a rule on purpose. */
final class Window {
    private Window() {}

    static final Object SEEN = dev.halftone.core.analysis.Metric.ERROR_RATE;
}
