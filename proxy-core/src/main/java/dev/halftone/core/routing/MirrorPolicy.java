package dev.halftone.core.routing;

import dev.halftone.core.Ratio;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Which requests that stable serves are copied to the canary, and what is compared of the answers.
 *
 * @param share of the requests, drawn one by one
 * @param methods in capitals
 * @param maxBodyBytes a longer body of a request is not copied; of an answer no more than this is read
 * @param maxInFlight copies under way at once in the whole process; beyond they are dropped
 * @param timeout for the whole of a copy
 */
public record MirrorPolicy(
        Ratio share, Set<Aspect> compare, List<String> methods, int maxBodyBytes, int maxInFlight, Duration timeout) {

    /** What two answers may have in common. */
    public enum Aspect {
        STATUS("status"),
        LATENCY("latency"),
        SIZE("size"),
        BODY_HASH("bodyHash");

        private final String label;

        Aspect(String label) {
            this.label = label;
        }

        /** As it stands in the configuration. */
        public String label() {
            return label;
        }
    }

    public MirrorPolicy {
        compare = Set.copyOf(compare);
        methods = List.copyOf(methods);
        if (maxBodyBytes < 0 || maxInFlight < 1) {
            throw new IllegalArgumentException(
                    "maxBody " + maxBodyBytes + ", maxInFlight " + maxInFlight + " (expected: 0 or more, 1 or more)");
        }
    }

    /** Whether requests of this method are copied. */
    public boolean covers(CharSequence method) {
        for (int i = 0; i < methods.size(); i++) {
            if (methods.get(i).contentEquals(method)) {
                return true;
            }
        }
        return false;
    }
}
