package dev.halftone.core.backtest;

import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import java.util.List;

/**
 * One request as it was recorded.
 *
 * @param seconds when, as {@link RecordedTime} reads it
 * @param known whether there is a user
 * @param user a hash of the user, spread over 64 bits
 * @param status 100..599, or 0 if no upstream answered whole
 * @param latencyNanos -1 if it is not known, or no upstream answered whole
 * @param reported what each further column says, NaN for nothing
 */
record RecordedRequest(
        double seconds,
        Version version,
        boolean known,
        long user,
        int status,
        long latencyNanos,
        List<Double> reported) {

    /** As the live proxy takes it: 5xx and no whole answer are the upstream's fault, 4xx the client's. */
    Outcome outcome() {
        if (status == 0 || status >= 500) {
            return Outcome.ERROR;
        }
        return status >= 400 ? Outcome.CLIENT_FAULT : Outcome.SUCCESS;
    }
}
