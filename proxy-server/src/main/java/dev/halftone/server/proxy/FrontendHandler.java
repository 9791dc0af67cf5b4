package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.server.config.Settings;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: its requests one after another, each as an {@link Exchange}. Reading goes on unless a byte could
 * not be passed on: the upstream is not connected or does not take more, or a pipelined request waits. Event loop only.
 */
final class FrontendHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrontendHandler.class);
    private static final int MAX_REQUESTS = 10_000;
    private static final int MAX_DISCARDED_BYTES = 64 * 1024;
    private static final long LINGER_NANOS = 1_000_000_000L;

    private static final int PAUSED_PIPELINED = 1;
    private static final int PAUSED_UPSTREAM = 2;
    private static final int PAUSED_CONNECTING = 4;

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
    private final StrictRequestDecoder decoder;
    private final HeadAwareResponseEncoder encoder = new HeadAwareResponseEncoder();
    private final Deadlines deadlines = new Deadlines();
    private final Deque<Object> pipelined = new ArrayDeque<>(4);
    private final Channel channel;
    private final InetAddress remote;
    private Mode mode = Mode.HTTP;
    private @Nullable Exchange exchange;
    private @Nullable BackendHandler tunnel;
    private @Nullable Exchange tunnelExchange;
    private boolean keepAlive = true;
    private boolean chunkedToClient;
    private boolean processing;
    private int pauses;
    private int requests;
    private long discardedBytes;
    private long lingerDeadlineNanos;
    private long headSinceNanos;
    private boolean headStarted;
    private long lastReadNanos;
    private long stalledSinceNanos;
    private long lastPendingBytes;
    private long tunnelFromClient;
    private long tunnelFromUpstream;

    /** The connection's entry in the loop's timer. */
    private final class Deadlines extends Sweeper.Sweepable {
        @Override
        void sweep(long nowNanos) {
            FrontendHandler.this.sweep(nowNanos);
        }
    }

    FrontendHandler(LoopContext context, ListenerState listener, Channel channel) {
        this.context = context;
        this.listener = listener;
        this.channel = channel;
        this.remote = ((InetSocketAddress) channel.remoteAddress()).getAddress();
        Settings.Listener limits = listener.settings();
        this.decoder = new StrictRequestDecoder(
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(limits.maxRequestLineBytes())
                        .setMaxHeaderSize(limits.maxHeaderBytes())
                        // Ours says 501 where Netty's own check would say 400; see RequestCheck.
                        .setUseRfc9112TransferEncoding(false)
                        .setMaxChunkSize(64 * 1024),
                this::bytesArrived);
    }

    void install() {
        channel.pipeline().addLast(decoder, encoder, this);
        long now = context.nowNanos();
        headSinceNanos = now;
        lastReadNanos = now;
        stalledSinceNanos = now;
        context.sweeper().add(deadlines);
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

    boolean isWritable() {
        return channel.isWritable();
    }

    void flush() {
        channel.flush();
    }

    // ---- what the client sends ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        BackendHandler other = tunnel;
        if (other != null && msg instanceof ByteBuf bytes) {
            tunnelFromClient += bytes.readableBytes();
            other.tunnelToUpstream(bytes);
            return;
        }
        if (mode == Mode.CLOSING) {
            discard(msg);
            return;
        }
        boolean waits = mode == Mode.UPGRADING || !pipelined.isEmpty() || (exchange != null && exchange.requestEnded());
        if (waits) {
            pipelined.add(msg);
            pause(PAUSED_PIPELINED, true);
        } else {
            handle(msg);
        }
    }

    private void handle(Object msg) {
        if (mode == Mode.DISCARDING) {
            discard(msg);
        } else if (msg instanceof HttpRequest request) {
            open(request);
        } else if (msg instanceof HttpContent content) {
            body(content);
        } else {
            ReferenceCountUtil.release(msg);
        }
    }

    private void open(HttpRequest request) {
        headStarted = false;
        requests++;
        keepAlive = false;
        RequestCheck.Result checked = RequestCheck.check(request, listener.settings(), remote);
        if (checked instanceof RequestCheck.Result.Failed failed) {
            ReferenceCountUtil.release(request);
            refuse(failed.error(), request);
            return;
        }
        RequestHead head = ((RequestCheck.Result.Passed) checked).head();
        encoder.answerHead(head.isHead());
        Choice choice = context.plane().routing().get().choose(head);
        String requestId = context.forwarding().requestId(head);
        if (choice == null) {
            keepAlive = head.isKeepAlive() && !head.hasBody();
            respond(ProxyError.of(Kind.NO_ROUTE), !head.hasBody(), head, requestId);
            return;
        }
        keepAlive = head.isKeepAlive()
                && requests < MAX_REQUESTS
                && !context.plane().isDraining();
        Exchange next = new Exchange(context, this, head, choice, requestId, System.currentTimeMillis());
        exchange = next;
        long limit = maxBodyBytes();
        if (limit >= 0 && head.contentLength() > limit) {
            next.fail(ProxyError.of(Kind.BODY_TOO_LARGE));
            return;
        }
        pause(PAUSED_CONNECTING, head.hasBody());
        next.start();
    }

    /** A head that may not pass: answered and closed, whatever it said. */
    private void refuse(ProxyError error, HttpRequest request) {
        keepAlive = false;
        encoder.answerHead(request.method().name().equals("HEAD"));
        String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
        writeError(ErrorResponder.response(error.kind(), "", accept));
        closeSoon();
    }

    private void body(HttpContent content) {
        Exchange current = exchange;
        if (content.decoderResult().isFailure()) {
            ProxyError error = RequestCheck.ofDecoder(content.decoderResult());
            content.release();
            keepAlive = false;
            if (current != null) {
                current.fail(error == null ? ProxyError.of(Kind.MALFORMED_REQUEST, "body") : error);
            }
            return;
        }
        if (current == null) {
            content.release();
            return;
        }
        boolean upgradeAsked =
                content instanceof LastHttpContent && current.head().isWebSocketUpgrade();
        current.requestContent(content);
        if (upgradeAsked && exchange == current) {
            // What follows is not HTTP unless the upstream says no, and then the connection closes.
            mode = Mode.UPGRADING;
            keepAlive = false;
            channel.pipeline().remove(decoder);
        }
    }

    private void discard(Object msg) {
        if (msg instanceof HttpContent content) {
            discardedBytes += content.content().readableBytes();
        } else if (msg instanceof ByteBuf bytes) {
            discardedBytes += bytes.readableBytes();
        }
        boolean last = msg instanceof LastHttpContent;
        ReferenceCountUtil.release(msg);
        if (discardedBytes > MAX_DISCARDED_BYTES) {
            channel.close();
        } else if (last && mode == Mode.DISCARDING) {
            mode = Mode.HTTP;
            headStarted = false;
            nextRequest();
        }
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

    void writeForwardedFields(Exchange of, RequestForwarding forwarding, FieldSink sink) {
        forwarding.write(
                of.head(),
                of.choice(),
                remote,
                listener.settings().trustedProxies(),
                of.requestId(),
                of.head().isWebSocketUpgrade(),
                sink);
    }

    // ---- what the client gets ----

    void writeInterim(ResponseHead response) {
        DefaultFullHttpResponse interim = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()), Unpooled.EMPTY_BUFFER);
        for (var field : response.fields()) {
            if (!ForwardedFields.isHopByHop(ForwardedFields.lowerCase(field.getKey()))) {
                interim.headers().add(field.getKey(), field.getValue());
            }
        }
        channel.writeAndFlush(interim);
    }

    void writeHead(Exchange of, ResponseHead head) {
        HttpResponse response = new DefaultHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(head.status(), head.reasonPhrase()));
        ResponseForwarding.write(
                head.fields(),
                head.connectionValues(),
                of.choice(),
                (name, value) -> response.headers().add(name, value));
        boolean bodiless = head.isBodiless() || of.head().isHead();
        chunkedToClient = false;
        if (!bodiless && head.contentLength() < 0) {
            if (of.head().isHttp10()) {
                keepAlive = false;
            } else {
                chunkedToClient = true;
                response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            }
        }
        keepAlive &= !context.plane().isDraining();
        writeConnection(response, of.head().isHttp10());
        channel.write(response, channel.voidPromise());
    }

    private void writeConnection(HttpResponse response, boolean http10) {
        if (!keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (http10) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    /** Ownership passes. Trailers pass only where chunks do and the client asked for them. */
    void writeContent(Exchange of, HttpContent content) {
        HttpContent part = content;
        boolean withTrailers = content instanceof LastHttpContent last
                && !last.trailingHeaders().isEmpty();
        if (withTrailers && !(chunkedToClient && of.head().acceptsTrailers())) {
            part = new DefaultLastHttpContent(content.content(), EmptyHttpHeaders.INSTANCE);
        }
        channel.write(part, channel.voidPromise());
    }

    /** @param requestEnded whether the client has sent its whole request */
    void exchangeEnded(boolean requestEnded) {
        exchange = null;
        channel.flush();
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
            drainPipelined();
        } else {
            nextRequest();
        }
    }

    private void nextRequest() {
        lastReadNanos = context.nowNanos();
        drainPipelined();
    }

    private void drainPipelined() {
        if (processing) {
            return;
        }
        processing = true;
        while (!pipelined.isEmpty() && mode != Mode.CLOSING && (exchange == null || !exchange.requestEnded())) {
            handle(pipelined.poll());
        }
        processing = false;
        if (pipelined.isEmpty()) {
            pause(PAUSED_PIPELINED, false);
        }
        if (exchange != null) {
            exchange.flushRequest();
        }
    }

    /** Answers with an error. The connection lives on only if the request had been read to its end. */
    void respond(ProxyError error, boolean requestEnded, RequestHead head, String requestId) {
        exchange = null;
        keepAlive &= requestEnded && mode == Mode.HTTP && !context.plane().isDraining();
        CharSequence accept = head.header("Accept");
        FullHttpResponse response = ErrorResponder.response(error.kind(), requestId, accept == null ? "" : accept);
        writeConnection(response, head.isHttp10());
        writeError(response);
        afterResponse(requestEnded);
    }

    private void writeError(FullHttpResponse response) {
        if (!keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        channel.writeAndFlush(response);
    }

    /** Part of an answer is out and the rest will not come: the client must see that it is incomplete. */
    void cut() {
        exchange = null;
        mode = Mode.CLOSING;
        channel.flush();
        channel.close();
    }

    /** Ends our side and throws away what still comes, so that the answer is not lost to a reset. */
    private void closeSoon() {
        mode = Mode.CLOSING;
        discardedBytes = 0;
        lingerDeadlineNanos = context.nowNanos() + LINGER_NANOS;
        releasePipelined();
        pause(PAUSED_PIPELINED | PAUSED_UPSTREAM | PAUSED_CONNECTING, false);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> {
            if (done.isSuccess()) {
                ((DuplexChannel) channel).shutdownOutput();
            } else {
                channel.close();
            }
        });
    }

    private void releasePipelined() {
        Object held = pipelined.poll();
        while (held != null) {
            ReferenceCountUtil.release(held);
            held = pipelined.poll();
        }
    }

    // ---- upgraded connections ----

    void openTunnel(Exchange of, ResponseHead head, BackendHandler upstream) {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
        ResponseForwarding.write(
                head.fields(),
                head.connectionValues(),
                of.choice(),
                (name, value) -> response.headers().add(name, value));
        response.headers().set(HttpHeaderNames.CONNECTION, "Upgrade").set(HttpHeaderNames.UPGRADE, "websocket");
        channel.writeAndFlush(response);
        channel.pipeline().remove(encoder);
        exchange = null;
        tunnelExchange = of;
        tunnel = upstream;
        mode = Mode.TUNNEL;
        upstream.openTunnel(this);
        Object held = pipelined.poll();
        while (held != null) {
            tunnelFromClient += ((ByteBuf) held).readableBytes();
            upstream.tunnelToUpstream((ByteBuf) held);
            held = pipelined.poll();
        }
        upstream.flush();
        pause(PAUSED_PIPELINED | PAUSED_CONNECTING, false);
    }

    void tunnelToClient(ByteBuf bytes) {
        lastReadNanos = context.nowNanos();
        tunnelFromUpstream += bytes.readableBytes();
        channel.write(bytes, channel.voidPromise());
        BackendHandler other = tunnel;
        if (other != null && !channel.isWritable()) {
            other.pauseReading(true);
        }
    }

    /** The upstream's side is gone: what it sent still goes out. */
    void tunnelEnded() {
        tunnel = null;
        endTunnelExchange();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
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
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.sweeper().remove(deadlines);
        releasePipelined();
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

    /** Closes at once if nothing is under way; else after the answer. */
    void drain() {
        keepAlive = false;
        if (exchange == null && mode == Mode.HTTP && !headStarted) {
            channel.close();
        }
    }

    private void sweep(long nowNanos) {
        Settings.Listener limits = listener.settings();
        if (isWriteStalled(nowNanos, limits.writeTimeout().toNanos())) {
            channel.config().setOption(io.netty.channel.ChannelOption.SO_LINGER, 0);
            channel.close();
        } else if (mode == Mode.CLOSING || mode == Mode.DISCARDING) {
            if (nowNanos - lingerDeadlineNanos > 0) {
                channel.close();
            }
        } else if (tunnelExchange != null) {
            long idle =
                    tunnelExchange.choice().route().forwarding().idleTimeout().toNanos();
            if (idle > 0 && nowNanos - lastReadNanos > idle) {
                channel.close();
            }
        } else if (exchange != null) {
            boolean awaitsBody = pauses == 0 && exchange.isConnected();
            exchange.sweep(
                    nowNanos, awaitsBody, lastReadNanos, limits.bodyTimeout().toNanos());
        } else {
            sweepBetweenRequests(nowNanos, limits);
        }
    }

    private void sweepBetweenRequests(long nowNanos, Settings.Listener limits) {
        if (headStarted && nowNanos - headSinceNanos > limits.headTimeout().toNanos()) {
            keepAlive = false;
            writeError(ErrorResponder.response(Kind.REQUEST_TIMEOUT, "", ""));
            closeSoon();
            return;
        }
        long idle = requests == 0
                ? limits.headTimeout().toNanos()
                : limits.idleTimeout().toNanos();
        if (!headStarted && (nowNanos - lastReadNanos > idle || context.plane().isDraining())) {
            channel.close();
        }
    }

    /** Whether bytes wait to be sent and none has left for too long. */
    private boolean isWriteStalled(long nowNanos, long limitNanos) {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        long pending = buffer == null ? 0 : buffer.totalPendingWriteBytes();
        if (pending == 0 || pending != lastPendingBytes) {
            stalledSinceNanos = nowNanos;
        }
        lastPendingBytes = pending;
        return pending > 0 && nowNanos - stalledSinceNanos > limitNanos;
    }
}
