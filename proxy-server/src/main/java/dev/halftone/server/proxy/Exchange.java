package dev.halftone.server.proxy;

import dev.halftone.core.Outcome;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.http1.ResponseHead;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: from its head until its outcome is counted, exactly once. Joins a client's connection and an
 * upstream's, both on the same event loop, which alone runs this. One object serves all requests of a client's connection, one
 * after another.
 */
final class Exchange {
    /** A healthy upstream sends one or two interim answers; more than this many is a fault (HTTP.md). */
    private static final int MAX_INTERIM = 16;

    private final LoopContext context;
    private final FrontendHandler client;
    private final RequestHead head;
    private final RequestId requestId;
    private final Queue<ByteBuf> unsent = new ArrayDeque<>(0);
    private @Nullable Choice choice;
    private @Nullable BackendHandler backend;
    private long startNanos;
    private long ticket;
    private long startMillis;
    private int number;
    private boolean requestEnded;
    private boolean responseStarted;
    private boolean retried;
    private boolean finished;
    private int interim;
    private int status;
    private long reported;
    private long requestBytes;
    private long responseBytes;
    private String endpoint = "";

    Exchange(LoopContext context, FrontendHandler client, RequestHead head, RequestId requestId) {
        this.context = context;
        this.client = client;
        this.head = head;
        this.requestId = requestId;
    }

    /** Begins with the request that the head now holds; the one before must be finished. */
    void open(Choice chosen, boolean wholeRequest) {
        number++;
        choice = chosen;
        startNanos = context.nowNanos();
        ticket = context.shard().admit(chosen, context.user(), startNanos);
        startMillis = context.accessLines().isOn() ? System.currentTimeMillis() : 0;
        requestEnded = wholeRequest;
        responseStarted = false;
        retried = false;
        finished = false;
        interim = 0;
        status = 0;
        reported = ReportHeader.NOTHING;
        requestBytes = 0;
        responseBytes = 0;
        endpoint = "";
    }

    /** Which of the connection's requests this is now. */
    int number() {
        return number;
    }

    RequestHead head() {
        return head;
    }

    Choice choice() {
        Choice present = choice;
        if (present == null) {
            throw new IllegalStateException("no request is under way");
        }
        return present;
    }

    RequestId requestId() {
        return requestId;
    }

    FrontendHandler client() {
        return client;
    }

    boolean isFinished() {
        return finished;
    }

    boolean requestEnded() {
        return requestEnded;
    }

    /** Bytes of the request's body so far. */
    long requestBytes() {
        return requestBytes;
    }

    boolean awaitsBody() {
        return backend != null && !requestEnded && !awaitsContinue();
    }

    boolean isConnected() {
        return backend != null;
    }

    void start() {
        context.pool(choice().upstream()).acquire(this, false);
    }

    /** Whether the client may be waiting for leave to send its body. */
    boolean awaitsContinue() {
        return !requestEnded && interim == 0 && requestBytes == 0 && head.first(FieldKind.EXPECT) >= 0;
    }

    /** A connection is ours: the head goes out, and what came of the body meanwhile. */
    void connected(BackendHandler handler) {
        if (finished) {
            handler.releaseUnused();
            return;
        }
        backend = handler;
        endpoint = handler.target().name();
        handler.begin(this);
        ByteBuf content = unsent.poll();
        while (content != null && backend == handler) {
            handler.write(content);
            content = unsent.poll();
        }
        if (content != null) {
            content.release();
        }
        if (backend == handler) {
            handler.flush();
            client.upstreamReady();
        }
    }

    /**
     * The next part of the request's body; ownership passes.
     *
     * @param data how many of these bytes count against the limit of a body
     */
    void requestContent(ByteBuf content, long data, boolean last) {
        if (finished) {
            content.release();
            return;
        }
        requestBytes += data;
        requestEnded |= last;
        long limit = client.maxBodyBytes();
        if (limit >= 0 && requestBytes > limit) {
            content.release();
            fail(ProxyError.of(Kind.BODY_TOO_LARGE));
            return;
        }
        BackendHandler connected = backend;
        if (!content.isReadable()) {
            content.release();
        } else if (connected == null) {
            unsent.add(content);
        } else {
            connected.write(content);
        }
    }

    void flushRequest() {
        if (backend != null) {
            backend.flush();
        }
    }

    void clientWritable(boolean writable) {
        if (backend != null) {
            backend.pauseReading(!writable);
        }
    }

    void upstreamWritable(boolean writable) {
        client.pauseForUpstream(!writable);
    }

    /** An answer before the answer: 100 and 103 and the like are passed on. */
    void interimResponse(ResponseHead response) {
        interim++;
        if (interim > MAX_INTERIM) {
            fail(ProxyError.of(Kind.BAD_RESPONSE, endpoint + ": more than " + MAX_INTERIM + " interim responses"));
        } else if (!head.isHttp10()) {
            client.writeInterim(response);
        }
    }

    void responseHead(ResponseHead response) {
        responseStarted = true;
        status = response.status();
        CustomMetrics metrics = choice().route().forwarding().customMetrics();
        if (metrics != null) {
            reported = ReportHeader.read(response, metrics);
        }
        client.writeHead(this, response);
    }

    /** The next part of the answer's body; ownership passes. */
    void responseContent(ByteBuf content, long data) {
        responseBytes += data;
        client.writeContent(content);
        if (!client.isWritable()) {
            client.flush();
            clientWritable(client.isWritable());
        }
    }

