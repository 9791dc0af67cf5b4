package dev.halftone.server;

import dev.halftone.server.cli.CommandFailure;
import dev.halftone.server.cli.Launcher;
import dev.halftone.server.demo.Demo;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;

/** What the commands {@code serve} and {@code demo} start. */
final class ProductLauncher implements Launcher {
    @Override
    public int serve(Path config, Duration drainTimeout, PrintWriter out) throws CommandFailure, IOException {
        return new Service(config, drainTimeout, out).run();
    }

    @Override
    public int demo(DemoOptions options, PrintWriter out) throws CommandFailure, IOException {
        // Before the first logger is made: the story is told on standard output, without the log between its lines.
        if (System.getenv("HALFTONE_LOG_LEVEL") == null) {
            System.setProperty("HALFTONE_LOG_LEVEL", "ERROR");
        }
        return Demo.play(options, out, settings -> {
            RunningProxy proxy = RunningProxy.start(settings);
            return new Demo.Proxy(proxy.webAddresses().get(0), proxy.adminAddress(), proxy::close);
        });
    }
}
