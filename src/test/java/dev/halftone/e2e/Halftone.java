package dev.halftone.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged program as a process, and its admin API. */
final class Halftone implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern READY = Pattern.compile(
            "halftone ready: web http://127\\.0\\.0\\.1:(\\d+), admin http://127\\.0\\.0\\.1:(\\d+) .*");

    private final Process process;
    private final Path errors;
    private final int webPort;
    private final int adminPort;
    private final HttpClient client = HttpClient.newHttpClient();

    private Halftone(Process process, Path errors, int webPort, int adminPort) {
        this.process = process;
        this.errors = errors;
        this.webPort = webPort;
        this.adminPort = adminPort;
    }

    /** What ended by itself. */
    record Ended(int status, String out, String err) {}

    /** With a compiler that is soon done, where the build says so: most of these processes live for seconds, and starting is their work. */
    static List<String> command(String... args) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty(
                "halftone.java", ProcessHandle.current().info().command().orElse("java")));
        if (!List.of("simulate", "backtest", "demo").contains(args.length == 0 ? "" : args[0])) {
            command.add("-XX:TieredStopAtLevel=" + Integer.getInteger("halftone.compiler", 4));
        }
        command.add("-jar");
        command.add(System.getProperty("halftone.jar", "target/halftone.jar"));
        command.addAll(List.of(args));
        return command;
    }

    /** Runs a command to its end. */
    static Ended run(Path folder, String... args) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        Process process = new ProcessBuilder(command(args))
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", args) + " did not end");
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Starts {@code serve} with the file halftone.yaml of this folder and waits until it is ready. */
    static Halftone serve(Path folder, String yaml, String... jvmFlags) throws IOException {
        Files.writeString(folder.resolve("halftone.yaml"), yaml);
        return start(folder, jvmFlags);
    }

    static Halftone start(Path folder, String... jvmFlags) throws IOException {
        List<String> command = command("serve", "-c", "halftone.yaml");
        command.addAll(command.indexOf("-jar"), List.of(jvmFlags));
        return start(folder, command);
    }

    /** As {@link #serve}, allowed so many open files. */
    static Halftone serveWithFiles(int most, Path folder, String yaml) throws IOException {
        Files.writeString(folder.resolve("halftone.yaml"), yaml);
        List<String> command = command("serve", "-c", "halftone.yaml");
        command.addAll(0, List.of("bash", "-c", "ulimit -n " + most + "; exec \"$@\"", "bash"));
        return start(folder, command);
    }

    private static Halftone start(Path folder, List<String> command) throws IOException {
        Path errors = folder.resolve("stderr.log");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        Matcher ready = READY.matcher(String.valueOf(line));
        if (!ready.matches()) {
            process.destroyForcibly();
            throw new IOException("not ready: " + line + "\n" + Files.readString(errors));
        }
        return new Halftone(process, errors, Integer.parseInt(ready.group(1)), Integer.parseInt(ready.group(2)));
    }

    int web() {
        return webPort;
    }

    int admin() {
        return adminPort;
    }

    long pid() {
        return process.pid();
    }

    String log() throws IOException {
        return Files.readString(errors);
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** As a power cut would. */
    void kill9() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    int exitStatus(long seconds) throws InterruptedException {
        return process.waitFor(seconds, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }

    HttpResponse<String> call(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return JSON.readTree(call("GET", path, "").body());
    }

    JsonNode route() throws IOException, InterruptedException {
        return get("/api/v1/routes/shop");
    }

    void ratio(String ratio) throws IOException, InterruptedException {
        HttpResponse<String> response = call("PUT", "/api/v1/routes/shop/ratio", "{\"ratio\": " + ratio + "}");
        if (response.statusCode() != 200) {
            throw new IOException(response.body());
        }
    }

    String metrics() throws IOException, InterruptedException {
        return call("GET", "/metrics", "").body();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    static String yaml(int stable, int canary, int ratio) {
        return yaml(stable, canary, ratio, "", "");
    }

    /** The ten lines of the README, on ports of this test; and what a test adds to the listener and to the route. */
    static String yaml(int stable, int canary, int ratio, String listener, String route) {
        return """
                version: 1
                admin: {address: "127.0.0.1:0"}
                listeners:
                  - {name: web, address: "127.0.0.1:0"%s}
                upstreams:
                  - {name: shop-v1, endpoints: [{address: "127.0.0.1:%d"}], timeouts: {response: 2s}}
                  - {name: shop-v2, endpoints: [{address: "127.0.0.1:%d"}], timeouts: {response: 2s}}
                routes:
                  - name: shop
                    stable: shop-v1
                %s    canary:
                      upstream: shop-v2
                      release: v2
                      userKey: [{cookie: user_id}, {header: X-User-Id}]
                      ratio: %d
                """.formatted(listener, stable, canary, route, ratio);
    }
}
