package dev.halftone.server.proxy;

import dev.halftone.server.http1.HeadLimits;
import dev.halftone.server.http1.ResponseHead;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an upstream. Serves one exchange after another; in between it lies in its pool, still reading, so that a
 * close or an unasked byte is seen at once. Runs on the event loop of the client's connection that it was opened for.
 */
final class BackendHandler extends ChannelInboundHandlerAdapter {
    private static final int MAX_STATUS_LINE_BYTES = 8192;
    private static final int MAX_FIELDS = 1000;
    /** Of an answer that nobody wants; what is longer, or takes longer, ends with its connection. */
    private static final int MAX_DISCARDED_BYTES = 64 * 1024;

    private static final long MAX_DISCARDING_NANOS = 1_000_000_000L;

    private final UpstreamPool pool;
    private final UpstreamPool.Target target;
    private final ResponseHead head;
    private final Body body = new Body();
    private final Deadlines deadlines = new Deadlines();
    private @Nullable Sending sending;
    private @Nullable UpstreamRequest exchange;
    private @Nullable FrontendHandler tunnel;
    private boolean headRead;
    private boolean broken;
    private boolean keepAlive;
    private boolean reused;
    private boolean idle;
    private boolean closed;
    private boolean dirty;
    private boolean discarding;
    private int discardedBytes;
    private long lastActivityNanos;

    /** The connection's entry in the loop's timer. */
    private final class Deadlines extends Sweeper.Sweepable {
        @Override
        void sweep(long nowNanos) {
            if (idle
                    && nowNanos - lastActivityNanos
                            > pool.upstream().pool().idleTimeout().toNanos()) {
                close();
            } else if (discarding && nowNanos - lastActivityNanos > MAX_DISCARDING_NANOS) {
                close();
            }
        }
    }

    BackendHandler(UpstreamPool pool, UpstreamPool.Target target) {
        this.pool = pool;
        this.target = target;
        head = new ResponseHead(
                new HeadLimits(MAX_STATUS_LINE_BYTES, pool.upstream().maxResponseHeadBytes(), MAX_FIELDS));
    }

    UpstreamPool.Target target() {
        return target;
    }

    void install(Channel opening) {
        sending = new Sending(opening);
        opening.config().setRecvByteBufAllocator(pool.context().reads());
        opening.pipeline().addLast(this);
    }

    /** The connect succeeded; from now on the pool counts on hearing of the end. */
    void opened() {
        LoopbackTuning.apply(channel());
        pool.context().sweeper().add(deadlines);
    }

    private Channel channel() {
        return sending().channel();
    }

    private Sending sending() {
        Sending present = sending;
        if (present == null) {
            throw new IllegalStateException("not connected");
        }
        return present;
    }

    /** Writes the head of the next exchange's request. */
    void begin(UpstreamRequest next) {
        exchange = next;
        idle = false;
        keepAlive = true;
        headRead = false;
        head.reset();
        lastActivityNanos = pool.context().nowNanos();
        sending().write(next.writeHead(channel().alloc()));
        dirty = true;
    }

    /** The next part of the request's body; ownership passes. */
    void write(ByteBuf content) {
        lastActivityNanos = pool.context().nowNanos();
        sending().write(content);
        dirty = true;
    }

