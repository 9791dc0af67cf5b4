package dev.halftone.server.tracing;

/**
 * Which requests get a span. A trace that came keeps the decision of who began it; one that begins here is decided by its own
 * identifier, as OpenTelemetry's TraceIdRatioBased does, so that programs with the same ratio agree. Immutable.
 */
public final class Sampling {
    public static final Sampling NEVER = new Sampling(0, false);

    private final long most;
    private final boolean recording;

    /**
     * @param ratio share of the traces that begin here, 0..1
     * @param recording whether there is anybody who takes spans
     */
    public Sampling(double ratio, boolean recording) {
        this.most = ratio >= 1 ? Long.MAX_VALUE : (long) (ratio * 0x1p63) - 1;
        this.recording = recording;
    }

    /** @param low the lower half of the identifier of a trace that begins here */
    public boolean samples(long low) {
        return (low & Long.MAX_VALUE) <= most;
    }

    /** Whether sampled requests get a span of ours. */
    public boolean isRecording() {
        return recording;
    }
}
