package dev.halftone.core.window;

import dev.halftone.core.Outcome;
import dev.halftone.core.routing.Choice;

/**
 * One event loop's own counters. Written by that loop alone, without locks or allocation once a route is warm; read by the
 * control thread.
 */
public final class OutcomeShard {
    OutcomeShard() {}

    /**
     * Counts one finished request.
     *
     * @param status the upstream's final status, 100..599, or 0 if no upstream answered whole (code {@code error})
     * @param latencyNanos from the request's head to the response's end, or -1 if no upstream answered whole
     */
    public void record(Choice choice, Outcome outcome, int status, long latencyNanos) {
        throw new UnsupportedOperationException(choice + " " + outcome + status + latencyNanos);
    }
}