    void flush() {
        if (dirty) {
            dirty = false;
            sending().flush();
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
        pool.answered(target, head.status());
        if (requestSent && keepAlive && !closed) {
            reused = true;
            pauseReading(false);
            pool.release(this);
        } else {
            close();
        }
    }

    /** Whether an exchange has ended well on it. */
    boolean hasServed() {
        return reused;
    }

    /** The exchange failed by the upstream's fault. */
    void failed() {
        pool.failed(target);
    }

    /** Nobody wants the rest of this answer, whose head was read; the connection serves others when it has gone by. */
    void discardAnswer() {
        exchange = null;
        pool.answered(target, head.status());
        discarding = true;
        discardedBytes = 0;
        pauseReading(false);
    }

    private void discard(ByteBuf in) {
        while (in.isReadable() && !body.isEnded() && body.fault() == null && discardedBytes <= MAX_DISCARDED_BYTES) {
            ByteBuf part = body.next(in);
            discardedBytes += part.readableBytes();
            part.release();
        }
        if (in.isReadable() || body.fault() != null || discardedBytes > MAX_DISCARDED_BYTES || !keepAlive || closed) {
            close();
        } else if (body.isEnded()) {
            discarding = false;
            reused = true;
            pool.release(this);
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

    /**
     * The exchange failed; what the connection holds is worth nothing.
     *
     * @param requestSent else the upstream is told by a reset that what it has is not all
     */
    void abandon(boolean requestSent) {
        exchange = null;
        if (!requestSent && channel().isOpen()) {
            channel().config().setOption(ChannelOption.SO_LINGER, 0);
        }
        close();
    }

    /** The pool counts it as active until it is closed. */
    void closeUnneeded() {
        idle = false;
        close();
    }

    void close() {
        if (!closed) {
            channel().close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        pool.context().readClock();
        FrontendHandler other = tunnel;
        if (other != null) {
            other.tunnelToClient(in);
            return;
        }
        try {
            if (discarding) {
                discard(in);
                return;
            }
            if (exchange == null) {
                close();
                return;
            }
            lastActivityNanos = pool.context().nowNanos();
            read(in);
            UpstreamRequest current = exchange;
            if (current != null && !in.isWritable()) {
                // More is waiting: what came goes out while it is in the cache, and its buffer is free for the next
                // read.
                current.flushResponse();
            }
        } finally {
            in.release();
        }
    }

    private void read(ByteBuf in) {
        UpstreamRequest current = exchange;
        while (current != null && in.isReadable()) {
            if (headRead) {
                readBody(current, in);
            } else if (head.read(in)) {
                readHead(current, in);
            }
            current = exchange == current ? current : null;
        }
        FrontendHandler opened = tunnel;
        if (opened != null && in.isReadable()) {
            opened.tunnelToClient(in.readRetainedSlice(in.readableBytes()));
        } else if (discarding) {
            discard(in);
        }
    }

    private void readHead(UpstreamRequest current, ByteBuf in) {
        if (head.fault() != null) {
            current.fail(badResponse(head.detail()));
            return;
        }
        int status = head.status();
        if (status == 101) {
            if (current.isWebSocketUpgrade() && head.isWebSocketUpgrade()) {
                current.switched(head);
            } else {
                current.fail(badResponse("101 that was not asked for"));
            }
        } else if (status < 200) {
            current.interimResponse(head);
            head.reset();
        } else {
            headRead = true;
            keepAlive = head.isKeepAlive();
            frameBody(current);
            current.responseHead(head);
            if (exchange == current && body.isEnded()) {
                finish(current, in);
            }
        }
    }

    private void frameBody(UpstreamRequest current) {
        if (head.isBodiless() || current.isHead()) {
            body.none();
        } else if (head.isChunked()) {
            body.chunked(current.takesChunks());
        } else if (head.contentLength() >= 0) {
            body.ofLength(head.contentLength());
        } else {
            body.untilClose();
            keepAlive = false;
        }
    }

    private void readBody(UpstreamRequest current, ByteBuf in) {
        ByteBuf part = body.next(in);
        String fault = body.fault();
        if (fault != null) {
            part.release();
            current.fail(badResponse(fault));
            return;
        }
        if (part.isReadable()) {
            current.responseContent(part, body.dataBytes(part));
        } else {
            part.release();
        }
        if (exchange == current && body.isEnded()) {
            finish(current, in);
        }
    }

    /** What follows an answer was not asked for: the connection serves no other. */
    private void finish(UpstreamRequest current, ByteBuf in) {
        keepAlive &= !in.isReadable();
        current.responseEnded(body.trailers());
    }

    private ProxyError badResponse(String detail) {
        return ProxyError.of(Kind.BAD_RESPONSE, target.name() + ": " + detail);
    }

    /** From here on bytes pass as they are. */
    void openTunnel(FrontendHandler client) {
        tunnel = client;
        exchange = null;
    }

    void tunnelToUpstream(ByteBuf bytes) {
        sending().write(bytes);
        dirty = true;
    }

    boolean isWritable() {
        return channel().isWritable();
    }

    /** Sends what is still waiting, then closes. */
    void closeTunnel() {
        if (!closed) {
            sending().finish().addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        FrontendHandler other = tunnel;
        UpstreamRequest current = exchange;
        if (other != null) {
            other.flush();
        } else if (current != null) {
            current.flushResponse();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        FrontendHandler other = tunnel;
        UpstreamRequest current = exchange;
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
        pool.context().readClock();
        pool.context().sweeper().remove(deadlines);
        sending().closed();
        boolean wasIdle = idle;
        idle = false;
        UpstreamRequest current = exchange;
        FrontendHandler other = tunnel;
        exchange = null;
        tunnel = null;
        pool.closed(this, wasIdle);
        if (other != null) {
            other.tunnelEnded();
        } else if (current != null && headRead && body.isUntilClose() && !broken) {
            current.responseEnded(null);
        } else if (current != null) {
            // An idle connection that was closed as it was taken up says nothing.
            if (!reused || headRead) {
                pool.failed(target);
            }
            current.upstreamGone(ProxyError.of(Kind.RESET, target.name() + ": closed before its answer ended"), reused);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        UpstreamRequest current = exchange;
        if (current != null && !(cause instanceof java.io.IOException)) {
            exchange = null;
            current.upstreamGone(badResponse(cause.toString()), false);
        }
        broken = true;
        ctx.close();
    }
}
