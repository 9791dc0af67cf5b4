package dev.halftone.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;

/** What the commands start but do not know: the running proxy. Implemented by the wiring, so that client commands load none of it. */
public interface Launcher {
    /**
     * Runs the proxy until it is told to stop.
     *
     * @param out gets one line when the proxy is ready
     * @param drainTimeout how long exchanges under way may take after the signal to stop
     * @return the exit status
     * @throws CommandFailure if the configuration is not valid
     * @throws IOException in one line, if it could not start; nothing is left open then
     */
    int serve(Path config, Duration drainTimeout, PrintWriter out) throws CommandFailure, IOException;

    /**
     * Plays the main job on built-in services.
     *
     * @return 0 if the rollback came and every number was right, else 1
     */
    int demo(DemoOptions options, PrintWriter out) throws CommandFailure, IOException;

    /**
     * @param once to the story's end, instead of until Ctrl-C
     * @param port of the web listener; 0: any free one; -1: the usual one if it is free
     * @param showConfig whether the configuration is printed
     */
    record DemoOptions(boolean once, int port, boolean showConfig) {}
}
