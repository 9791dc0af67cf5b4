package dev.halftone.server.proxy;

import dev.halftone.core.Version;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.ReplayPolicy;
import dev.halftone.core.routing.ReplayPolicy.Cause;
import dev.halftone.core.routing.Route;
import dev.halftone.server.http1.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * How a client's request has been sent so far, and whether and where it goes once more when that failed. Retries come first; what
 * the canary cannot do then is left to stable. One serves all requests of a connection. Event loop only.
 */
final class Attempts {
    /** Where a request goes once more. */
    enum Next {
        /** To the same upstream. */
        RETRY,
        /** To stable, in the canary's place. */
        RESCUE
    }

    private final LoopContext context;
    private int retries;
    private int sent;
    private UpstreamPool.@Nullable Target last;
    private UpstreamPool.@Nullable Target avoided;
    private @Nullable String failure;
    private long startNanos;

    Attempts(LoopContext context) {
        this.context = context;
    }

    /** A client's request has come. */
    void open(Route route, long nowNanos) {
        context.budgets().requested(route, nowNanos);
        retries = 0;
        sent = 1;
        last = null;
        avoided = null;
        failure = null;
        startNanos = nowNanos;
    }

    /** The endpoint that the request is sent to now, or would have been. */
    void sentTo(UpstreamPool.Target target) {
        last = target;
    }

    /** The endpoint that failed the request before it was tried again, or null. */
    UpstreamPool.@Nullable Target avoided() {
        return avoided;
    }

    /** Why the last attempt before this one failed, or null if this is the first. */
    @Nullable
    String failure() {
        return failure;
    }

    /** How often the request was sent, or was to be sent; from 1. */
    int sent() {
        return sent;
    }

    /** When the version that has the request now got it. */
    long startNanos() {
        return startNanos;
    }

    /**
     * Whether the request may be sent again, and where; then one is taken from the budget. That it is safe is the caller's to
     * know: idempotent, no body, nothing of an answer has gone out.
     *
     * @return null if it has failed for good
     */
    @Nullable
    Next next(Choice choice, Cause cause, RequestHead head) {
        Route route = choice.route();
        ReplayPolicy retry = route.forwarding().retries();
        boolean may = retry != null && retries < retry.attempts() && covers(retry, cause, head);
        if (may && retry != null && take(route, Next.RETRY, retry)) {
            return Next.RETRY;
        }
        Gray gray = route.gray();
        ReplayPolicy rescue = gray == null ? null : gray.net().rescue();
        boolean canary = choice.version() == Version.CANARY && choice.twin() != null;
        if (canary && rescue != null && covers(rescue, cause, head) && take(route, Next.RESCUE, rescue)) {
            return Next.RESCUE;
        }
        return null;
    }

    private static boolean covers(ReplayPolicy policy, Cause cause, RequestHead head) {
        return policy.covers(cause, head.method());
    }

    private boolean take(Route route, Next kind, ReplayPolicy policy) {
        long now = context.nowNanos();
        return context.budgets().of(route, now).take(kind, policy.budgetPercent(), now);
    }

    /** The request is about to be sent again. */
    void begin(Next next, String why) {
        failure = why;
        sent++;
        if (next == Next.RETRY) {
            retries++;
            avoided = last;
        } else {
            avoided = null;
            startNanos = context.nowNanos();
        }
        last = null;
    }
}
