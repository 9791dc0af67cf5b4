package dev.halftone.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An upstream that plays what a test wrote for a path, and notes every byte it saw. Other paths are answered by an echo. */
final class Stage implements AutoCloseable {
    private final Map<String, Scene> scenes = new ConcurrentHashMap<>();
    private final List<Visit> visits = new CopyOnWriteArrayList<>();
    private final Map<Integer, String> ends = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final Scripted server;

    interface Scene {
        void play(Visit visit) throws Exception;
    }

    Stage() throws IOException {
        server = new Scripted(this::serve);
    }

    int port() {
        return server.port();
    }

    void on(String path, Scene scene) {
        scenes.put(path, scene);
    }

    /** All bytes that came in so far. */
    long bytes() {
        return bytes.get();
    }

    /** The requests for this path so far. */
    List<Visit> visits(String path) {
        return visits.stream().filter(visit -> visit.path().equals(path)).toList();
    }

    /** All requests so far. */
    List<Visit> visits() {
        return visits;
    }

    /** How a connection ended: {@code closed}, {@code reset}, or {@code open} while it has not. */
    String end(int connection) {
        return ends.getOrDefault(connection, "open");
    }

    private void serve(Socket socket) throws Exception {
        int connection = connections.incrementAndGet();
        try {
            while (!socket.isClosed()) {
                String head = readThrough(socket, "\r\n\r\n");
                Visit visit = new Visit(connection, socket, head);
                visits.add(visit);
                scenes.getOrDefault(visit.path(), Visit::echo).play(visit);
            }
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            ends.put(connection, why.contains("reset") || why.contains("Broken pipe") ? "reset" : "closed");
        } finally {
            ends.putIfAbsent(connection, "closed");
        }
    }

    private String readThrough(Socket socket, String end) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        String text = "";
        while (!text.endsWith(end)) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("closed");
            }
            bytes.incrementAndGet();
            read.write(next);
            text = next == '\n' ? read.toString(StandardCharsets.ISO_8859_1) : text;
        }
        return text;
    }

    /** One request, and the connection that it came on. */
    final class Visit {
        private final int connection;
        private final Socket socket;
        private final String head;

        Visit(int connection, Socket socket, String head) {
            this.connection = connection;
            this.socket = socket;
            this.head = head;
        }

        int connection() {
            return connection;
        }

        String head() {
            return head;
        }

        Socket socket() {
            return socket;
        }

        /** The target without its query. */
        String path() {
            return head.split(" ", -1)[1].split("\\?", -1)[0];
        }

        Visit write(String text) throws IOException {
            Scripted.write(socket, text);
            return this;
        }

        /** The body as it stands on the wire. */
        String body() throws IOException {
            String fields = head.toLowerCase(Locale.ROOT);
            if (fields.contains("\r\ntransfer-encoding: chunked\r\n")) {
                String body = readThrough(socket, "\r\n");
                while (!body.endsWith("\r\n0\r\n\r\n") && !body.equals("0\r\n\r\n")) {
                    body += readThrough(socket, "\r\n");
                }
                return body;
            }
            int at = fields.indexOf("\r\ncontent-length: ");
            int length = at < 0 ? 0 : Integer.parseInt(fields.substring(at + 18, fields.indexOf('\r', at + 2)));
            InputStream in = socket.getInputStream();
            byte[] body = in.readNBytes(length);
            bytes.addAndGet(body.length);
            if (body.length < length) {
                throw new IOException("closed");
            }
            return new String(body, StandardCharsets.ISO_8859_1);
        }

        /** Answers with what was seen. */
        void echo() throws IOException {
            answer(head + body());
        }

        void answer(String body) throws IOException {
            write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }

        /** Ends the connection as a process that dies does. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
