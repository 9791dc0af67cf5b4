package dev.halftone.core.window;

import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.UserPosition;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's own counters. Written by that loop alone, without locks or allocation once a route is warm; read by the
 * control thread.
 */
public final class OutcomeShard {
    static final int VERSIONS = Version.values().length;

    private volatile @Nullable OutcomeCell[] cells = new OutcomeCell[16 * VERSIONS];
    private final OutcomeWindow window;
    private @Nullable UserCaps caps;

    OutcomeShard(OutcomeWindow window) {
        this.window = window;
    }

    /** What {@link #admit} says of a request of a user who is not known: it counts. */
    public static final long ANONYMOUS = 0;

    // The lowest bits of a ticket: what UserCaps said, and that the user is known.
    private static final long KNOWN = 4;
    private static final long FLAGS = 7;

    /**
     * Takes note of a request that has come, and decides whether its outcome counts for the checks.
     *
     * @param position the user's, see {@link dev.halftone.core.Position}; asked only if the user is known
     * @param nowNanos on a monotonic clock
     * @return to hand to {@link #record} with the outcome
     */
    public long admit(Choice choice, boolean known, long position, long nowNanos) {
        Gray gray = choice.route().gray();
        if (!known || gray == null || !choice.analyzed()) {
            return ANONYMOUS;
        }
        long user = user(choice, gray, position);
        OutcomeCell.Analyzed analyzed = cell(choice).analyzed(gray.epoch());
        if (analyzed != null) {
            analyzed.seen(user, window.sliceNumber());
        }
        UserCaps present = caps;
        if (present == null) {
            present = new UserCaps();
            caps = present;
        }
        return user | KNOWN | present.admit(user, nowNanos);
    }

    /** The same for the user whom routing has just looked at. */
    public long admit(Choice choice, UserPosition user, long nowNanos) {
        return admit(choice, user.isKnown(), user.position(), nowNanos);
    }

    private static long user(Choice choice, Gray gray, long position) {
        return choice.variant() == null
                ? user(position, choice.route().id(), gray.epoch())
                : testUser(position, choice.route().name(), gray.release());
    }

    /** A user of an A/B test: the same after a restart, so that what was counted before still belongs to it. */
    static long testUser(long position, String route, String release) {
        return user(position, route.hashCode(), release.hashCode());
    }

    /** A user of one release of one route: spread over all bits, the lowest three left for flags. */
    static long user(long position, int route, int epoch) {
        long hash = position ^ (route * 0x9e3779b97f4a7c15L + epoch * 0xc2b2ae3d27d4eb4fL);
        hash = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        hash = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        return (hash ^ (hash >>> 32)) & ~FLAGS;
    }

    /** Counts one finished request of a user who is not known. */
    public void record(Choice choice, Outcome outcome, int status, long latencyNanos) {
        record(choice, ANONYMOUS, outcome, status, latencyNanos);
    }

    /**
     * Counts one finished request.
     *
     * @param ticket what {@link #admit} gave when it came
     * @param status the upstream's final status, 100..599, or 0 if no upstream answered whole (code {@code error})
     * @param latencyNanos from the request's head to the response's end, or -1 if no upstream answered whole
     */
    public void record(Choice choice, long ticket, Outcome outcome, int status, long latencyNanos) {
        OutcomeCell cell = cell(choice);
        cell.record(choice.reason(), outcome, status, latencyNanos);
        if (choice.variant() != null && outcome == Outcome.SUCCESS) {
            window.experiments().answered(choice, ticket & ~FLAGS);
        }
        if (!choice.analyzed()) {
            return;
        }
        Gray gray = choice.route().gray();
        int epoch = gray == null ? 0 : gray.epoch();
        OutcomeCell.Analyzed analyzed = cell.analyzed(epoch);
        if (analyzed == null) {
            return;
        }
        long user = ticket & ~FLAGS;
        UserCaps present = ticket == ANONYMOUS ? null : caps;
        // What was admitted twice at once and failed in between counts as if it had come later.
        boolean late = present != null && present.isQuarantined(user);
        boolean counts = present == null || ((ticket & UserCaps.COUNTED) != 0 && !late);
        boolean spotted = present == null || ((ticket & UserCaps.SPOTTED) != 0 && !late);
        (counts ? analyzed.counted() : analyzed.beyond()).add(outcome, latencyNanos);
        if (spotted) {
            analyzed.spot(outcome);
        }
        if (outcome == Outcome.ERROR && (counts || spotted)) {
            failed(choice, analyzed, epoch, user, counts, spotted);
        }
    }

    private void failed(
            Choice choice, OutcomeCell.Analyzed analyzed, int epoch, long user, boolean counts, boolean spotted) {
        UserCaps present = user == ANONYMOUS ? null : caps;
        if (present != null) {
            present.failed(user);
        }
        if (counts && present != null) {
            analyzed.failed(user);
        } else if (counts) {
            analyzed.failedAnonymously();
        }
        if (spotted && choice.version() == Version.CANARY) {
            window.failed(choice.route().id(), epoch, user);
        }
    }

    /** Whether what comes with this answer counts for the checks, as in {@link #record}. */
    private boolean counts(long ticket) {
        UserCaps present = ticket == ANONYMOUS ? null : caps;
        return present == null || ((ticket & UserCaps.COUNTED) != 0 && !present.isQuarantined(ticket & ~FLAGS));
    }

    /**
     * Takes over what the service reported with its answer; it counts for the checks if the request does. Asked before
     * {@link #record}.
     *
     * @param ticket what {@link #admit} gave when the request came
     * @param trials one bit for each metric of the route that was reported, in the order of its names
     * @param hits those of them that happened
     */
    public void report(Choice choice, long ticket, int trials, int hits) {
        CustomMetrics metrics = choice.route().forwarding().customMetrics();
        if (metrics == null) {
            return;
        }
        Gray gray = choice.route().gray();
        long counted = choice.analyzed() && counts(ticket) ? 1 : 0;
        for (int left = trials; left != 0; left &= left - 1) {
            int metric = Integer.numberOfTrailingZeros(left);
            window.reports()
                    .add(
                            choice.route().id(),
                            gray == null ? 0 : gray.epoch(),
                            choice.version(),
                            metrics.names().get(metric),
                            1,
                            hits >>> metric & 1,
                            counted);
            if (choice.variant() != null) {
                window.experiments()
                        .reported(choice, ticket & ~FLAGS, metrics.names().get(metric), hits >>> metric & 1);
            }
        }
    }

    /** Those of all event loops. */
    public SideCounts sideCounts() {
        return window.sideCounts();
    }

    private OutcomeCell cell(Choice choice) {
        int index = choice.route().id() * VERSIONS + choice.version().ordinal();
        @Nullable OutcomeCell[] present = cells;
        OutcomeCell cell = index < present.length ? present[index] : null;
        return cell == null ? open(index) : cell;
    }

    /** A new array each time, so that readers see a cell as soon as they see the array. Rare: once for each route. */
    private OutcomeCell open(int index) {
        @Nullable
        OutcomeCell[] grown = Arrays.copyOf(cells, Math.max(cells.length, Integer.highestOneBit(index + 1) * 2));
        OutcomeCell cell = new OutcomeCell();
        grown[index] = cell;
        cells = grown;
        return cell;
    }

    @Nullable
    OutcomeCell cell(int index) {
        @Nullable OutcomeCell[] present = cells;
        return index < present.length ? present[index] : null;
    }

    int size() {
        return cells.length;
    }
}
