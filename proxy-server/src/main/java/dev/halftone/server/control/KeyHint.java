package dev.halftone.server.control;

import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.analysis.VersionStats;
import dev.halftone.core.rollout.Phase;
import dev.halftone.core.rollout.RolloutState;

/**
 * Tells an operator whose release waits for users why they may never come: nobody has a user key, or all come from a few addresses,
 * each of which is one user. Any thread.
 */
final class KeyHint {
    /** That nothing counts for so long is worth a word. */
    private static final double QUIET_SECONDS = 60;

    private KeyHint() {}

    /** Whether a step of this release has users to wait for. */
    static boolean isAsked(RolloutState state) {
        boolean isAnybody = state.phase() == Phase.PROGRESSING && state.ratio().hundredths() > 0;
        boolean isTurn = state.fleet() != null && state.fleet().turn() != null;
        return isAnybody && !state.held() && !isTurn;
    }

    /**
     * What to add to what a release waits for where nothing counts; else empty.
     *
     * @param quietSeconds since a request last counted
     */
    static String ofNothing(double quietSeconds) {
        return quietSeconds >= QUIET_SECONDS
                ? "; for a minute no request has counted: none came, none had a user key, or rules took them"
                : "";
    }

    /**
     * What to add to what it waits for where few users stand for many requests, and addresses are users; else empty.
     *
     * @param hasKeys whether there is a userKey too
     */
    static String ofFew(AnalysisSpec analysis, boolean hasKeys, VersionStats stable, VersionStats canary) {
        long requests = stable.requests() + canary.requests();
        long users = stable.users() + canary.users();
        boolean isEnough = requests >= Math.max(1, analysis.minRequests());
        if (!isEnough || users == 0 || users >= Math.max(2, analysis.minUsers())) {
            return "";
        }
        String all = "; all " + requests + " requests of the last "
                + analysis.window().toSeconds() + " s are about " + users + (users == 1 ? " user's" : " users'");
        return !hasKeys
                ? all + ", as each address is one: give a userKey, or onMissingKey: eachRequest"
                : all + ", as what has no user key counts by its address: look at userKey";
    }
}
