package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a rolling release has come with the instances of its upstream. Immutable; stored with the release, so that what is out of
 * service stays so and what was updated stays known whatever happens to the process.
 *
 * @param release whose version the updated instances have, or are getting
 * @param of how many instances there are
 * @param updated the instances that have it, as host:port, first to last
 * @param turn the one that is out of service or about to be, or null
 * @param undoing whether they are being taken back to the version before, one after another
 */
public record Fleet(
        String release,
        int of,
        List<String> updated,
        @Nullable Turn turn,
        boolean undoing) {

    public Fleet {
        updated = List.copyOf(updated);
    }

    /** What becomes of the instance whose turn it is, in this order. */
    public enum Stage {
        /** It still serves, until another is well. */
        READY("ready"),
        /** It gets no new exchange; those under way end. */
        DRAIN("drain"),
        /** The user's hook changes its version. */
        HOOK("hook"),
        /** It must be well before it is put back. */
        HEALTH("health");

        private final String label;

        Stage(String label) {
            this.label = label;
        }

        /** The word for it, as the API and gates have it. */
        public String label() {
            return label;
        }

        /** Whether the instance gets no new exchange. */
        public boolean isOut() {
            return this != READY;
        }
    }

    /**
     * One instance's turn.
     *
     * @param instance host:port
     * @param undo whether it is taken back
     * @param sinceMillis when its stage began, epoch milliseconds
     * @param why what it waits for, as was last said; empty if nothing was
     */
    public record Turn(String instance, boolean undo, Stage stage, long sinceMillis, String why) {
        /** The gate that opens when the stage is done; of its own for each, so that a late word opens no other. */
        public String gate() {
            return check() + " " + instance;
        }

        /** What a failure is counted under. */
        public String check() {
            return stage != Stage.HOOK ? stage.label : undo ? "undo" : "update";
        }

        Turn at(Stage next, long nowMillis) {
            return new Turn(instance, undo, next, nowMillis, "");
        }

        Turn saying(String words) {
            return new Turn(instance, undo, stage, sinceMillis, words);
        }

        /** As {@code updating 10.0.0.12:8080: drains}. */
        String words() {
            String doing = switch (stage) {
                case READY -> "waits until another instance is well";
                case DRAIN -> "drains";
                case HOOK -> "waits for its hook";
                case HEALTH -> "waits until it is well";
            };
            String said = why.isEmpty() ? "" : ": " + why;
            return (undo ? "undoing " : "updating ") + instance + ": " + doing + said;
        }
    }

    static Fleet start(String release, int of) {
        return new Fleet(release, of, List.of(), null, false);
    }

    /** The instance that gets no new exchange, or null. */
    public @Nullable String out() {
        Turn present = turn;
        return present != null && present.stage().isOut() ? present.instance() : null;
    }

    /** Whether every instance is as it was before the release. */
    boolean isUntouched() {
        return updated.isEmpty() && turn == null;
    }

    Fleet withTurn(@Nullable Turn next) {
        return new Fleet(release, of, updated, next, undoing);
    }

    /** The turn is over: the instance is put back on its new side. */
    Fleet putBack(Turn ended) {
        List<String> next = new ArrayList<>(updated);
        next.remove(ended.instance());
        if (!ended.undo()) {
            next.add(ended.instance());
        }
        return new Fleet(release, of, next, null, undoing);
    }

    /**
     * From now on back to the version before. Whose turn it is is put back at once if nothing was done to it yet, and else taken back
     * first.
     */
    Fleet takenBack(long nowMillis) {
        Turn present = turn;
        if (present != null && !present.undo()) {
            boolean isTouched = present.stage() == Stage.HOOK || present.stage() == Stage.HEALTH;
            present = isTouched ? new Turn(present.instance(), true, Stage.HOOK, nowMillis, "") : null;
        }
        boolean isLeft = present != null || !updated.isEmpty();
        return new Fleet(release, of, updated, present, isLeft);
    }

    /** Without what is configured no more. */
    Fleet within(List<String> instances) {
        List<String> left = updated.stream().filter(instances::contains).toList();
        Turn present = turn != null && instances.contains(turn.instance()) ? turn : null;
        return new Fleet(release, instances.size(), left, present, undoing && (present != null || !left.isEmpty()));
    }

    /** The updated instances' share of the weights, in percent, rounded down. */
    Ratio share(List<RollingCourse.Instance> instances) {
        long all = 0;
        long sum = 0;
        for (RollingCourse.Instance instance : instances) {
            all += instance.weight();
            sum += updated.contains(instance.name()) ? instance.weight() : 0;
        }
        return all == 0 ? Ratio.NONE : new Ratio((int) (sum * Ratio.ALL.hundredths() / all));
    }
}
