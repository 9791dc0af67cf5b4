package dev.halftone.core.rollout;

import dev.halftone.core.Ratio;
import java.util.List;

/**
 * Where one route's release stands. Immutable; what is stored is this.
 *
 * @param route the route's name
 * @param release the release that is under way, or was last
 * @param fileRelease the release name that the configuration last gave; a different one later means a new release
 * @param wanted the ratio that the configuration gives; shown, and applied unless held
 * @param ratio the ratio that is in force
 * @param phase where it stands
 * @param held whether an operator's ratio stands in place of the file's
 * @param reason why it is as it is, one sentence
 * @param sinceMillis when phase or ratio last changed, epoch milliseconds
 * @param latched releases that were rolled back or aborted on this route, newest last; none of them starts again
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
        List<Latch> latched) {

    public RolloutState {
        latched = List.copyOf(latched);
    }

    /** A release that must not start again by itself. */
    public record Latch(String release, Phase phase, String reason, long atMillis) {}
}
