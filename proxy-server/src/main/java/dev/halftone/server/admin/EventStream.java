package dev.halftone.server.admin;

import dev.halftone.server.store.StateStore;
import dev.halftone.server.store.StateStore.Recorded;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit trail as server-sent events: what was asked for of the past, then what comes. A client that does not read is cut
 * off and may come back with its last id. Admin event loop, but for the watcher, which only hands over.
 */
final class EventStream implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final long HEARTBEAT_SECONDS = 15;
    private static final int PAGE = 1000;

    private final ChannelHandlerContext ctx;
    private final @Nullable String route;
    private final Closeable watch;
    private final ScheduledFuture<?> heartbeat;
    private long lastId;

    private EventStream(ChannelHandlerContext ctx, StateStore store, @Nullable String route) {
        this.ctx = ctx;
        this.route = route;
        this.watch = store.watch(event -> ctx.executor().execute(() -> send(event)));
        this.heartbeat = ctx.executor()
                .scheduleAtFixedRate(
                        () -> write(": still here\n\n"), HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    }

    /** @param after ids above this are sent first; below 0: none of the past */
    static EventStream open(ChannelHandlerContext ctx, AdminServer server, @Nullable String route, long after) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        ctx.writeAndFlush(head);
        // Watching begins before the past is read, so that nothing falls between; ids keep it from coming twice.
        EventStream stream = new EventStream(ctx, server.store(), route);
        if (after >= 0) {
            stream.lastId = after;
            server.store().events(route, after, PAGE).forEach(stream::send);
        }
        return stream;
    }

    private void send(Recorded event) {
        if (event.id() <= lastId
                || (route != null && !route.equals(event.event().route()))) {
            return;
        }
        lastId = event.id();
        write("id: " + event.id() + "\nevent: " + event.event().action() + "\ndata: " + RouteJson.event(event)
                + "\n\n");
    }

    private void write(String text) {
        if (!ctx.channel().isWritable()) {
            ctx.close();
            return;
        }
        ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        heartbeat.cancel(false);
        try {
            watch.close();
        } catch (IOException e) {
            LOG.error("an event stream could not be taken off its store", e);
        }
    }
}
