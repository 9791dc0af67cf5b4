package dev.halftone.core.routing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A {@link Cohort} made ready to be asked. Immutable, any thread. */
final class CohortTest {
    private final int[] regions;
    private final int devices;
    private final @Nullable UserList users;

    CohortTest(Cohort cohort) {
        regions = cohort.regions().stream().mapToInt(RegionCode::parse).sorted().toArray();
        devices = cohort.devices().stream()
                .mapToInt(device -> 1 << device.ordinal())
                .reduce(0, (a, b) -> a | b);
        users = cohort.users();
    }

    boolean matches(RequestFacts facts) {
        if (regions.length > 0 && !isInRegion(facts.region())) {
            return false;
        }
        if (devices != 0) {
            Device device = facts.device();
            if (device == null || (devices >>> device.ordinal() & 1) == 0) {
                return false;
            }
        }
        return users == null || facts.isOn(users);
    }

    private boolean isInRegion(long region) {
        int first = (int) region;
        if (first == RegionCode.UNKNOWN) {
            return false;
        }
        int second = (int) (region >>> 32);
        return contains(first)
                || contains(RegionCode.country(first))
                || (second != RegionCode.UNKNOWN && contains(second));
    }

    private boolean contains(int code) {
        return Arrays.binarySearch(regions, code) >= 0;
    }
}
