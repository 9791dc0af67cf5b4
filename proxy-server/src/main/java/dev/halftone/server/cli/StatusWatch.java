package dev.halftone.server.cli;

import java.time.Duration;
import java.time.Instant;

/**
 * Looks each second until nobody reads it any more. A proxy that does not answer is asked again, for a restart may be under way;
 * not the very first time, when the address is as likely to be wrong. One thread.
 */
final class StatusWatch {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final Look look;
    private final WatchView view;
    private final Pause pause;
    private boolean seen;
    private boolean lost;

    /** Asks where things stand. */
    interface Look {
        AdminClient.Answer now() throws CommandFailure;
    }

    /** Waits until the next look. */
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    StatusWatch(Look look, WatchView view) {
        this(look, view, time -> Thread.sleep(time.toMillis()));
    }

    StatusWatch(Look look, WatchView view, Pause pause) {
        this.look = look;
        this.view = view;
        this.pause = pause;
    }

    /** @throws CommandFailure if there is nothing to wait for */
    void run() throws CommandFailure {
        try {
            while (!view.isUnread()) {
                once();
                pause.of(PERIOD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void once() throws CommandFailure {
        try {
            AdminClient.Answer answer = look.now();
            seen = true;
            lost = false;
            view.show(answer, Instant.now());
        } catch (CommandFailure e) {
            if (!seen || !e.isPassing()) {
                throw e;
            }
            if (!lost) {
                lost = true;
                view.lost(e.cause(), Instant.now());
            }
        }
    }
}
