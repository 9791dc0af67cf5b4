package dev.halftone.server.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import picocli.CommandLine.Command;

/**
 * Plays client commands against an answer of its own, so that Java has all of their classes loaded when it writes the archive that
 * later starts take them from (-XX:ArchiveClassesAtExit). Hidden: for scripts and packages.
 */
@Command(hidden = true, description = "Loads the classes of client commands, for an archive of them.")
final class LoadClassesCommand extends HelpOption implements Callable<Integer> {
    private static final String ROUTES = """
            [{"route": "shop", "release": "v2", "phase": "rolledBack", "ratio": 0.5, "step": 1, "reason": "why",
              "plan": {"steps": 3, "waitsFor": "time"},
              "stable": {"requests": 9, "errors": 1, "errorRate": 0.1, "users": 5, "latencyMs": {"p50": 1.5, "p99": 2.5}},
              "canary": {"requests": 9, "errors": 1, "errorRate": 0.1, "users": 5, "latencyMs": {"p50": 1.5, "p99": null}},
              "checks": [{"name": "errors", "verdict": "healthy", "why": "well"}],
              "rollback": {"since": "2026-01-01T00:00:00Z", "at": "2026-01-01T00:00:01Z", "overSeconds": 1.0,
                "harm": {"seconds": 1.0, "requests": 3}, "codes": {"2xx": 1}, "release": {"since": "2026-01-01T00:00:00Z"}}}]
            """;
    private static final String EVENTS = """
            [{"id": 1, "time": "2026-01-01T00:00:00Z", "route": "shop", "release": "v2", "actor": "system",
              "action": "start", "from": "0", "to": "1", "reason": "why", "rollback": null}]
            """;

    private final Launcher launcher;

    LoadClassesCommand(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public Integer call() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            FutureTask<Integer> answers = new FutureTask<>(() -> answer(server, ROUTES) + answer(server, EVENTS));
            Thread thread = new Thread(answers, "halftone-load-classes");
            thread.setDaemon(true);
            thread.start();
            String admin = "http://127.0.0.1:" + server.getLocalPort();
            int status = play("status", "--admin", admin, "--color", "always") | play("history", "--admin", admin);
            return status | play("version", "--json");
        }
    }

    private int play(String... command) {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return new Program(launcher, nowhere, nowhere, false).run(command);
    }

    /** One call. @return the length of the answer; if none can be given, the command that waits for it fails */
    private static int answer(ServerSocket server, String json) throws IOException {
        try (Socket client = server.accept()) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            String line = in.readLine();
            while (line != null && !line.isEmpty()) {
                line = in.readLine();
            }
            byte[] body = json.getBytes(StandardCharsets.US_ASCII);
            String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                    + body.length + "\r\n\r\n";
            OutputStream out = client.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
            return body.length;
        }
    }
}
