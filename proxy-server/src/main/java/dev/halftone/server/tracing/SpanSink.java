package dev.halftone.server.tracing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where spans go. One thread. */
interface SpanSink extends AutoCloseable {
    /**
     * Sends them; may take seconds.
     *
     * @return null if they arrived; else what went wrong, in one line
     */
    @Nullable
    String send(List<RequestSpan> spans);

    @Override
    void close();
}
