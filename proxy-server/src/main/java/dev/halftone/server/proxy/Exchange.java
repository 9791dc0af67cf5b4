package dev.halftone.server.proxy;

import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.core.routing.ReplayPolicy.Cause;
import dev.halftone.core.window.OutcomeShard;
import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.http1.ResponseHead;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: from its head until its outcome is counted, exactly once. Joins a client's connection and an
 * upstream's, both on the same event loop, which alone runs this. One object serves all requests of a client's connection, one
 * after another. What an upstream fails before a byte of an answer went out may be sent again, see {@link Attempts}.
 */
final class Exchange extends UpstreamRequest {
    /** A healthy upstream sends one or two interim answers; more than this many is a fault (HTTP.md). */
    private static final int MAX_INTERIM = 16;

    private final LoopContext context;
    private final FrontendHandler client;
    private final RequestHead head;
    private final RequestId requestId;
    private final Queue<ByteBuf> unsent = new ArrayDeque<>(0);
    private final Attempts attempts;
    private @Nullable Choice choice;
    private @Nullable BackendHandler backend;
    /** The copy that is to be sent and compared when the answer has gone out, or null. */
    private @Nullable MirrorCopy copy;

    private long startNanos;
    private long ticket;
    private long startMillis;
    private int number;
    private boolean requestEnded;
    private boolean responseStarted;
    private boolean refreshed;
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
        this.attempts = new Attempts(context);
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
        refreshed = false;
        finished = false;
        interim = 0;
        status = 0;
        reported = ReportHeader.NOTHING;
        requestBytes = 0;
        responseBytes = 0;
        endpoint = "";
        attempts.open(chosen.route(), startNanos);
        if (chosen.twin() != null && chosen.version() == Version.STABLE) {
            copy = context.mirrors().draw(chosen, head);
        }
    }

    /** Counts the connection's requests, and how often each was sent. */
    @Override
    int number() {
        return number;
    }

    RequestHead head() {
        return head;
    }

    @Override
    Choice choice() {
        Choice present = choice;
        if (present == null) {
            throw new IllegalStateException("no request is under way");
        }
        return present;
    }

    @Override
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
        context.pool(choice().upstream()).acquire(this, false, attempts.avoided());
    }

    /** Whether the client may be waiting for leave to send its body. */
    boolean awaitsContinue() {
        return !requestEnded && interim == 0 && requestBytes == 0 && head.first(FieldKind.EXPECT) >= 0;
    }

    @Override
    ByteBuf writeHead(ByteBufAllocator allocator) {
        HeadBuffer out = context.headBuffer();
        context.forwarding().write(head, choice(), client.connection(), requestId, out);
        return out.toBuffer(allocator, 0);
    }

    @Override
    boolean isHead() {
        return head.isHead();
    }

    @Override
    boolean isWebSocketUpgrade() {
        return head.isWebSocketUpgrade();
    }

    @Override
    boolean takesChunks() {
        return !head.isHttp10();
    }

    @Override
    void flushResponse() {
        client.flush();
    }

    /** A connection is ours: the head goes out, and what came of the body meanwhile. */
    @Override
    void connected(BackendHandler handler) {
        if (finished) {
            handler.releaseUnused();
            return;
        }
        backend = handler;
        endpoint = handler.target().name();
        attempts.sentTo(handler.target());
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
        if (copy != null) {
            copy.requestContent(content);
        }
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

    @Override
    void upstreamWritable(boolean writable) {
        client.pauseForUpstream(!writable);
    }

    /** An answer before the answer: 100 and 103 and the like are passed on. */
    @Override
    void interimResponse(ResponseHead response) {
        interim++;
        if (interim > MAX_INTERIM) {
            fail(ProxyError.of(Kind.BAD_RESPONSE, endpoint + ": more than " + MAX_INTERIM + " interim responses"));
        } else if (!head.isHttp10()) {
            client.writeInterim(response);
        }
    }

    @Override
    void responseHead(ResponseHead response) {
        if (response.status() >= 502 && replaysAnswer(response.status())) {
            return;
        }
        if (copy != null) {
            copy.originalHead(response, takesChunks());
        }
        responseStarted = true;
        status = response.status();
        CustomMetrics metrics = choice().route().forwarding().customMetrics();
        if (metrics != null) {
            reported = ReportHeader.read(response, metrics);
        }
        client.writeHead(this, response);
    }

    /** The next part of the answer's body; ownership passes. */
    @Override
    void responseContent(ByteBuf content, long data) {
        responseBytes += data;
        if (copy != null) {
            copy.originalContent(content);
        }
        client.writeContent(content);
        if (!client.isWritable()) {
            client.flush();
            clientWritable(client.isWritable());
        }
    }

    /** @param trailers the answer's trailers with the empty line, or null; ownership passes */
    @Override
    void responseEnded(@Nullable ByteBuf trailers) {
        client.endContent(this, trailers);
        BackendHandler done = backend;
        backend = null;
        if (done != null) {
            done.exchangeEnded(requestEnded);
        }
        settle(outcomeOf(status), status, context.nowNanos() - attempts.startNanos());
        log(null);
        sendCopy();
        client.exchangeEnded(requestEnded);
    }

    /** After the answer, so that the client waits for nothing; before the head gives way to the next one. */
    private void sendCopy() {
        MirrorCopy ready = copy;
        copy = null;
        if (ready == null) {
            return;
        }
        client.flush();
        if (requestEnded) {
            ready.send(status, responseBytes, context.nowNanos() - startNanos, head, client.connection(), requestId);
        } else {
            ready.forget();
        }
    }

    /** The upstream switched protocols: counted as answered, and from here on only bytes pass. */
    @Override
    void switched(ResponseHead response) {
        responseStarted = true;
        status = response.status();
        settle(Outcome.SUCCESS, status, context.nowNanos() - attempts.startNanos());
        forgetCopy();
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
    @Override
    void connectFailed(UpstreamPool.Target target, ProxyError error) {
        if (!finished) {
            endpoint = target.name();
            attempts.sentTo(target);
        }
        fail(error);
    }

    /** The upstream's connection ended before its answer did. */
    @Override
    void upstreamGone(ProxyError error, boolean reused) {
        backend = null;
        if (reused && !responseStarted && isRepeatable() && !refreshed && !finished) {
            // The upstream closed an idle connection as we took it: that is nobody's failure.
            refreshed = true;
            context.pool(choice().upstream()).acquire(this, true, attempts.avoided());
        } else {
            fail(error);
        }
    }

    /** Whether nothing of an answer has gone out and sending the request twice does no harm. */
    private boolean isRepeatable() {
        return interim == 0 && requestEnded && !head.hasBody() && head.isIdempotent();
    }

    /** The upstream answered with an error that nobody has to see; false if the answer is the client's. */
    private boolean replaysAnswer(int answered) {
        Cause cause = Cause.ofStatus(answered);
        Attempts.Next next = cause == null || !isRepeatable() ? null : attempts.next(choice(), cause, head);
        BackendHandler done = backend;
        if (cause == null || next == null || done == null) {
            return false;
        }
        backend = null;
        done.discardAnswer();
        long latencyNanos = context.nowNanos() - attempts.startNanos();
        replay(next, cause.label(), Outcome.ERROR, answered, latencyNanos);
        return true;
    }

    private boolean replaysFailure(ProxyError error) {
        Cause cause = error.kind().replayCause();
        boolean safe = cause != null && !responseStarted && isRepeatable();
        Attempts.Next next = safe && cause != null ? attempts.next(choice(), cause, head) : null;
        if (next == null) {
            return false;
        }
        countUpstreamError(error.kind());
        abandonBackend();
        replay(next, error.kind().label(), error.kind().outcome(), statusForWindow(error.kind()), -1);
        return true;
    }

    /** What the canary could not do is its failure, whatever stable makes of it; a retry is still the same attempt at it. */
    private void replay(Attempts.Next next, String why, Outcome outcome, int answered, long latencyNanos) {
        // A connection that was asked for before is not for this attempt.
        number++;
        refreshed = false;
        endpoint = "";
        Choice twin = choice().twin();
        if (next == Attempts.Next.RESCUE && twin != null) {
            context.shard().record(choice(), ticket, outcome, answered, latencyNanos);
            context.shard().sideCounts().rescued(choice().route().id());
            choice = twin;
            ticket = OutcomeShard.ANONYMOUS;
        } else {
            context.shard().sideCounts().retried(choice().route().id());
        }
        attempts.begin(next, why);
        client.pauseForUpstream(false);
        start();
    }

    private void takeBackHead() {
        if (client.takeBackHead()) {
            responseStarted = false;
            responseBytes = 0;
            reported = ReportHeader.NOTHING;
        }
    }

    /** Whatever went wrong: it is tried again where that is safe and wanted; else as {@link #giveUp}. */
    @Override
    void fail(ProxyError error) {
        if (finished) {
            return;
        }
        takeBackHead();
        if (!replaysFailure(error)) {
            giveUp(error);
        }
    }

    /** The client is told, or cut off if it had part of an answer; the outcome is counted. */
    private void giveUp(ProxyError error) {
        settle(error.kind().outcome(), statusForWindow(error.kind()), -1);
        countUpstreamError(error.kind());
        abandonBackend();
        releaseUnsent();
        forgetCopy();
        takeBackHead();
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

    private void countUpstreamError(Kind kind) {
        if (kind.isUpstreams()) {
            context.plane().countUpstreamError(choice().upstream().name(), kind.label());
            if (backend != null) {
                backend.failed();
            }
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
        forgetCopy();
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

    private void forgetCopy() {
        MirrorCopy unsentCopy = copy;
        copy = null;
        if (unsentCopy != null) {
            unsentCopy.forget();
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
        if (requestId.trace().isRecorded()) {
            long durationNanos = context.nowNanos() - startNanos;
            context.plane()
                    .tracing()
                    .offer(RequestSpans.of(
                            head,
                            requestId.trace(),
                            choice(),
                            durationNanos,
                            status,
                            endpoint,
                            attempts.sent(),
                            error));
        }
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
                            attempts.failure(),
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
            giveUp(ProxyError.of(Kind.RESPONSE_TIMEOUT, endpoint + ": the route's request timeout"));
        } else if (bodyTooSlow) {
            fail(ProxyError.of(Kind.REQUEST_TIMEOUT, "request body"));
        } else if (connected != null && !clientsTurn && connected.isSilent(nowNanos)) {
            fail(ProxyError.of(Kind.RESPONSE_TIMEOUT, endpoint));
        }
    }
}
