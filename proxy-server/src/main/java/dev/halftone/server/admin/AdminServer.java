package dev.halftone.server.admin;

import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.server.config.Settings;
import dev.halftone.server.control.ControlLoop;
import dev.halftone.server.store.StateStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** The admin API. Methods may be called from any thread. */
public final class AdminServer implements AutoCloseable {
    /**
     * @param metrics the metrics page for an Accept header
     * @param ready whether the proxy takes new requests (false while it drains)
     * @throws IOException with the address and the cause, in one line
     */
    public static AdminServer start(
            Settings.Admin settings,
            ControlLoop control,
            ActiveRouting routing,
            StateStore store,
            Function<String, Page> metrics,
            BooleanSupplier ready)
            throws IOException {
        throw new UnsupportedOperationException(settings.toString() + store + metrics + ready);
    }

    /** A body and its media type. */
    public record Page(String contentType, String body) {}

    public InetSocketAddress address() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
