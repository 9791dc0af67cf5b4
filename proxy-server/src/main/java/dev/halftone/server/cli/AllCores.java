package dev.halftone.server.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Plays releases on all cores, and says how far it is. */
final class AllCores {
    private AllCores() {}

    /** @param releases each plays one and returns what takes over its result; that runs in this thread, in any order */
    static void play(Terminal terminal, List<Callable<Runnable>> releases) throws IOException {
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), AllCores::thread);
        Progress progress = Progress.on(terminal);
        try {
            ExecutorCompletionService<Runnable> done = new ExecutorCompletionService<>(threads);
            releases.forEach(done::submit);
            int all = releases.size();
            for (int ended = 1; ended <= all; ended++) {
                done.take().get().run();
                progress.update((double) ended / all, "of " + all + " releases");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a release could not be played", e.getCause());
        } finally {
            threads.shutdownNow();
            progress.clear();
        }
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "halftone-simulate");
        thread.setDaemon(true);
        return thread;
    }
}
