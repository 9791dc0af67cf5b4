package dev.halftone.server.notify;

import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/** One receiver and what it is still to be told. Notifier's thread only. */
final class Line {
    private final Outbox outbox;
    private Receiver receiver;
    private boolean retired;
    private boolean dropping;
    private @Nullable ScheduledFuture<?> timer;

    Line(Receiver receiver, Outbox outbox) {
        this.receiver = receiver;
        this.outbox = outbox;
    }

    Outbox outbox() {
        return outbox;
    }

    Receiver receiver() {
        return receiver;
    }

    /** The same receiver as the file has it now. */
    void receiver(Receiver next) {
        receiver = next;
        retired = false;
    }

    /** It is no longer in the file: it gets nothing new. */
    void retire() {
        retired = true;
    }

    boolean isDone() {
        return retired && outbox.isEmpty();
    }

    boolean wants(@Nullable Kind kind) {
        return kind != null && !retired && receiver.on().contains(kind);
    }

    /** @return whether this is the first message dropped since one arrived */
    boolean startsDropping() {
        boolean starts = !dropping;
        dropping = true;
        return starts;
    }

    void arrived() {
        dropping = false;
    }

    void timer(ScheduledFuture<?> next) {
        if (timer != null) {
            timer.cancel(false);
        }
        timer = next;
    }
}
