package dev.halftone.server.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** A small service that says which version it is, and can be made to fail. Any thread. */
final class DemoService implements AutoCloseable {
    private final String version;
    private final HttpServer server;
    private final ExecutorService workers;
    private final AtomicLong requests = new AtomicLong();
    private volatile boolean bad;

    private DemoService(String version, HttpServer server, ExecutorService workers) {
        this.version = version;
        this.server = server;
        this.workers = workers;
    }

    static DemoService start(String version) throws IOException {
        // Without it the built-in server holds back each small answer for 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        ExecutorService workers = Executors.newFixedThreadPool(8, work -> {
            Thread worker = new Thread(work, "demo-" + version);
            worker.setDaemon(true);
            return worker;
        });
        DemoService service = new DemoService(version, server, workers);
        server.setExecutor(workers);
        server.createContext("/", service::answer);
        server.start();
        return service;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            byte[] body = (bad ? version + ": the price service is not there\n" : version + ": hello\n")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.getResponseHeaders().set("X-Served-By", version);
            exchange.sendResponseHeaders(bad ? 500 : 200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    void turnBad() {
        bad = true;
    }

    void turnGood() {
        bad = false;
    }

    /** How many requests have reached it. */
    long requests() {
        return requests.get();
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
