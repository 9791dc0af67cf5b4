package dev.halftone.server.proxy;

import dev.halftone.core.endpoint.Change;
import dev.halftone.core.endpoint.EndpointSet;
import dev.halftone.core.endpoint.EndpointState;
import dev.halftone.core.endpoint.Member;
import dev.halftone.core.endpoint.Roster;
import dev.halftone.core.endpoint.UpstreamStatus;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.Upstream.HealthCheck;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all loops share of one upstream: which endpoints serve it now, and its limits. One loop, its home, checks endpoints
 * and looks names up; the loop that sees a row of errors become too long ejects, so that no request goes there after it. All
 * others read the one reference that is published. Changes are rare and short: one lock is enough for them.
 */
final class UpstreamState {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamState.class);

    private final Upstream upstream;
    private final LoopContext home;
    private final ConnectionSlots slots;
    private final Roster roster;
    private final @Nullable HealthChecker checker;
    private final NameRefresh names;
    private volatile EndpointSet endpoints;
    private volatile boolean watched;

    UpstreamState(Upstream upstream, LoopContext home) {
        this.upstream = upstream;
        this.home = home;
        this.slots = new ConnectionSlots(upstream.pool(), home.plane().loops());
        this.roster = new Roster(
                upstream,
                upstream.endpoints().stream().map(UpstreamState::initialAddress).toList());
        HealthCheck check = upstream.healthCheck();
        this.checker = check == null ? null : new HealthChecker(this, check);
        this.names = new NameRefresh(this);
        this.endpoints = roster.snapshot();
    }

    /** A literal address as such; a name unresolved, so that whoever connects before the first look-up waits for it. */
    private static InetSocketAddress initialAddress(Endpoint endpoint) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
        if (literal == null) {
            return InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port());
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(literal), endpoint.port());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + literal.length + " bytes", e);
        }
    }

    Upstream upstream() {
        return upstream;
    }

    /** The loop that checks endpoints and looks names up. */
    LoopContext home() {
        return home;
    }

    ConnectionSlots slots() {
        return slots;
    }

    /** As they are now; the same object until something changes. Any thread. */
    EndpointSet endpoints() {
        return endpoints;
    }

    UpstreamStatus status() {
        return new UpstreamStatus(upstream, endpoints, slots.open(), slots.pending(), slots.rejected());
    }

    /** From now on endpoints are checked and names looked up. Any thread. */
    void watch() {
        watched = true;
    }

    /** Does what is due. Home loop. */
    void sweep(long nowNanos) {
        if (!watched) {
            return;
        }
        tick(nowNanos);
        names.sweep(nowNanos);
        if (checker != null) {
            checker.sweep(endpoints, nowNanos);
        }
    }

    private synchronized void tick(long nowNanos) {
        publish(roster.tick(nowNanos));
    }

    /** An endpoint's row of errors became too long: when this returns, no loop chooses it any more. Any loop. */
    synchronized void failing(Member member) {
        publish(roster.failing(member, home.plane().nowNanos()));
    }

    /** A health check ended. Home loop. */
    synchronized void checked(Member member, boolean passed, String result) {
        publish(roster.checked(member, passed, result));
    }

    /** A name was looked up. Home loop. */
    synchronized void resolved(Endpoint endpoint, List<InetSocketAddress> addresses) {
        boolean first = endpoints.entries().stream()
                .anyMatch(entry -> entry.member().endpoint().equals(endpoint)
                        && entry.member().address().isUnresolved());
        if (roster.resolved(endpoint, addresses)) {
            endpoints = roster.snapshot();
            if (!first || addresses.size() > 1) {
                LOG.info(
                        "upstream {}: {} is now {}",
                        upstream.name(),
                        endpoint.host(),
                        addresses.stream()
                                .map(address -> address.getAddress().getHostAddress())
                                .toList());
            }
        }
    }

    private void publish(List<Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        boolean panicked = endpoints.isPanic();
        EndpointSet next = roster.snapshot();
        endpoints = next;
        for (Change change : changes) {
            log(change, next);
        }
        if (next.isPanic() && !panicked) {
            LOG.warn(
                    "upstream {}: no endpoint is healthy, so all {} are used",
                    upstream.name(),
                    next.entries().size());
        }
    }

    private void log(Change change, EndpointSet now) {
        String line = "upstream {}: endpoint {} is {} ({}); {} of {} are healthy";
        Object[] values = {
            upstream.name(),
            change.member(),
            change.to().label(),
            change.why(),
            now.count(EndpointState.HEALTHY),
            now.entries().size()
        };
        if (change.to() == EndpointState.HEALTHY) {
            LOG.info(line, values);
        } else {
            LOG.warn(line, values);
        }
    }
}
