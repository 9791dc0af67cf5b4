package dev.halftone.core.endpoint;

import dev.halftone.core.routing.Upstream.Endpoint;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One address that serves an upstream. An endpoint given by a name has one for each address of the name; the same object as
 * long as the name has this address. Any thread.
 */
public final class Member {
    private final Endpoint endpoint;
    private final InetSocketAddress address;
    private final String name;
    private final @Nullable ErrorStreak streak;
    private volatile boolean known;

    Member(Endpoint endpoint, InetSocketAddress address, @Nullable ErrorStreak streak) {
        this.endpoint = endpoint;
        this.address = address;
        this.streak = streak;
        this.name = name(endpoint, address);
    }

    private static String name(Endpoint endpoint, InetSocketAddress address) {
        String configured = endpoint.toString();
        if (address.isUnresolved() || endpoint.host().indexOf(':') >= 0) {
            return configured;
        }
        String host = address.getAddress().getHostAddress();
        String resolved = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
        return configured.equals(resolved) ? configured : configured + " (" + resolved + ")";
    }

    /** As it is configured. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Unresolved as long as a name was never looked up with success. */
    public InetSocketAddress address() {
        return address;
    }

    /** Whether it is known how it is: a health check of it has ended, or nobody asks it. */
    public boolean isKnown() {
        return known;
    }

    void markKnown() {
        known = true;
    }

    /** Counts errors in a row, or null if no outliers are looked for. */
    public @Nullable ErrorStreak streak() {
        return streak;
    }

    /** Host and port as configured; of a name with the address it stands for. */
    @Override
    public String toString() {
        return name;
    }
}
