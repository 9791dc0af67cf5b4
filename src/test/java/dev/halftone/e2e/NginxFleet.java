package dev.halftone.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * Real nginx instances of one service, each with a version, and the script that gives an instance another: it stops nginx at once,
 * whatever is under way, and starts it anew, one call at a time. What is asked of the script stands in the file {@code calls}.
 */
final class NginxFleet implements AutoCloseable {
    private static final String SCRIPT = """
            #!/bin/sh
            # %s: gives the instance in HALFTONE_INSTANCE the version $1
            set -e
            cd "%s"
            port=${HALFTONE_INSTANCE##*:}
            echo "$HALFTONE_HOOK $port $HALFTONE_RELEASE $HALFTONE_STEP" >> calls
            test ! -e "fail-$HALFTONE_HOOK" || { echo no; exit 1; }
            test ! -e "wait-$HALFTONE_HOOK" || { echo not yet; exit 75; }
            while test -e "hang-$HALFTONE_HOOK"; do sleep 0.1; done
            exec 9> $port/lock
            flock 9 # a call of a proxy that was killed may still run, and must not stop what was put back meanwhile
            ! { test -e $port/nginx.pid && grep -q "return 200 \\"$1\\"" $port/nginx.conf; } || exit 0
            test ! -e $port/nginx.pid || kill -TERM $(cat $port/nginx.pid)
            while test -e $port/nginx.pid; do sleep 0.05; done
            %s $port $1 9>&-
            """;
    private static final String START = """
            #!/bin/sh
            cd "%s"
            sed -e "s/@VERSION@/$2/" -e "s/@STATUS@/$(test "$2" = bad && echo 500 || echo 200)/" $1/template > $1/nginx.conf
            exec %s -p "%s/$1" -c "%s/$1/nginx.conf"
            """;

    private final Path folder;
    private final List<Integer> ports = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    /** @param parent holds the folder of the instances, and the proxy's file */
    NginxFleet(Path parent, int count, String version) throws IOException, InterruptedException {
        folder = Files.createDirectory(parent.resolve("fleet"));
        String nginx = Files.exists(Path.of("/usr/sbin/nginx")) ? "/usr/sbin/nginx" : "nginx";
        executable("start.sh", START.formatted(folder, nginx, folder, folder));
        executable("version.sh", SCRIPT.formatted("version.sh", folder, folder.resolve("start.sh")));
        for (int i = 0; i < count; i++) {
            int port = Nginx.freePort();
            ports.add(port);
            Path own = Files.createDirectory(folder.resolve(Integer.toString(port)));
            Files.writeString(own.resolve("big"), "0123456789".repeat(600));
            Files.writeString(own.resolve("well"), "well");
            Files.writeString(own.resolve("template"), conf(own, port));
            start(i, version);
        }
    }

    /** Starts an instance that does not run. */
    void start(int instance, String version) throws IOException, InterruptedException {
        int port = ports.get(instance);
        Path out = own(instance).resolve("out.log");
        int status = new ProcessBuilder(folder.resolve("start.sh").toString(), Integer.toString(port), version)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("nginx: " + Files.readString(out));
        }
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Nginx.isListening(port));
    }

    /** Ends an instance; returns when nobody listens any more. */
    void stop(int instance) throws IOException {
        Path pid = own(instance).resolve("nginx.pid");
        if (Files.exists(pid)) {
            ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(ProcessHandle::destroy);
        }
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !Nginx.isListening(ports.get(instance)));
    }

    /** Whether an instance answers {@code /well} with 200, or with 404. */
    void well(int instance, boolean well) throws IOException {
        Path file = own(instance).resolve("well");
        if (well) {
            Files.writeString(file, "well");
        } else {
            Files.delete(file);
        }
    }

    private Path own(int instance) {
        return folder.resolve(Integer.toString(ports.get(instance)));
    }

    private void executable(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String conf(Path own, int port) {
        return """
                user root root; pid %s/nginx.pid; error_log %s/error.log warn; worker_processes 1;
                events { worker_connections 1024; }
                http {
                  access_log off; client_body_temp_path %s/b; proxy_temp_path %s/p;
                  fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s;
                  keepalive_requests 1000000;
                  server {
                    listen 127.0.0.1:%d backlog=1024;
                    location / { return @STATUS@ "@VERSION@ $http_x_halftone_version"; }
                    location = /version { return 200 "@VERSION@"; }
                    location = /big { root %s; limit_rate 2k; }
                    location = /long { alias %s/big; limit_rate 200; }
                    location = /well { root %s; }
                  }
                }
                """.formatted(own, own, own, own, own, own, own, port, own, own, own);
    }

    List<Integer> ports() {
        return ports;
    }

    /** As it stands in the file of the proxy. */
    String endpoints() {
        List<String> endpoints = ports.stream()
                .map(port -> "{address: \"127.0.0.1:" + port + "\"}")
                .toList();
        return "[" + String.join(", ", endpoints) + "]";
    }

    /** The script, with the version that it gives. */
    String command(String version) {
        return "[fleet/version.sh, " + version + "]";
    }

    /** The version that each instance has, in their order. */
    List<String> versions() throws IOException, InterruptedException {
        List<String> versions = new ArrayList<>();
        for (int port : ports) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/version"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            versions.add(
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }
        return versions;
    }

    /** What was asked of the script, without the parts of the line behind the port. */
    List<String> calls() throws IOException {
        Path calls = folder.resolve("calls");
        return !Files.exists(calls)
                ? List.of()
                : Files.readAllLines(calls).stream()
                        .map(line -> line.split(" ", -1)[0] + " " + line.split(" ", -1)[1])
                        .toList();
    }

    /** Makes the script {@code fail}, {@code wait} or {@code hang} when it is called for this. */
    void spoil(String how, String hook) throws IOException {
        Files.writeString(folder.resolve(how + "-" + hook), "");
    }

    void mend(String how, String hook) throws IOException {
        Files.delete(folder.resolve(how + "-" + hook));
    }

    @Override
    public void close() throws IOException {
        for (int i = 0; i < ports.size(); i++) {
            stop(i);
        }
    }
}
