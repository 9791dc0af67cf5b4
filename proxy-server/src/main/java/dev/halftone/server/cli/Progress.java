package dev.halftone.server.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One line that says how far a long task is, written over and over where a person watches. One thread. */
final class Progress {
    private static final long FIRST_NANOS = 1_000_000_000L;
    private static final long NEXT_NANOS = 250_000_000L;

    private final PrintWriter err;
    private final boolean watched;
    private final LongSupplier nanoTime;
    private final long beganNanos;
    private long dueNanos;
    private int shown;

    /** @param watched whether anything is written at all */
    Progress(PrintWriter err, boolean watched, LongSupplier nanoTime) {
        this.err = err;
        this.watched = watched;
        this.nanoTime = nanoTime;
        beganNanos = nanoTime.getAsLong();
        dueNanos = beganNanos + FIRST_NANOS;
    }

    /** On standard error, if that is a terminal. */
    static Progress on(Terminal terminal) {
        return new Progress(terminal.err(), Tty.isAt(Tty.ERR), System::nanoTime);
    }

    /**
     * @param share how much is done, 0..1
     * @param of what, in a few words
     */
    void update(double share, String of) {
        if (!watched || nanoTime.getAsLong() - dueNanos < 0) {
            return;
        }
        long now = nanoTime.getAsLong();
        dueNanos = now + NEXT_NANOS;
        double left = share <= 0 ? Double.NaN : (now - beganNanos) / 1e9 * (1 - share) / share;
        String text =
                String.format(Locale.ROOT, "%3.0f %% %s, %s left", 100 * Math.min(1, share), of, Words.time(left));
        err.print("\r" + text + " ".repeat(Math.max(0, shown - text.length())));
        err.flush();
        shown = text.length();
    }

    /** Takes the line away, before something else is written. */
    void clear() {
        if (shown > 0) {
            err.print("\r" + " ".repeat(shown) + "\r");
            err.flush();
            shown = 0;
        }
    }
}
