package dev.halftone.server.proxy;

import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.config.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The data plane: listeners, event loops, exchanges. Methods may be called from any thread. */
public final class ProxyServer implements AutoCloseable {
    /** Counted failures of an upstream; cause is one of a fixed set as {@code connectRefused}, {@code responseTimeout}. */
    public record UpstreamError(String upstream, String cause) {}

    /**
     * Binds all listeners, or none.
     *
     * @throws IOException with the listener, its address and the cause, in one line
     */
    public static ProxyServer start(Settings settings, ActiveRouting routing, OutcomeWindow window) throws IOException {
        throw new UnsupportedOperationException(settings.toString());
    }

    /**
     * Takes over what may change while running: listeners that came or went, limits, times, the access log. Nothing changes
     * if a new listener cannot be bound. Exchanges under way go on.
     *
     * @throws IOException as {@link #start}
     */
    public void reload(Settings settings) throws IOException {
        throw new UnsupportedOperationException(settings.toString());
    }

    /**
     * Stops accepting, finishes what is under way, then closes what is left.
     *
     * @return done when the last exchange has ended or the time is up
     */
    public CompletableFuture<Void> drain(Duration atMost) {
        throw new UnsupportedOperationException(atMost.toString());
    }

    /** Where each listener is bound, in the order of the settings; tells the port where 0 was asked for. */
    public List<java.net.InetSocketAddress> addresses() {
        throw new UnsupportedOperationException();
    }

    public Map<UpstreamError, Long> upstreamErrors() {
        throw new UnsupportedOperationException();
    }

    /** Open client connections by listener name. */
    public Map<String, Integer> connections() {
        throw new UnsupportedOperationException();
    }

    /** Closes everything at once. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
