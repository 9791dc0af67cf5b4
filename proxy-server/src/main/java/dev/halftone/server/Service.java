package dev.halftone.server;

import dev.halftone.server.cli.CommandFailure;
import dev.halftone.server.cohort.FileStamp;
import dev.halftone.server.cohort.SourceFiles;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.ConfigLoader.Result;
import dev.halftone.server.config.Problem;
import dev.halftone.server.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command {@code serve}: one proxy from start to stop. The thread that runs it waits for signals and looks once a second
 * whether the file or a list, key or database that it names has changed; it alone starts, reloads and stops.
 */
final class Service {
    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    private enum Wish {
        RELOAD,
        STOP
    }

    private final Path config;
    private final Duration drainTimeout;
    private final PrintWriter out;
    private final BlockingQueue<Wish> wishes = new LinkedBlockingQueue<>();
    private final SourceFiles files = new SourceFiles();
    private final ServiceNotice notice = new ServiceNotice(System.getenv("NOTIFY_SOCKET"));
    private byte[] seen = new byte[0];
    private @org.jspecify.annotations.Nullable FileStamp seenStamp;

    Service(Path config, Duration drainTimeout, PrintWriter out) {
        this.config = config;
        this.drainTimeout = drainTimeout;
        this.out = out;
    }

    int run() throws CommandFailure, IOException {
        seen = content();
        Result result = ConfigLoader.load(config, files);
        if (result instanceof Result.Rejected rejected) {
            throw CommandFailure.invalidFile(
                    rejected.problems().stream().map(Problem::toString).toList());
        }
        Result.Loaded loaded = (Result.Loaded) result;
        warn(loaded.warnings());
        try (RunningProxy proxy = RunningProxy.start(loaded.settings())) {
            Signals.onHangUp(() -> wishes.add(Wish.RELOAD));
            Signals.onTerminate(() -> wishes.add(Wish.STOP));
            out.println(readyLine(loaded.settings(), proxy));
            out.flush();
            notice.ready();
            serve(loaded.settings(), proxy);
            notice.stopping();
            LOG.info("stopping: no new connections; up to {} s for what is under way", drainTimeout.toSeconds());
            proxy.drain(drainTimeout);
        }
        LOG.info("stopped");
        return 0;
    }

    private String readyLine(Settings settings, RunningProxy proxy) {
        List<String> parts = new ArrayList<>();
        List<InetSocketAddress> addresses = proxy.webAddresses();
        for (int i = 0; i < addresses.size(); i++) {
            parts.add(settings.listeners().get(i).name() + " " + url(addresses.get(i)));
        }
        parts.add("admin " + url(proxy.adminAddress()));
        return "halftone ready: " + String.join(", ", parts) + " (pid "
                + ProcessHandle.current().pid() + ", config " + config + ")";
    }

    private static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private void serve(Settings first, RunningProxy proxy) {
        Settings running = first;
        boolean stop = false;
        while (!stop) {
            Wish wish = nextWish();
            stop = wish == Wish.STOP;
            if (wish == Wish.RELOAD || (wish == null && (hasChanged() || files.haveChanged()))) {
                notice.reloading(System.nanoTime());
                running = reload(running, proxy);
                notice.ready();
            }
        }
    }

    /** What a signal asked for, or null after a second without one. */
    private @org.jspecify.annotations.Nullable Wish nextWish() {
        try {
            return wishes.poll(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return Wish.STOP;
        }
    }

    /** Looks into the file only if it does not look as it did, or has only just been written. */
    private boolean hasChanged() {
        FileStamp stamp = FileStamp.of(config);
        if (stamp.equals(seenStamp) && stamp.isSettled(System.currentTimeMillis())) {
            return false;
        }
        seenStamp = stamp;
        byte[] now = content();
        return now.length > 0 && !Arrays.equals(now, seen);
    }

    /** Empty if it cannot be read: a file that is being replaced is looked at again a second later. */
    private byte[] content() {
        try {
            return Files.readAllBytes(config);
        } catch (IOException e) {
            LOG.debug("{} cannot be read now: {}", config, e.getMessage());
            return new byte[0];
        }
    }

    private Settings reload(Settings running, RunningProxy proxy) {
        seen = content();
        Result result = ConfigLoader.load(config, files);
        if (result instanceof Result.Rejected rejected) {
            rejected.problems().forEach(problem -> LOG.error("{}", problem));
            LOG.error("{} is refused whole; the running configuration stays", config);
            proxy.reloadRejected();
            return running;
        }
        Result.Loaded loaded = (Result.Loaded) result;
        warn(loaded.warnings());
        Settings next = loaded.settings();
        boolean needsRestart = !next.admin().equals(running.admin())
                || !next.state().equals(running.state())
                || next.eventLoops() != running.eventLoops();
        if (needsRestart) {
            LOG.warn("a change of admin, state or eventLoops takes effect at the next start only");
        }
        try {
            proxy.reload(next);
            LOG.info("{} reloaded", config);
            return next;
        } catch (IOException e) {
            LOG.error("{} is refused whole: {}; the running configuration stays", config, e.getMessage());
            proxy.reloadRejected();
            return running;
        }
    }

    private static void warn(List<Problem> warnings) {
        warnings.forEach(warning -> LOG.warn("{}", warning));
    }
}
