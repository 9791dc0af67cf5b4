package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.server.config.Settings;
import dev.halftone.server.http1.Fault;
import dev.halftone.server.http1.FieldKind;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.HeadLimits;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.http1.ResponseHead;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: its requests one after another, each as an {@link Exchange}. Reading goes on unless a byte could
 * not be passed on: the upstream is not connected or does not take more, or a pipelined request waits. Event loop only.
 */
final class FrontendHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrontendHandler.class);
    private static final int MAX_DISCARDED_BYTES = 64 * 1024;
    private static final int MAX_COPIED = 2048;
    private static final int SPARE_FOR_CHUNKS = 512;
    private static final byte[] CHUNKED = "Transfer-Encoding: chunked\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final ByteBuf CRLF = constant("\r\n");
    private static final ByteBuf LAST_CHUNK = constant("0\r\n\r\n");
    private static final long LINGER_NANOS = 1_000_000_000L;
    /** What Netty adds to the size of each write that waits (io.netty.transport.outboundBufferEntrySizeOverhead). */
    private static final int QUEUE_ENTRY_BYTES = 96;

    /** How often the sweep spares a connection that has just been accepted: its first request may be on the way. */
    private static final int DRAIN_SWEEPS = 5;

    private static final int PAUSED_PIPELINED = 1;
    private static final int PAUSED_UPSTREAM = 2;
    private static final int PAUSED_CONNECTING = 4;

    /** What ends the body of an answer on its way to the client. */
    private enum Tail {
        NONE,
        /** The upstream's chunks pass as they are. */
        CHUNKS_PASS,
        /** Each part becomes a chunk. */
        CHUNKS_MADE,
        /** The connection's end is the body's. */
        CLOSE
    }

    private enum Mode {
        /** Between requests, or within one. */
        HTTP,
        /** The answer is complete, the rest of the request's body is thrown away. */
        DISCARDING,
        /** The last answer went out; what still comes is thrown away until the connection closes. */
        CLOSING,
        /** Waits for the upstream to agree to a WebSocket. */
        UPGRADING,
        TUNNEL
    }

    private final LoopContext context;
    private final ListenerState listener;
    private final RequestHead head;
    private final Body body = new Body();
    private final Deadlines deadlines = new Deadlines();
    private final Channel channel;
    private final Sending sending;
    private final InetAddress remote;
    private final RequestId requestId;
    /** Serves one request after another. */
    private final Exchange own;

    private Mode mode = Mode.HTTP;
    /** {@link #own} while a request is under way. */
    private @Nullable Exchange exchange;

    private @Nullable BackendHandler tunnel;
    private @Nullable Exchange tunnelExchange;
    private boolean keepAlive = true;
    private Tail tail = Tail.NONE;
    private boolean processing;
    private boolean inBody;
    private @Nullable ByteBuf held;
    private @Nullable ByteBuf unwritten;
    private Settings.Listener settings;
    private ClientConnection connection;
    private int pauses;
    private int requests;
    private int drainSweeps;
    private long discardedBytes;
    private long lingerDeadlineNanos;
    private long headSinceNanos;
    private boolean headStarted;
    /** The cookie that the answer gives to a user without an identifier, or null. */
    private @Nullable String assigned;

    private long lastReadNanos;
    private final Pace bodyPace = new Pace();
    private final Pace sendPace = new Pace();
    private long queuedBytes;
    private long tunnelFromClient;
    private long tunnelFromUpstream;

    /** The connection's entry in the loop's timer. */
    private final class Deadlines extends Sweeper.Sweepable {
        @Override
        void sweep(long nowNanos) {
            FrontendHandler.this.sweep(nowNanos);
        }
    }

    FrontendHandler(LoopContext context, ListenerState listener, Channel channel, InetAddress remote) {
        this.context = context;
        this.listener = listener;
        this.channel = channel;
        this.sending = new Sending(channel);
        this.remote = remote;
        this.settings = listener.settings();
        this.connection = new ClientConnection(remote, settings.trustedProxies());
        this.head = new RequestHead(
                new HeadLimits(settings.maxRequestLineBytes(), settings.maxHeaderBytes(), settings.maxHeaderCount()),
                settings.allowEncodedSlash());
        this.requestId = new RequestId(head);
        this.own = new Exchange(context, this, head, requestId);
    }

    void install() {
        channel.config().setRecvByteBufAllocator(context.reads());
        channel.pipeline().addLast(this);
        LoopbackTuning.apply(channel);
        context.readClock();
        long now = context.nowNanos();
        headSinceNanos = now;
        lastReadNanos = now;
        bodyPace.reset(0, now);
        sendPace.reset(0, now);
        context.sweeper().add(deadlines);
    }

    private boolean isDraining() {
        return context.plane().isDraining() || listener.isRetired();
    }

    private static ByteBuf constant(String text) {
        ByteBuf bytes = Unpooled.directBuffer(text.length()).writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        return Unpooled.unreleasableBuffer(bytes.asReadOnly());
    }

    private void bytesArrived() {
        lastReadNanos = context.nowNanos();
        if (exchange == null && !headStarted) {
            headStarted = true;
            headSinceNanos = lastReadNanos;
        }
    }

    io.netty.channel.EventLoop loop() {
        return context.loop();
    }

    long maxBodyBytes() {
        return listener.settings().maxBodyBytes();
    }

    ClientConnection connection() {
        return connection;
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    void flush() {
        writeUnwritten();
        sending.flush();
    }

    // ---- what the client sends ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        context.readClock();
        bytesArrived();
        BackendHandler other = tunnel;
        ByteBuf waiting = held;
        boolean more = !in.isWritable();
        if (other != null) {
            tunnelFromClient += in.readableBytes();
            other.tunnelToUpstream(in);
        } else if (waiting != null) {
            held = Unpooled.wrappedBuffer(waiting, in);
        } else {
            process(in);
            Exchange current = exchange;
            if (more && current != null) {
                current.flushRequest();
            }
        }
    }

    /** Goes on until a request is complete and its answer is not; the bytes after it wait, and no more are read. */
    private void process(ByteBuf in) {
        processing = true;
        boolean failed = true;
        try {
            boolean more = true;
            while (more && in.isReadable()) {
                more = step(in);
            }
            failed = false;
        } finally {
            processing = false;
            if (failed) {
                in.release();
            }
        }
        if (in.isReadable()) {
            held = in;
        } else {
            in.release();
        }
        pause(PAUSED_PIPELINED, held != null);
    }

    private boolean step(ByteBuf in) {
        if (mode == Mode.CLOSING) {
            discard(in.readableBytes());
            in.skipBytes(in.readableBytes());
        } else if (mode == Mode.UPGRADING || (exchange != null && exchange.requestEnded())) {
            return false;
        } else if (exchange == null && !inBody && !channel.isWritable()) {
            // Answers of the proxy's own that nobody reads must not pile up.
            return false;
        } else if (inBody) {
            readBody(in);
        } else {
            headStarted |= in.isReadable();
            if (head.read(in)) {
                open();
            }
        }
        return true;
    }

    private void discard(int bytes) {
        discardedBytes += bytes;
        if (discardedBytes > MAX_DISCARDED_BYTES) {
            channel.close();
        }
    }

    private void open() {
        headStarted = false;
        requests++;
        keepAlive = false;
        Fault fault = head.fault();
        if (fault != null) {
            refuse(ProxyError.of(kind(fault), head.detail()));
            return;
        }
        if (head.protectedTokens() > 0) {
            listener.countProtectedTokens(head.protectedTokens());
        }
        head.clientAddress(clientAddress());
        head.fromTrustedProxy(connection.isTrusted());
        Choice choice = context.plane().routing().get().choose(head, context.user());
        assigned = context.user().assigned();
        context.forwarding().identify(requestId);
        inBody = head.hasBody();
        if (inBody) {
            frameBody();
        }
        if (choice == null) {
            keepAlive = head.isKeepAlive() && !inBody;
            ProxyError error = ProxyError.of(Kind.NO_ROUTE);
            logRefused(error, requestId.toString());
            respond(error, !inBody, head, requestId.toString());
            head.reset();
            return;
        }
        keepAlive = head.isKeepAlive() && requests < settings.maxRequests() && !isDraining();
        own.open(choice, !inBody);
        Exchange next = own;
        exchange = next;
        long limit = maxBodyBytes();
        if (limit >= 0 && head.contentLength() > limit) {
            next.fail(ProxyError.of(Kind.BODY_TOO_LARGE));
            return;
        }
        if (head.isWebSocketUpgrade()) {
            // What follows is not HTTP unless the upstream says no, and then the connection closes.
            mode = Mode.UPGRADING;
            keepAlive = false;
        }
        next.start();
        if (inBody && exchange == next && !next.isConnected()) {
            pause(PAUSED_CONNECTING, true);
        }
    }

    private void frameBody() {
        if (head.isChunked()) {
            body.chunked(true);
        } else {
            body.ofLength(head.contentLength());
        }
    }

    @SuppressWarnings("ReferenceEquality") // a reload brings another object
    private InetAddress clientAddress() {
        Settings.Listener present = listener.settings();
        if (present != settings) {
            settings = present;
            connection = new ClientConnection(remote, present.trustedProxies());
        }
        if (!connection.isTrusted()) {
            return remote;
        }
        List<String> values = new ArrayList<>(1);
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.kind(i) == FieldKind.X_FORWARDED_FOR) {
                values.add(head.value(i).toString());
            }
        }
        return ClientAddress.of(remote, values, present.trustedProxies());
    }

    private static Kind kind(Fault fault) {
        return switch (fault) {
            case MALFORMED -> Kind.MALFORMED_REQUEST;
            case START_LINE_TOO_LONG -> Kind.REQUEST_LINE_TOO_LONG;
            case HEADERS_TOO_LARGE -> Kind.HEADERS_TOO_LARGE;
            case UNSUPPORTED_CODING -> Kind.UNSUPPORTED_CODING;
            case UNSUPPORTED_VERSION -> Kind.UNSUPPORTED_VERSION;
            case UNSUPPORTED_EXPECTATION -> Kind.UNSUPPORTED_EXPECTATION;
            case METHOD_NOT_ALLOWED -> Kind.METHOD_NOT_ALLOWED;
        };
    }

    /** A head that may not pass: answered and closed, whatever it said. */
    private void refuse(ProxyError error) {
        keepAlive = false;
        logRefused(error, "");
        writeError(error.kind(), "", "", "close", head.startsWith("HEAD "));
        closeSoon();
    }

    private void logRefused(ProxyError error, String requestId) {
        if (context.accessLines().isOn()) {
            context.accessLines()
                    .refused(
                            error,
                            requestId,
                            connection,
                            head,
                            System.currentTimeMillis(),
                            ErrorResponder.status(error.kind()));
        }
    }

    private void readBody(ByteBuf in) {
        ByteBuf part = body.next(in);
        String fault = body.fault();
        Exchange current = exchange;
        if (fault != null) {
            part.release();
            inBody = false;
            keepAlive = false;
            if (current != null) {
                current.fail(ProxyError.of(Kind.MALFORMED_REQUEST, fault));
            } else {
                channel.close();
            }
            return;
        }
        long data = body.dataBytes(part);
        boolean last = body.isEnded();
        inBody = !last;
        if (current == null || mode == Mode.DISCARDING) {
            int bytes = part.readableBytes();
            part.release();
            discard(bytes);
            if (last && mode == Mode.DISCARDING) {
                mode = Mode.HTTP;
                headStarted = false;
                head.reset();
            }
        } else if (last && body.isChunked()) {
            // Trailers end here: the upstream did not ask for them.
            part.release();
            current.requestContent(crlf(), 0, true);
        } else {
            current.requestContent(part, data, last);
        }
    }

    private static ByteBuf crlf() {
        return CRLF.duplicate();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        BackendHandler other = tunnel;
        Exchange current = exchange;
        if (other != null) {
            other.flush();
        } else if (current != null) {
            current.flushRequest();
        }
    }

    private void pause(int why, boolean on) {
        int next = on ? pauses | why : pauses & ~why;
        if ((next == 0) != (pauses == 0)) {
            channel.config().setAutoRead(next == 0);
        }
        pauses = next;
    }

    void pauseForUpstream(boolean on) {
        if (!on) {
            lastReadNanos = context.nowNanos();
        }
        pause(PAUSED_UPSTREAM, on);
    }

    void upstreamReady() {
        lastReadNanos = context.nowNanos();
        pause(PAUSED_CONNECTING, false);
    }

    // ---- what the client gets ----

    void writeInterim(ResponseHead response) {
        HeadBuffer out = context.headBuffer();
        ResponseForwarding.writePassing(response, dev.halftone.core.routing.Forwarding.HeaderEdits.NONE, out);
        send(out.end().toBuffer(channel.alloc(), 0));
        sending.flush();
    }

    void writeHead(Exchange of, ResponseHead response) {
        HeadBuffer out = context.headBuffer();
        ResponseForwarding.write(response, of.choice(), out);
        if (assigned != null) {
            writeAssigned(of.head(), assigned, out);
        }
        boolean bodiless = response.isBodiless() || of.head().isHead();
        tail = Tail.NONE;
        long length = response.contentLength();
        if (!bodiless && length < 0) {
            if (of.head().isHttp10()) {
                keepAlive = false;
                tail = Tail.CLOSE;
            } else {
                tail = response.isChunked() ? Tail.CHUNKS_PASS : Tail.CHUNKS_MADE;
                out.put(CHUNKED);
            }
        }
        // Whether the body still comes is for the client to decide: what follows cannot be told from a next request.
        keepAlive &= !isDraining() && !of.awaitsContinue();
        String value = connectionValue(of.head().isHttp10());
        if (value != null) {
            out.field("Connection", value);
        }
        int spare = bodiless ? 0 : length < 0 ? SPARE_FOR_CHUNKS : length <= MAX_COPIED ? (int) length : 0;
        unwritten = out.end().toBuffer(channel.alloc(), spare);
    }

    /** Only over TLS is it sent again if it was given over TLS; whether it is, the proxy that ends it says. */
    private void writeAssigned(RequestHead of, String cookie, HeadBuffer out) {
        int proto = connection.isTrusted() ? of.first(FieldKind.X_FORWARDED_PROTO) : -1;
        boolean secure = proto >= 0 && of.valueIs(proto, "https");
        out.field("Set-Cookie", secure ? cookie + "; Secure" : cookie);
    }

    private @Nullable String connectionValue(boolean http10) {
        return !keepAlive ? "close" : http10 ? "keep-alive" : null;
    }

    /** A small body travels in the buffer of its head. */
    private void writeUnwritten() {
        ByteBuf waiting = unwritten;
        if (waiting != null) {
            unwritten = null;
            send(waiting);
        }
    }

    /** Without a flush. Ownership passes. */
    private void send(ByteBuf bytes) {
        queuedBytes += bytes.readableBytes() + QUEUE_ENTRY_BYTES;
        sending.write(bytes);
    }

    private void put(ByteBuf part) {
        ByteBuf waiting = unwritten;
        if (waiting != null && part.readableBytes() <= waiting.writableBytes()) {
            waiting.writeBytes(part);
            part.release();
            return;
        }
        writeUnwritten();
        send(part);
    }

    /** Ownership passes. */
    void writeContent(ByteBuf content) {
        if (tail != Tail.CHUNKS_MADE) {
            put(content);
            return;
        }
        String size = Integer.toHexString(content.readableBytes()) + "\r\n";
        put(Unpooled.wrappedBuffer(size.getBytes(StandardCharsets.US_ASCII)));
        put(content);
        put(crlf());
    }

    /**
     * Ends the answer's body. Trailers pass only where chunks do and the client asked for them.
     *
     * @param trailers with the empty line after them, or null; ownership passes
     */
    void endContent(Exchange of, @Nullable ByteBuf trailers) {
        boolean pass = trailers != null && tail == Tail.CHUNKS_PASS && of.head().acceptsTrailers();
        if (tail == Tail.CHUNKS_MADE) {
            put(LAST_CHUNK.duplicate());
        } else if (tail == Tail.CHUNKS_PASS && !pass) {
            put(crlf());
        }
        if (trailers != null) {
            if (pass) {
                put(trailers);
            } else {
                trailers.release();
            }
        }
    }

    /** @param requestEnded whether the client has sent its whole request */
    void exchangeEnded(boolean requestEnded) {
        exchange = null;
        flush();
        afterResponse(requestEnded);
    }

    private void afterResponse(boolean requestEnded) {
        pause(PAUSED_UPSTREAM | PAUSED_CONNECTING, false);
        if (!keepAlive || mode == Mode.UPGRADING) {
            closeSoon();
        } else if (!requestEnded) {
            mode = Mode.DISCARDING;
            discardedBytes = 0;
            lingerDeadlineNanos = context.nowNanos() + LINGER_NANOS;
            processHeld();
        } else {
            nextRequest();
        }
    }

    private void nextRequest() {
        lastReadNanos = context.nowNanos();
        head.reset();
        processHeld();
    }

    private void processHeld() {
        ByteBuf waiting = held;
        boolean unread = exchange == null && !inBody && !channel.isWritable();
        if (processing || waiting == null || unread) {
            return;
        }
        held = null;
        headStarted = true;
        headSinceNanos = context.nowNanos();
        process(waiting);
        if (exchange != null) {
            exchange.flushRequest();
        }
    }

    /** Answers with an error. The connection lives on only if the request had been read to its end. */
    void respond(ProxyError error, boolean requestEnded, RequestHead of, String requestId) {
        exchange = null;
        keepAlive &= requestEnded && mode == Mode.HTTP && !isDraining();
        int accept = of.first(FieldKind.ACCEPT);
        writeError(
                error.kind(),
                requestId,
                accept < 0 ? "" : of.value(accept),
                connectionValue(of.isHttp10()),
                of.isHead());
        afterResponse(requestEnded);
    }

    private void writeError(
            Kind kind, String requestId, CharSequence accept, @Nullable String connectionValue, boolean headOnly) {
        HeadBuffer out = context.headBuffer();
        ErrorResponder.write(kind, requestId, accept, connectionValue, headOnly, out);
        send(out.toBuffer(channel.alloc(), 0));
        sending.flush();
    }

    /** Whether nothing of an answer has been sent but its head, which is taken back: another may take its place. */
    boolean takeBackHead() {
        ByteBuf waiting = unwritten;
        unwritten = null;
        if (waiting != null) {
            waiting.release();
        }
        return waiting != null;
    }

    /** Part of an answer is out and the rest will not come: the client must see that it is incomplete. */
    void cut() {
        exchange = null;
        mode = Mode.CLOSING;
        flush();
        if (tail == Tail.CLOSE && channel.isOpen()) {
            channel.config().setOption(io.netty.channel.ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    /** Ends our side and throws away what still comes, so that the answer is not lost to a reset. */
    private void closeSoon() {
        mode = Mode.CLOSING;
        discardedBytes = 0;
        lingerDeadlineNanos = context.nowNanos() + LINGER_NANOS;
        releaseHeld();
        pause(PAUSED_PIPELINED | PAUSED_UPSTREAM | PAUSED_CONNECTING, false);
        sending.finish().addListener(done -> {
            if (done.isSuccess()) {
                ((DuplexChannel) channel).shutdownOutput();
            } else {
                channel.close();
            }
        });
    }

    private void releaseHeld() {
        ByteBuf waiting = held;
        held = null;
        if (waiting != null) {
            waiting.release();
        }
        ByteBuf out = unwritten;
        unwritten = null;
        if (out != null) {
            out.release();
        }
    }

    // ---- upgraded connections ----

    void openTunnel(Exchange of, ResponseHead response, BackendHandler upstream) {
        HeadBuffer out = context.headBuffer();
        ResponseForwarding.write(response, of.choice(), out);
        out.field("Connection", "Upgrade").field("Upgrade", "websocket").end();
        send(out.toBuffer(channel.alloc(), 0));
        sending.flush();
        exchange = null;
        tunnelExchange = of;
        tunnel = upstream;
        mode = Mode.TUNNEL;
        upstream.openTunnel(this);
        ByteBuf waiting = held;
        held = null;
        if (waiting != null) {
            tunnelFromClient += waiting.readableBytes();
            upstream.tunnelToUpstream(waiting);
            upstream.flush();
        }
        pause(PAUSED_PIPELINED | PAUSED_CONNECTING, false);
    }

    void tunnelToClient(ByteBuf bytes) {
        lastReadNanos = context.nowNanos();
        tunnelFromUpstream += bytes.readableBytes();
        send(bytes);
        BackendHandler other = tunnel;
        if (other != null && !channel.isWritable()) {
            other.pauseReading(true);
        }
    }

    /** The upstream's side is gone: what it sent still goes out. */
    void tunnelEnded() {
        tunnel = null;
        endTunnelExchange();
        sending.finish().addListener(ChannelFutureListener.CLOSE);
    }

    private void endTunnelExchange() {
        Exchange done = tunnelExchange;
        tunnelExchange = null;
        if (done != null) {
            done.tunnelClosed(tunnelFromClient, tunnelFromUpstream);
        }
    }

    // ---- the connection ----

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        BackendHandler other = tunnel;
        Exchange current = exchange;
        if (other != null) {
            other.pauseReading(!channel.isWritable());
        } else if (current != null) {
            current.clientWritable(channel.isWritable());
        } else if (channel.isWritable()) {
            processHeld();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.readClock();
        context.sweeper().remove(deadlines);
        releaseHeld();
        sending.closed();
        mode = Mode.CLOSING;
        Exchange current = exchange;
        BackendHandler other = tunnel;
        exchange = null;
        tunnel = null;
        if (current != null) {
            current.clientGone();
        }
        if (other != null) {
            other.closeTunnel();
            endTunnelExchange();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof java.io.IOException)) {
            LOG.error("a client's connection failed by a fault of the proxy", cause);
            Exchange current = exchange;
            if (current != null) {
                keepAlive = false;
                current.fail(ProxyError.of(Kind.INTERNAL, cause.toString()));
                return;
            }
        }
        ctx.close();
    }

    /** Closes at once if nothing is under way and the first request has been answered; else after the answer. */
    void drain() {
        keepAlive = false;
        if (exchange == null && mode == Mode.HTTP && !headStarted && requests > 0 && pendingBytes() == 0) {
            channel.close();
        }
    }

    /** Makes room for others. Only while nothing is under way. */
    void evict() {
        channel.close();
    }

    private void sweep(long nowNanos) {
        Settings.Listener limits = listener.settings();
        long pending = pendingBytes();
        if (isSendTooSlow(pending, nowNanos, limits)) {
            channel.config().setOption(io.netty.channel.ChannelOption.SO_LINGER, 0);
            channel.close();
        } else if (mode == Mode.CLOSING || mode == Mode.DISCARDING) {
            if (pending > 0) {
                lingerDeadlineNanos = nowNanos + LINGER_NANOS;
            } else if (nowNanos - lingerDeadlineNanos > 0) {
                channel.close();
            }
        } else if (tunnelExchange != null) {
            long idle =
                    tunnelExchange.choice().route().forwarding().idleTimeout().toNanos();
            if (idle > 0 && nowNanos - lastReadNanos > idle) {
                channel.close();
            }
        } else if (exchange != null) {
            boolean clientsTurn = pauses == 0 && exchange.awaitsBody();
            exchange.sweep(nowNanos, clientsTurn, isBodyTooSlow(exchange, clientsTurn, nowNanos, limits));
        } else {
            sweepBetweenRequests(nowNanos, limits);
        }
    }

    private void sweepBetweenRequests(long nowNanos, Settings.Listener limits) {
        if (headStarted
                && held == null
                && nowNanos - headSinceNanos > limits.headTimeout().toNanos()) {
            refuse(ProxyError.of(Kind.REQUEST_TIMEOUT, "head"));
            return;
        }
        long idle = requests == 0
                ? limits.headTimeout().toNanos()
                : limits.idleTimeout().toNanos();
        if (headStarted || held != null || pendingBytes() > 0) {
            return;
        }
        if (nowNanos - lastReadNanos > idle || (isDraining() && !awaitsFirstRequest())) {
            channel.close();
        } else {
            context.eviction().offer(listener, this, lastReadNanos, nowNanos);
        }
    }

    /** Counted in sweeps, since a loop that was busy for long has not looked at its sockets meanwhile. */
    private boolean awaitsFirstRequest() {
        drainSweeps++;
        return requests == 0 && drainSweeps <= DRAIN_SWEEPS;
    }

    /** Time is counted only while nothing but the client keeps the body from coming. */
    private boolean isBodyTooSlow(Exchange current, boolean clientsTurn, long nowNanos, Settings.Listener limits) {
        long bytes = current.requestBytes();
        if (!clientsTurn) {
            bodyPace.reset(bytes, nowNanos);
            return false;
        }
        return bodyPace.isTooSlow(bytes, nowNanos, limits.bodyTimeout().toNanos(), limits.minBodyRate());
    }

    private long pendingBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    /** Time is counted only while bytes wait to be sent. */
    private boolean isSendTooSlow(long pending, long nowNanos, Settings.Listener limits) {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        if (buffer == null || pending == 0) {
            sendPace.reset(queuedBytes, nowNanos);
            return false;
        }
        long sent = queuedBytes - pending + buffer.currentProgress();
        return sendPace.isTooSlow(sent, nowNanos, limits.writeTimeout().toNanos(), limits.minSendRate());
    }
}
