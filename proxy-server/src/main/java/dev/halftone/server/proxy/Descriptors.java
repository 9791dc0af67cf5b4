package dev.halftone.server.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.halftone.core.routing.Upstream;
import dev.halftone.server.config.Settings;
import io.netty.channel.unix.Errors.NativeIoException;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the process has file descriptors left, and what the operator is told about it. Any thread. */
final class Descriptors {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);
    /** Longer than the longest pause of an acceptor: as long as it fails, they are scarce. */
    private static final long SCARCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);
    /** Jar files, logs, the store, event loops, the admin API. */
    private static final int BESIDES = 100;

    private static final int ENFILE = 23;
    private static final int EMFILE = 24;
    private static final int MOST_CAUSES = 10;

    private final AtomicBoolean scarce = new AtomicBoolean();
    private volatile long sinceNanos;
    private volatile long lastNanos;
    private volatile int failures;

    /** Whether this failure says that the process or the machine has no file descriptors left. */
    static boolean ranOut(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
            if (cause instanceof NativeIoException io) {
                return io.expectedErr() == -EMFILE || io.expectedErr() == -ENFILE;
            }
            String message = cause.getMessage();
            if (message != null && message.contains("Too many open files")) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** How many files and sockets the process may have open; -1 if unknown. */
    static long limit() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : -1;
    }

    /** Warns if the settings allow more connections than the process may open. */
    static void warnIfTooFew(Settings settings, long limit) {
        long clients = settings.listeners().stream()
                .mapToLong(Settings.Listener::maxConnections)
                .sum();
        Set<Upstream> used = new HashSet<>();
        for (Settings.RouteSettings route : settings.routes()) {
            used.add(route.stable());
            if (route.gray() != null) {
                used.addAll(route.gray().upstreams());
            }
        }
        long upstreams = used.stream()
                .mapToLong(upstream -> upstream.pool().maxConnections())
                .sum();
        long needed = clients + upstreams + BESIDES;
        if (limit >= 0 && limit < needed) {
            LOG.warn(
                    "this process may open {} files, but {} client connections (limits.connections) and {} to upstreams"
                            + " (pool.maxConnections) need up to {}: raise the limit (ulimit -n {}, or LimitNOFILE= of the"
                            + " service), or lower those",
                    limit,
                    clients,
                    upstreams,
                    needed,
                    needed);
        }
    }

    /** Something could not be opened. The first time is logged. */
    void failed(String what, long nowNanos) {
        lastNanos = nowNanos;
        countFailure();
        if (scarce.compareAndSet(false, true)) {
            sinceNanos = nowNanos;
            LOG.error(
                    "{}: no file descriptor is left (limit {}). Open connections are served on, new ones wait, and idle ones"
                            + " are closed to make room. Raise the limit (ulimit -n, or LimitNOFILE= of the service) or lower"
                            + " limits.connections",
                    what,
                    limit());
        }
    }

    private synchronized void countFailure() {
        failures++;
    }

    /** Grows with each failure, so that a loop can tell whether there were some since it last looked. */
    int failures() {
        return failures;
    }

    boolean areScarce() {
        return scarce.get();
    }

    /** Logs the end of the shortage. */
    void sweep(long nowNanos) {
        if (scarce.get() && nowNanos - lastNanos > SCARCE_NANOS && scarce.compareAndSet(true, false)) {
            long millis = TimeUnit.NANOSECONDS.toMillis(lastNanos - sinceNanos);
            LOG.info("file descriptors are free again; they were short for {} ms", millis);
        }
    }
}
