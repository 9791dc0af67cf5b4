package dev.halftone.server.proxy;

import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an upstream. Serves one exchange after another; in between it lies in its pool, still reading, so that a
 * close or an unasked byte is seen at once. Runs on the event loop of the client's connection that it was opened for.
 */
final class BackendHandler extends ChannelInboundHandlerAdapter {
    private static final int MAX_RESPONSE_HEAD_BYTES = 64 * 1024;

    private final UpstreamPool pool;
    private final UpstreamPool.Target target;
    private final StrictResponseDecoder decoder = new StrictResponseDecoder(new HttpDecoderConfig()
            .setMaxInitialLineLength(8192)
            .setMaxHeaderSize(MAX_RESPONSE_HEAD_BYTES)
            .setMaxChunkSize(64 * 1024));
    private final HttpRequestEncoder encoder = new HttpRequestEncoder();
    private final Deadlines deadlines = new Deadlines();
    private @Nullable Channel channel;
    private @Nullable Exchange exchange;
    private @Nullable FrontendHandler tunnel;
    private @Nullable ResponseHead switching;
    private boolean interim;
    private boolean keepAlive;
    private boolean reused;
    private boolean idle;
    private boolean closed;
    private boolean dirty;
    private long lastActivityNanos;

    /** The connection's entry in the loop's timer. */
    private final class Deadlines extends Sweeper.Sweepable {
        @Override
        void sweep(long nowNanos) {
            if (idle
                    && nowNanos - lastActivityNanos
                            > pool.upstream().pool().idleTimeout().toNanos()) {
                close();
            }
        }
    }

    BackendHandler(UpstreamPool pool, UpstreamPool.Target target) {
        this.pool = pool;
        this.target = target;
    }

    UpstreamPool.Target target() {
        return target;
    }

    void install(Channel opening) {
        channel = opening;
        opening.pipeline().addLast(decoder, encoder, this);
    }

    /** The connect succeeded; from now on the pool counts on hearing of the end. */
    void opened() {
        pool.context().sweeper().add(deadlines);
    }

    private Channel channel() {
        Channel present = channel;
        if (present == null) {
            throw new IllegalStateException("not connected");
        }
        return present;
    }

