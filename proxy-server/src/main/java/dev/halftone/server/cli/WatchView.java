package dev.halftone.server.cli;

import java.time.Instant;

/** How what is watched is shown. One thread, but for {@link #close}, which may come from any. */
interface WatchView extends AutoCloseable {
    void show(AdminClient.Answer answer, Instant now);

    /**
     * Nothing is known from now on; called once for each time that the connection is lost.
     *
     * @param problem in a line
     */
    void lost(String problem, Instant since);

    /** Whether nobody reads what is written any more. */
    boolean isUnread();

    @Override
    void close();
}
