package dev.halftone.core.analysis;

import dev.halftone.core.window.RouteSlice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests and errors of both versions over a release's whole life, the older the coarser: an exponential histogram (Datar,
 * Gionis, Indyk and Motwani 2002), whose spans are as long as one slice for the newest {@value #KEPT}, then two, four and so on.
 * A moment in the past is met within a {@value #KEPT}th of its age or two. A day takes some 400 spans. One thread.
 */
final class ReleaseHistory {
    static final int KEPT = 32;
    private static final long ROUNDING_NANOS = 1_000_000;
    /** What is taken for stable's share of errors while next to nothing is known of it: 0.1 %, with the weight of 500 requests. */
    private static final double PRIOR_ERRORS = 0.5;

    private static final double PRIOR_REQUESTS = 500;

    private final List<Deque<Span>> levels = new ArrayList<>();

    /** Both versions over some time. */
    record Span(long nanos, long requests, long errors, long stableRequests, long stableErrors) {
        static final Span NONE = new Span(0, 0, 0, 0, 0);

        Span plus(Span more) {
            return new Span(
                    nanos + more.nanos,
                    requests + more.requests,
                    errors + more.errors,
                    stableRequests + more.stableRequests,
                    stableErrors + more.stableErrors);
        }

        /** 0 where stable had no requests. */
        double stableShare() {
            return stableRequests == 0 ? 0 : Math.min(1, (double) stableErrors / stableRequests);
        }

        /** Errors of the canary beyond what stable's share would have given. */
        double harmed() {
            return Math.max(0, errors - requests * stableShare());
        }
    }

    void add(RouteSlice slice) {
        add(
                0,
                new Span(
                        slice.endNanos() - slice.startNanos(),
                        slice.canary().requests(),
                        slice.canary().errors(),
                        slice.stable().requests(),
                        slice.stable().errors()));
    }

    private void add(int level, Span span) {
        if (level == levels.size()) {
            levels.add(new ArrayDeque<>());
        }
        Deque<Span> alike = levels.get(level);
        alike.addLast(span);
        if (alike.size() > KEPT + 1) {
            add(level + 1, alike.removeFirst().plus(alike.removeFirst()));
        }
    }

    /** How many spans are kept. */
    int spans() {
        return levels.stream().mapToInt(Deque::size).sum();
    }

    Span all() {
        return newest(Long.MAX_VALUE);
    }

    /** What was counted in the last so many nanoseconds, up to a whole span. */
    Span newest(long nanos) {
        Span sum = Span.NONE;
        for (Deque<Span> alike : levels) {
            for (Iterator<Span> newestFirst = alike.descendingIterator(); newestFirst.hasNext(); ) {
                if (sum.nanos() + ROUNDING_NANOS >= nanos) {
                    return sum;
                }
                sum = sum.plus(newestFirst.next());
            }
        }
        return sum;
    }

    /** A stretch up to now and how much speaks for the canary's having had more errors in it than stable's share gives. */
    record Worse(Span span, double evidence) {}

    /**
     * Since when the canary has had more errors: the beginning that makes what was counted most likely, by the likelihood ratio
     * of a rate that changed then to one that did not (Poisson counts).
     *
     * @return null if it has not had more
     */
    @Nullable
    Worse worse() {
        Span all = all();
        double usual = (all.stableErrors() + PRIOR_ERRORS) / (all.stableRequests() + PRIOR_REQUESTS);
        Worse best = null;
        Span sum = Span.NONE;
        for (Deque<Span> alike : levels) {
            for (Iterator<Span> newestFirst = alike.descendingIterator(); newestFirst.hasNext(); ) {
                sum = sum.plus(newestFirst.next());
                // Over the same time stable may have failed too.
                double expected = sum.requests() * Math.max(usual, sum.stableShare());
                double evidence = sum.errors() <= expected
                        ? 0
                        : sum.errors() * Math.log(sum.errors() / expected) - (sum.errors() - expected);
                if (evidence > (best == null ? 0 : best.evidence())) {
                    best = new Worse(sum, evidence);
                }
            }
        }
        return best;
    }
}
