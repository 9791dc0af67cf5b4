package dev.halftone.core.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rule asks beyond the request's own text. Empty lists and null ask nothing; all that is asked must hold, and in a list
 * one is enough.
 *
 * @param regions countries and subdivisions as {@link RegionCode} writes them
 * @param users the request's user key must be on this list
 */
public record Cohort(
        List<String> regions,
        List<Device> devices,
        @Nullable UserList users) {
    public static final Cohort EVERYBODY = new Cohort(List.of(), List.of(), null);

    /** @throws IllegalArgumentException for a region that is none */
    public Cohort {
        regions = List.copyOf(regions);
        devices = List.copyOf(devices);
        for (String region : regions) {
            if (RegionCode.parse(region) == RegionCode.UNKNOWN) {
                throw new IllegalArgumentException(region + " (expected: a region as CN or CN-BJ)");
            }
        }
    }

    /** Whether it asks nothing. */
    public boolean isEverybody() {
        return regions.isEmpty() && devices.isEmpty() && users == null;
    }
}