    /** Writes the head of the next exchange's request. */
    void begin(Exchange next) {
        exchange = next;
        idle = false;
        keepAlive = true;
        lastActivityNanos = pool.context().nowNanos();
        RequestHead head = next.head();
        decoder.expectAnswerToHead(head.isHead());
        HttpRequest request = new DefaultHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.valueOf(head.method().toString()),
                RequestForwarding.target(head, next.choice()).toString());
        next.client()
                .writeForwardedFields(
                        next,
                        pool.context().forwarding(),
                        (name, value) -> request.headers().add(name, value));
        channel().write(request, channel().voidPromise());
        dirty = true;
    }

    /** The next part of the request's body; ownership passes. Trailers end here: the upstream did not ask for them. */
    void write(HttpContent content) {
        lastActivityNanos = pool.context().nowNanos();
        HttpContent part = content;
        if (content instanceof LastHttpContent last && !last.trailingHeaders().isEmpty()) {
            part = new DefaultLastHttpContent(content.content(), EmptyHttpHeaders.INSTANCE);
        }
        channel().write(part, channel().voidPromise());
        dirty = true;
    }

    void flush() {
        if (dirty) {
            dirty = false;
            channel().flush();
        }
    }

    void pauseReading(boolean pause) {
        if (channel().config().isAutoRead() == pause) {
            lastActivityNanos = pool.context().nowNanos();
            channel().config().setAutoRead(!pause);
        }
    }

    boolean isSilent(long nowNanos) {
        return channel().config().isAutoRead()
                && nowNanos - lastActivityNanos
                        > pool.upstream().responseTimeout().toNanos();
    }

    /** @param requestSent whether the whole request went out before the answer ended */
    void exchangeEnded(boolean requestSent) {
        exchange = null;
        if (requestSent && keepAlive && !closed) {
            reused = true;
            pauseReading(false);
            pool.release(this);
        } else {
            close();
        }
    }

    /** Nobody wants the connection any more that was opened for a request which has ended meanwhile. */
    void releaseUnused() {
        pool.release(this);
    }

    void becameIdle(long nowNanos) {
        idle = true;
        lastActivityNanos = nowNanos;
    }

    /** The exchange failed; what the connection holds is worth nothing. */
    void abandon() {
        exchange = null;
        close();
    }

    void close() {
        if (!closed) {
            channel().close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        FrontendHandler other = tunnel;
        Exchange current = exchange;
        if (other != null && msg instanceof ByteBuf bytes) {
            other.tunnelToClient(bytes);
        } else if (current == null) {
            ReferenceCountUtil.release(msg);
            close();
        } else {
            lastActivityNanos = pool.context().nowNanos();
            if (msg instanceof HttpResponse response) {
                readHead(current, response);
            } else if (msg instanceof HttpContent content) {
                readContent(current, content);
            } else {
                ReferenceCountUtil.release(msg);
            }
        }
    }

    private void readHead(Exchange current, HttpResponse response) {
        if (response.decoderResult().isFailure()) {
            current.fail(badResponse(response.decoderResult().cause()));
            return;
        }
        ResponseHead head = new NettyResponseHead(response);
        int status = head.status();
        interim = status < 200;
        if (status == 101) {
            boolean asked = current.head().isWebSocketUpgrade() && head.isWebSocketUpgrade();
            if (asked) {
                switching = head;
            } else {
                current.fail(ProxyError.of(Kind.BAD_RESPONSE, target.endpoint() + ": 101 that was not asked for"));
            }
        } else if (interim) {
            current.interimResponse(head);
        } else if (status > 599) {
            current.fail(ProxyError.of(Kind.BAD_RESPONSE, target.endpoint() + ": status " + status));
        } else {
            boolean delimitedByClose =
                    !current.head().isHead() && !head.isBodiless() && !head.isChunked() && head.contentLength() < 0;
            keepAlive = head.isKeepAlive() && !delimitedByClose;
            current.responseHead(head);
        }
    }

    private void readContent(Exchange current, HttpContent content) {
        if (content.decoderResult().isFailure()) {
            ProxyError error = badResponse(content.decoderResult().cause());
            content.release();
            current.fail(error);
        } else if (interim) {
            content.release();
            endInterim(current);
        } else {
            current.responseContent(content);
        }
    }

    private void endInterim(Exchange current) {
        interim = false;
        ResponseHead head = switching;
        if (head != null) {
            switching = null;
            current.switched(head);
        }
    }

    private ProxyError badResponse(@Nullable Throwable cause) {
        return ProxyError.of(
                Kind.BAD_RESPONSE, target.endpoint() + ": " + (cause == null ? "malformed" : cause.getMessage()));
    }

    /** From here on bytes pass as they are. */
    void openTunnel(FrontendHandler client) {
        tunnel = client;
        channel().pipeline().remove(encoder);
        channel().pipeline().remove(decoder);
    }

    void tunnelToUpstream(ByteBuf bytes) {
        channel().write(bytes, channel().voidPromise());
        dirty = true;
    }

    boolean isWritable() {
        return channel().isWritable();
    }

    /** Sends what is still waiting, then closes. */
    void closeTunnel() {
        if (!closed) {
            channel().writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        FrontendHandler other = tunnel;
        Exchange current = exchange;
        if (other != null) {
            other.flush();
        } else if (current != null) {
            current.client().flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        FrontendHandler other = tunnel;
        Exchange current = exchange;
        if (other != null) {
            other.pauseForUpstream(!ctx.channel().isWritable());
        } else if (current != null) {
            current.upstreamWritable(ctx.channel().isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (closed) {
            return;
        }
        closed = true;
        pool.context().sweeper().remove(deadlines);
        boolean wasIdle = idle;
        idle = false;
        Exchange current = exchange;
        FrontendHandler other = tunnel;
        exchange = null;
        tunnel = null;
        pool.closed(this, wasIdle);
        if (other != null) {
            other.tunnelEnded();
        } else if (current != null) {
            current.upstreamGone(
                    ProxyError.of(Kind.RESET, target.endpoint() + ": closed before its answer ended"), reused);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Exchange current = exchange;
        if (current != null && !(cause instanceof java.io.IOException)) {
            exchange = null;
            current.upstreamGone(badResponse(cause), false);
        }
        ctx.close();
    }
}