    /** @param trailers the answer's trailers with the empty line, or null; ownership passes */
    void responseEnded(@Nullable ByteBuf trailers) {
        client.endContent(this, trailers);
        BackendHandler done = backend;
        backend = null;
        if (done != null) {
            done.exchangeEnded(requestEnded);
        }
        settle(outcomeOf(status), status, context.nowNanos() - startNanos);
        log(null);
        client.exchangeEnded(requestEnded);
    }

    /** The upstream switched protocols: counted as answered, and from here on only bytes pass. */
    void switched(ResponseHead response) {
        responseStarted = true;
        status = response.status();
        settle(Outcome.SUCCESS, status, context.nowNanos() - startNanos);
        BackendHandler upstream = backend;
        if (upstream != null) {
            client.openTunnel(this, response, upstream);
        }
    }

    /** Both sides of an upgraded connection are done. */
    void tunnelClosed(long fromClient, long fromUpstream) {
        requestBytes += fromClient;
        responseBytes += fromUpstream;
        backend = null;
        log(null);
    }

    /** No connection could be opened to this endpoint, where the request was to go. */
    void connectFailed(UpstreamPool.Target target, ProxyError error) {
        if (!finished) {
            endpoint = target.name();
        }
        fail(error);
    }

    /** The upstream's connection ended before its answer did. */
    void upstreamGone(ProxyError error, boolean reused) {
        backend = null;
        boolean safe = reused && !responseStarted && interim == 0 && head.isIdempotent() && !head.hasBody() && !retried;
        if (safe && !finished) {
            retried = true;
            context.pool(choice().upstream()).acquire(this, true);
        } else {
            fail(error);
        }
    }

    /** Whatever went wrong: the client is told, or cut off if it had part of an answer; the outcome is counted. */
    void fail(ProxyError error) {
        if (finished) {
            return;
        }
        settle(error.kind().outcome(), statusForWindow(error.kind()), -1);
        if (error.kind().isUpstreams()) {
            context.plane()
                    .countUpstreamError(choice().upstream().name(), error.kind().label());
            if (backend != null) {
                backend.failed();
            }
        }
        abandonBackend();
        releaseUnsent();
        if (client.takeBackHead()) {
            responseStarted = false;
            responseBytes = 0;
        }
        if (!responseStarted) {
            status = ErrorResponder.status(error.kind());
        }
        // Before the client is told: then the head may already be the next request's.
        log(error);
        if (responseStarted) {
            client.cut();
        } else {
            client.respond(error, requestEnded, head, requestId.toString());
        }
    }

    private static int statusForWindow(Kind kind) {
        return kind.isUpstreams() ? 0 : ErrorResponder.status(kind);
    }

    /** The client's connection ended first. */
    void clientGone() {
        if (finished) {
            return;
        }
        settle(Outcome.CLIENT_FAULT, ErrorResponder.status(Kind.CLIENT_LEFT), -1);
        abandonBackend();
        releaseUnsent();
        status = status == 0 ? ErrorResponder.status(Kind.CLIENT_LEFT) : status;
        log(ProxyError.of(Kind.CLIENT_LEFT));
    }

    private void abandonBackend() {
        BackendHandler abandoned = backend;
        backend = null;
        if (abandoned != null) {
            abandoned.abandon(requestEnded);
        }
    }

    private void releaseUnsent() {
        ByteBuf content = unsent.poll();
        while (content != null) {
            content.release();
            content = unsent.poll();
        }
    }

    private void settle(Outcome outcome, int finalStatus, long latencyNanos) {
        finished = true;
        if (reported != ReportHeader.NOTHING) {
            context.shard().report(choice(), ticket, ReportHeader.trials(reported), ReportHeader.hits(reported));
        }
        context.shard().record(choice(), ticket, outcome, finalStatus, latencyNanos);
    }

    private static Outcome outcomeOf(int status) {
        if (status >= 500) {
            return Outcome.ERROR;
        }
        return status >= 400 ? Outcome.CLIENT_FAULT : Outcome.SUCCESS;
    }

    private void log(@Nullable ProxyError error) {
        if (context.accessLines().isOn()) {
            context.accessLines()
                    .served(
                            head,
                            client.connection(),
                            requestId,
                            choice(),
                            startMillis,
                            context.nowNanos() - startNanos,
                            status,
                            requestBytes,
                            responseBytes,
                            endpoint,
                            error);
        }
    }

    /**
     * Ends what has been silent or has run for too long.
     *
     * @param clientsTurn whether the client has to send more of its body, and nothing else keeps it from coming
     * @param bodyTooSlow whether the client should have sent more of its body by now
     */
    void sweep(long nowNanos, boolean clientsTurn, boolean bodyTooSlow) {
        long requestTimeout = choice().route().forwarding().requestTimeout().toNanos();
        BackendHandler connected = backend;
        if (requestTimeout > 0 && nowNanos - startNanos > requestTimeout) {
            fail(ProxyError.of(Kind.RESPONSE_TIMEOUT, endpoint + ": the route's request timeout"));
        } else if (bodyTooSlow) {
            fail(ProxyError.of(Kind.REQUEST_TIMEOUT, "request body"));
        } else if (connected != null && !clientsTurn && connected.isSilent(nowNanos)) {
            fail(ProxyError.of(Kind.RESPONSE_TIMEOUT, endpoint));
        }
    }
}
