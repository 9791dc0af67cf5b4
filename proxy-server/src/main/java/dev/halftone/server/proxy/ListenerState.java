package dev.halftone.server.proxy;

import dev.halftone.server.config.Settings;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One bound listener: its settings, which a reload replaces, and its open connections. Any thread. */
final class ListenerState {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerState.class);

    private final DataPlane plane;
    private final AtomicInteger open = new AtomicInteger();
    private final ClientCounts clients = new ClientCounts();
    private final Set<FrontendHandler> connections = ConcurrentHashMap.newKeySet();
    private final LongAdder protectedTokens = new LongAdder();
    private final Map<Refusal, LogLimit> logLimits = new EnumMap<>(Refusal.class);
    private volatile Settings.Listener settings;
    private volatile boolean retired;

    ListenerState(Settings.Listener settings, DataPlane plane) {
        this.settings = settings;
        this.plane = plane;
        for (Refusal refusal : Refusal.values()) {
            logLimits.put(refusal, new LogLimit(plane.nowNanos()));
            plane.countRefused(settings.name(), refusal, 0);
        }
    }

    Settings.Listener settings() {
        return settings;
    }

    void settings(Settings.Listener next) {
        settings = next;
    }

    /** Counts a new connection, or says why it must be closed. */
    @Nullable
    Refusal tryOpen(InetAddress client) {
        Settings.Listener present = settings;
        if (open.incrementAndGet() > present.maxConnections()) {
            open.decrementAndGet();
            return Refusal.LIMIT;
        }
        int ofClient = clients.add(client);
        int limit = present.maxConnectionsPerClient();
        if (limit >= 0 && ofClient > limit && !ClientAddress.isTrusted(client, present.trustedProxies())) {
            closed(client);
            return Refusal.PER_CLIENT;
        }
        return null;
    }

    /** A counted connection is gone. */
    void closed(InetAddress client) {
        clients.remove(client);
        open.decrementAndGet();
    }

    /** Counts a refusal and logs it, if there was no line about the like in the last seconds. */
    void refused(Refusal why, InetAddress client) {
        plane.countRefused(settings.name(), why, 1);
        LogLimit limit = logLimits.get(why);
        long count = limit == null ? 1 : limit.pass(1, plane.nowNanos());
        if (count > 0) {
            String key = why == Refusal.LIMIT ? "limits.connections" : "limits.connectionsPerClient";
            int most = why == Refusal.LIMIT ? settings.maxConnections() : settings.maxConnectionsPerClient();
            LOG.warn(
                    "listener {}: {} connections refused, the last from {}: {} is {}",
                    settings.name(),
                    count,
                    client.getHostAddress(),
                    key,
                    most);
        }
    }

    /** A connection could not be accepted and waits. */
    void countOutOfDescriptors() {
        plane.countRefused(settings.name(), Refusal.FILE_DESCRIPTORS, 1);
        plane.descriptors().failed("listener " + settings.name(), plane.nowNanos());
    }

    /** How many connections too many are open for new ones to find room: a twentieth of the limit is kept free. */
    int excess() {
        int most = settings.maxConnections();
        return open.get() - Math.min(most - most / 20, most - 1);
    }

    void opened(FrontendHandler handler) {
        connections.add(handler);
    }

    void closed(FrontendHandler handler) {
        connections.remove(handler);
    }

    int openCount() {
        return open.get();
    }

    /** Counts fields that a Connection field named in vain. */
    void countProtectedTokens(int tokens) {
        protectedTokens.add(tokens);
    }

    long protectedTokens() {
        return protectedTokens.sum();
    }

    Set<FrontendHandler> connections() {
        return connections;
    }

    /** A reload took it away: its connections end with the request under way. */
    boolean isRetired() {
        return retired;
    }

    void retire() {
        retired = true;
    }
}
