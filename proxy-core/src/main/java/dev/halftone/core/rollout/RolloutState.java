package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.RollbackStory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one route's release stands. Immutable; what is stored is this.
 *
 * @param route the route's name
 * @param release the release that is under way, or was last
 * @param fileRelease the release name that the configuration last gave; a different one later means a new release
 * @param wanted the ratio that the configuration gives, or the plan's step in force; shown, and applied unless held
 * @param ratio the ratio that is in force
 * @param phase where it stands
 * @param held whether an operator's ratio stands in place of the file's
 * @param reason why it is as it is, one sentence
 * @param sinceMillis when release, phase, ratio or hold last changed, epoch milliseconds
 * @param latched releases that were rolled back or aborted on this route, newest last; none of them starts again
 * @param progress how far it has come on its plan; null for a release that has a ratio and no plan
 * @param fleet the instances of a rolling release; null for any other
 */
public record RolloutState(
        String route,
        String release,
        String fileRelease,
        Ratio wanted,
        Ratio ratio,
        Phase phase,
        boolean held,
        String reason,
        long sinceMillis,
        List<Latch> latched,
        @Nullable Progress progress,
        @Nullable Fleet fleet) {

    public RolloutState {
        latched = List.copyOf(latched);
    }

    /** Of a release that is not rolling. */
    public RolloutState(
            String route,
            String release,
            String fileRelease,
            Ratio wanted,
            Ratio ratio,
            Phase phase,
            boolean held,
            String reason,
            long sinceMillis,
            List<Latch> latched,
            @Nullable Progress progress) {
        this(route, release, fileRelease, wanted, ratio, phase, held, reason, sinceMillis, latched, progress, null);
    }

    /** Of a release that has a ratio and no plan. */
    public RolloutState(
            String route,
            String release,
            String fileRelease,
            Ratio wanted,
            Ratio ratio,
            Phase phase,
            boolean held,
            String reason,
            long sinceMillis,
            List<Latch> latched) {
        this(route, release, fileRelease, wanted, ratio, phase, held, reason, sinceMillis, latched, null);
    }

    /** The latch of a release, or null if it may start. Of two with one name the newest counts. */
    public @Nullable Latch latchOf(String name) {
        Latch found = null;
        for (Latch latch : latched) {
            found = latch.release().equals(name) ? latch : found;
        }
        return found;
    }

    /** The same phase, ratio and reason. */
    private RolloutState with(
            String newRelease,
            String newFileRelease,
            Ratio newWanted,
            List<Latch> newLatched,
            @Nullable Progress newProgress,
            @Nullable Fleet newFleet) {
        return new RolloutState(
                route,
                newRelease,
                newFileRelease,
                newWanted,
                ratio,
                phase,
                held,
                reason,
                sinceMillis,
                newLatched,
                newProgress,
                newFleet);
    }

    /** The same standing with what the configuration now says beside it. */
    RolloutState withFile(String newFileRelease, Ratio newWanted) {
        return with(release, newFileRelease, newWanted, latched, progress, fleet);
    }

    RolloutState withRelease(String newRelease) {
        return with(newRelease, fileRelease, wanted, latched, progress, fleet);
    }

    /** One more latch; beyond {@code limit} the oldest go. */
    RolloutState withLatch(Latch latch, int limit) {
        List<Latch> all = new ArrayList<>(latched);
        all.removeIf(old -> old.release().equals(latch.release()));
        all.replaceAll(old -> old.withStory(null));
        all.add(latch);
        List<Latch> newest = all.subList(Math.max(0, all.size() - limit), all.size());
        return with(release, fileRelease, wanted, newest, progress, fleet);
    }

    /** The same, and the newest latch knows what led to it. */
    RolloutState withStory(RollbackStory story) {
        List<Latch> all = new ArrayList<>(latched);
        all.add(all.remove(all.size() - 1).withStory(story));
        return with(release, fileRelease, wanted, all, progress, fleet);
    }

    /** A new phase and ratio, and why; it stands since now. */
    RolloutState moved(Phase newPhase, Ratio newRatio, boolean newHeld, String newReason, long nowMillis) {
        return new RolloutState(
                route,
                release,
                fileRelease,
                wanted,
                newRatio,
                newPhase,
                newHeld,
                newReason,
                nowMillis,
                latched,
                progress,
                fleet);
    }

    /** The same standing at another place of a plan, or of none. */
    RolloutState withProgress(@Nullable Progress newProgress, Ratio newWanted) {
        return with(release, fileRelease, newWanted, latched, newProgress, fleet);
    }

    /** The same standing with its instances standing so. */
    RolloutState withFleet(@Nullable Fleet newFleet) {
        return with(release, fileRelease, wanted, latched, progress, newFleet);
    }

    /** Whether it was taken back: by a check, a deadline, a failed gate or a person. */
    public boolean takenBack() {
        return phase == Phase.ROLLED_BACK || phase == Phase.ABORTED;
    }

    /**
     * A release that must not start again by itself.
     *
     * @param story what led to it; of the newest latch alone, if it was a rollback
     */
    public record Latch(
            String release,
            Phase phase,
            String reason,
            long atMillis,
            @Nullable RollbackStory story) {
        public Latch(String release, Phase phase, String reason, long atMillis) {
            this(release, phase, reason, atMillis, null);
        }

        Latch withStory(@Nullable RollbackStory told) {
            return new Latch(release, phase, reason, atMillis, told);
        }
    }
}
