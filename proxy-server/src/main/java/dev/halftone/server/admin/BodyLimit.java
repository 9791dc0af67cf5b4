package dev.halftone.server.admin;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * Answers a body that is too large with a problem document, and reads what the client still sends before it closes: a connection
 * that is closed over unread bytes is reset, and the client would never see why. Admin event loop only.
 */
final class BodyLimit extends ChannelInboundHandlerAdapter {
    /** So much, or for so long, is read and thrown away; then the connection is closed over what comes. */
    private static final long MOST_DISCARDED_BYTES = 4L << 20;

    private static final long MOST_DISCARDING_MILLIS = 2000;

    private final int mostBytes;
    private long bytes;
    private boolean refused;

    /** @param mostBytes of a request's body */
    BodyLimit(int mostBytes) {
        this.mostBytes = mostBytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (refused) {
            discard(ctx, message);
            return;
        }
        if (message instanceof HttpMessage head) {
            bytes = 0;
            if (HttpUtil.getContentLength(head, -1L) > mostBytes) {
                refuse(ctx, message, HttpUtil.is100ContinueExpected(head));
                return;
            }
        }
        if (message instanceof HttpContent content) {
            bytes += content.content().readableBytes();
            if (bytes > mostBytes) {
                refuse(ctx, message, false);
                return;
            }
        }
        ctx.fireChannelRead(message);
    }

    private void refuse(ChannelHandlerContext ctx, Object message, boolean waits) {
        refused = true;
        bytes = 0;
        FullHttpResponse response = AdminHandler.problem(
                413, "the body has more than " + mostBytes + " bytes (expected: at most " + mostBytes + ")");
        response.headers().set(HttpHeaderNames.CONNECTION, "close");
        if (waits) {
            ReferenceCountUtil.release(message);
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        ctx.writeAndFlush(response);
        ctx.executor().schedule(() -> ctx.close(), MOST_DISCARDING_MILLIS, TimeUnit.MILLISECONDS);
        discard(ctx, message);
    }

    private void discard(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpContent content) {
            bytes += content.content().readableBytes();
        }
        boolean over = message instanceof LastHttpContent || bytes > MOST_DISCARDED_BYTES;
        ReferenceCountUtil.release(message);
        if (over) {
            ctx.close();
        }
    }
}
