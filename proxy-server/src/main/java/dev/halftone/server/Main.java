package dev.halftone.server;

import dev.halftone.server.cli.Program;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Where the program starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // Sampling buffers for leaks costs 2 % of a small request; the tests switch it on.
        if (System.getProperty("io.netty.leakDetection.level") == null) {
            System.setProperty("io.netty.leakDetection.level", "disabled");
        }
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        boolean debug = System.getenv().getOrDefault("HALFTONE_DEBUG", "").equals("1");
        System.exit(new Program(new ProductLauncher(), out, err, debug).run(args));
    }
}
