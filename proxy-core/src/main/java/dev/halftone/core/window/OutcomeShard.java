package dev.halftone.core.window;

import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Gray;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's own counters. Written by that loop alone, without locks or allocation once a route is warm; read by the
 * control thread.
 */
public final class OutcomeShard {
    static final int VERSIONS = Version.values().length;

    private volatile @Nullable OutcomeCell[] cells = new OutcomeCell[16 * VERSIONS];

    OutcomeShard() {}

    /**
     * Counts one finished request.
     *
     * @param status the upstream's final status, 100..599, or 0 if no upstream answered whole (code {@code error})
     * @param latencyNanos from the request's head to the response's end, or -1 if no upstream answered whole
     */
    public void record(Choice choice, Outcome outcome, int status, long latencyNanos) {
        int index = choice.route().id() * VERSIONS + choice.version().ordinal();
        @Nullable OutcomeCell[] present = cells;
        OutcomeCell cell = index < present.length ? present[index] : null;
        if (cell == null) {
            cell = open(index);
        }
        Gray gray = choice.route().gray();
        cell.record(choice.reason(), choice.analyzed(), gray == null ? 0 : gray.epoch(), outcome, status, latencyNanos);
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
