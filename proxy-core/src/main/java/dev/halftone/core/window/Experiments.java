package dev.halftone.core.window;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.Variant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tallies of the A/B tests that run, by route. Only users whom chance has put on their side count, and only those of the release that
 * the tally is of. Control opens and closes tallies; event loops write, without locks or allocation.
 */
public final class Experiments {
    private volatile @Nullable Open[] tallies = new Open[0];

    private record Open(int epoch, ExperimentTally tally) {}

    /**
     * From now on users of this release count here. Control thread only.
     *
     * @param tally null: nothing is counted for this route any more
     */
    public void open(int routeId, int epoch, @Nullable ExperimentTally tally) {
        if (tally == null && routeId >= tallies.length) {
            return;
        }
        @Nullable Open[] next = Arrays.copyOf(tallies, Math.max(tallies.length, routeId + 1));
        next[routeId] = tally == null ? null : new Open(epoch, tally);
        tallies = next;
    }

    private @Nullable ExperimentTally of(Choice choice, long user) {
        @Nullable Open[] present = tallies;
        int id = choice.route().id();
        Gray gray = choice.route().gray();
        Open open = id < present.length ? present[id] : null;
        if (user == OutcomeShard.ANONYMOUS || open == null || gray == null || gray.epoch() != open.epoch()) {
            return null;
        }
        return choice.isDrawn() ? open.tally() : null;
    }

    /** @param user as a ticket has it; 0 if it is not known */
    void answered(Choice choice, long user) {
        ExperimentTally tally = of(choice, user);
        Variant variant = choice.variant();
        if (tally != null && variant != null) {
            tally.answered(variant.number(), user);
        }
    }

    void reported(Choice choice, long user, String metric, long hits) {
        ExperimentTally tally = of(choice, user);
        Variant variant = choice.variant();
        if (tally != null && variant != null && tally.isGoal(metric)) {
            tally.reported(variant.number(), user, hits);
        }
    }

    /**
     * Takes over what was reported of a known user otherwise than with an answer. Any thread.
     *
     * @param choice whose the user is now
     * @param position the user's, see {@link dev.halftone.core.Position}
     * @return whether it counts for an A/B test
     */
    public boolean report(Choice choice, long position, String metric, Reported reported) {
        Gray gray = choice.route().gray();
        if (gray == null) {
            return false;
        }
        long user = OutcomeShard.testUser(position, choice.route().name(), gray.release());
        ExperimentTally tally = of(choice, user);
        Variant variant = choice.variant();
        if (tally == null || variant == null || !tally.isGoal(metric)) {
            return false;
        }
        tally.add(variant.number(), user, reported.trials(), reported.hits());
        return true;
    }
}
