package dev.halftone.server.proxy;

import dev.halftone.server.config.Settings;
import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** One bound listener: its settings, which a reload replaces, and its open connections. Any thread. */
final class ListenerState {
    private final AtomicInteger open = new AtomicInteger();
    private final Set<FrontendHandler> connections = ConcurrentHashMap.newKeySet();
    private final LongAdder protectedTokens = new LongAdder();
    private volatile Settings.Listener settings;
    private volatile @Nullable Channel acceptor;

    ListenerState(Settings.Listener settings) {
        this.settings = settings;
    }

    Settings.Listener settings() {
        return settings;
    }

    void settings(Settings.Listener next) {
        settings = next;
    }

    void bound(Channel channel) {
        acceptor = channel;
    }

    @Nullable
    Channel acceptor() {
        return acceptor;
    }

    /** Counts a new connection; false if there are too many and it must be closed. */
    boolean tryOpen() {
        if (open.incrementAndGet() <= settings.maxConnections()) {
            return true;
        }
        open.decrementAndGet();
        return false;
    }

    void opened(FrontendHandler handler) {
        connections.add(handler);
    }

    void closed(FrontendHandler handler) {
        connections.remove(handler);
        open.decrementAndGet();
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
}
