package dev.halftone.server.cohort;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.Reader;
import dev.halftone.core.routing.RegionCode;
import dev.halftone.core.routing.Regions;
import dev.halftone.core.routing.RequestView;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks a client's address up in a file of MaxMind's format, as GeoLite2 Country and City are. The file is held in memory, so
 * that it can be replaced on disk at any time; the answers for the addresses that came last are kept. Any thread.
 */
public final class RegionDatabase implements Regions {
    private static final Logger LOG = LoggerFactory.getLogger(RegionDatabase.class);
    private static final int SLOTS = 1 << 13;

    private final Reader reader;
    private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(SLOTS);
    private final AtomicBoolean failed = new AtomicBoolean();

    /** One slot's answer: immutable, so that a race costs at most a look-up. */
    private record Known(InetAddress address, long region) {}

    private RegionDatabase(Reader reader) {
        this.reader = reader;
    }

    /** @throws IOException in one line, if the file cannot be read or is no such database */
    public static RegionDatabase open(Path file) throws IOException {
        try {
            return new RegionDatabase(new Reader(file.toFile(), Reader.FileMode.MEMORY));
        } catch (InvalidDatabaseException e) {
            throw new IOException("is no MaxMind DB file", e);
        }
    }

    @Override
    public long of(RequestView request) {
        InetAddress address = request.clientAddress();
        int hash = address.hashCode() * 0x9E3779B9;
        int slot = (hash ^ hash >>> 15) & (SLOTS - 1);
        Known before = known.get(slot);
        if (before != null && before.address.equals(address)) {
            return before.region;
        }
        long region = lookUp(address);
        known.set(slot, new Known(address, region));
        return region;
    }

    private long lookUp(InetAddress address) {
        try {
            Map<?, ?> entry = reader.get(address, Map.class);
            return entry == null ? 0 : region(entry);
        } catch (IOException e) {
            if (!failed.getAndSet(true)) {
                LOG.error("the regions' database has broken entries; they count as unknown: {}", e.getMessage());
            }
            return 0;
        }
    }

    private static long region(Map<?, ?> entry) {
        String country = isoCode(entry.get("country"));
        if (country == null) {
            return 0;
        }
        int first = RegionCode.parse(country);
        int second = RegionCode.UNKNOWN;
        if (entry.get("subdivisions") instanceof List<?> subdivisions && !subdivisions.isEmpty()) {
            int within = subdivision(country, subdivisions.get(0));
            first = within == RegionCode.UNKNOWN ? first : within;
            second = subdivisions.size() > 1 ? subdivision(country, subdivisions.get(1)) : second;
        }
        return Regions.pack(first, second);
    }

    private static int subdivision(String country, @Nullable Object described) {
        String code = isoCode(described);
        return code == null ? RegionCode.UNKNOWN : RegionCode.parse(country + "-" + code);
    }

    private static @Nullable String isoCode(@Nullable Object described) {
        return described instanceof Map<?, ?> map && map.get("iso_code") instanceof String code ? code : null;
    }
}
