package dev.halftone.server;

import dev.halftone.server.cli.Program;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Where the program starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        boolean debug = System.getenv().getOrDefault("HALFTONE_DEBUG", "").equals("1");
        System.exit(new Program(new ProductLauncher(), out, err, debug).run(args));
    }
}
