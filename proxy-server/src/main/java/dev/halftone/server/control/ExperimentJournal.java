package dev.halftone.server.control;

import dev.halftone.core.experiment.FindingSeries.Moment;
import dev.halftone.core.window.ExperimentTally;
import dev.halftone.server.store.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what A/B tests have counted. Written on a thread of its own, so that deciding never waits for a disk; what cannot be written is
 * logged, and the next time writes all of it. Called by the control thread.
 */
final class ExperimentJournal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExperimentJournal.class);
    private static final long LEAST_MILLIS = 1000;
    private static final long MOST_MILLIS = 60_000;
    private static final long CLOSE_SECONDS = 10;

    private final StateStore store;
    private @Nullable ExecutorService thread;

    ExperimentJournal(StateStore store) {
        this.store = store;
    }

    /** How long after it was last kept, at this age, a test is kept again: at most half of it is lost, and at most a minute. */
    static long everyMillis(long ageMillis) {
        return Math.min(MOST_MILLIS, Math.max(LEAST_MILLIS, ageMillis));
    }

    private static String name(String route) {
        return "experiment/" + route;
    }

    /** What is kept of this test of this route, or null. */
    @Nullable
    ExperimentMemory recall(String route, String test) {
        byte[] bytes = store.kept(name(route));
        if (bytes == null) {
            return null;
        }
        try {
            ExperimentMemory memory = ExperimentMemory.of(bytes);
            return memory.test().equals(test) ? memory : null;
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn(
                    "route {}: what its A/B test had counted cannot be read, it counts anew: {}",
                    route,
                    e.getMessage());
            return null;
        }
    }

    /** The tally is read when it is written, a moment later. */
    void keep(
            String route,
            String test,
            long startedMillis,
            double mismatch,
            @Nullable String alarm,
            ExperimentTally tally,
            List<Moment> series) {
        try {
            thread().execute(() ->
                    write(route, new ExperimentMemory(test, startedMillis, mismatch, alarm, tally.memory(), series)));
        } catch (RejectedExecutionException e) {
            LOG.debug("route {}: its A/B test was to be kept after the end", route, e);
        }
    }

    private void write(String route, ExperimentMemory memory) {
        try {
            store.keep(name(route), memory.toBytes());
        } catch (IOException e) {
            LOG.error("route {}: what its A/B test counts cannot be kept; it goes on: {}", route, e.getMessage());
        }
    }

    /** Made when it is first needed, so that a proxy without A/B tests has no thread for them. */
    private ExecutorService thread() {
        ExecutorService present = thread;
        if (present == null) {
            present = Executors.newSingleThreadExecutor(work -> {
                Thread journal = new Thread(work, "halftone-journal");
                journal.setDaemon(true);
                return journal;
            });
            thread = present;
        }
        return present;
    }

    /** Waits until all is written. */
    @Override
    public void close() {
        ExecutorService present = thread;
        if (present == null) {
            return;
        }
        present.shutdown();
        try {
            if (!present.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.error("what A/B tests have counted was not kept within {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
