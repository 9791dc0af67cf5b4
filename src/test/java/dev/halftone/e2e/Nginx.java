package dev.halftone.e2e;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** A real nginx that answers by itself. */
final class Nginx implements AutoCloseable {
    private final Process process;
    private final Path folder;
    private final String address;
    private final int port;
    private final String http;

    private Nginx(Process process, Path folder, String address, int port, String http) {
        this.process = process;
        this.folder = folder;
        this.address = address;
        this.port = port;
        this.http = http;
    }

    static int freePort() throws IOException {
        return Ports.free();
    }

    private static String conf(Path folder, String address, int port, String http, String server) {
        return """
                daemon off; pid %s/nginx.pid; error_log %s/error.log warn; worker_processes 1;
                events { worker_connections 4096; }
                http {
                  access_log %s/access.log; client_body_temp_path %s/b; proxy_temp_path %s/p;
                  fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s;
                  keepalive_requests 1000000; client_max_body_size 0; %s
                  server { listen %s:%d backlog=4096; %s }
                }
                """.formatted(
                        folder, folder, folder, folder, folder, folder, folder, folder, http, address, port, server);
    }

    /** @param server what stands in nginx's server block */
    static Nginx start(Path parent, String server) throws IOException {
        return start(parent, "127.0.0.1", freePort(), server);
    }

    /** @param address a loopback address */
    static Nginx start(Path parent, String address, int port, String server) throws IOException {
        return start(parent, address, port, "", server);
    }

    /** @param http what stands beside the server block */
    static Nginx start(Path parent, String address, int port, String http, String server) throws IOException {
        Path folder = Files.createTempDirectory(parent, "nginx");
        Files.writeString(folder.resolve("nginx.conf"), conf(folder, address, port, http, server));
        Path program = Files.exists(Path.of("/usr/sbin/nginx")) ? Path.of("/usr/sbin/nginx") : Path.of("nginx");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "-p",
                        folder.toString(),
                        "-c",
                        folder.resolve("nginx.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out.log").toFile())
                .start();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> isListening(address, port));
        return new Nginx(process, folder, address, port, http);
    }

    static boolean isListening(int port) {
        return isListening("127.0.0.1", port);
    }

    private static boolean isListening(String address, int port) {
        try (Socket probe = new Socket(address, port)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    /** Serves by another server block from now on. */
    void become(String server) throws IOException, InterruptedException {
        Files.writeString(folder.resolve("nginx.conf"), conf(folder, address, port, http, server));
        new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
    }

    /** Ends at once; returns when nobody listens any more. The master goes first, lest it start another worker. */
    void die() throws InterruptedException {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> process.children().findAny().isPresent());
        List<ProcessHandle> workers = process.children().toList();
        process.destroyForcibly().waitFor();
        workers.forEach(ProcessHandle::destroyForcibly);
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !isListening(address, port));
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
