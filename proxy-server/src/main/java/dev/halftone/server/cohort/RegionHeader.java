package dev.halftone.server.cohort;

import dev.halftone.core.routing.RegionCode;
import dev.halftone.core.routing.Regions;
import dev.halftone.core.routing.RequestView;

/**
 * Takes the region from a header that a trusted proxy sets; from anybody else the header says nothing. Any thread.
 *
 * @param name of the header; its value is {@code CN} or {@code CN-BJ}
 */
public record RegionHeader(String name) implements Regions {
    @Override
    public long of(RequestView request) {
        CharSequence value = request.isFromTrustedProxy() ? request.header(name) : null;
        return value == null ? 0 : pack(RegionCode.parse(value));
    }

    private static long pack(int code) {
        return Regions.pack(code, RegionCode.UNKNOWN);
    }
}
