package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.server.control.RouteStatus;
import dev.halftone.server.store.StateStore;
import dev.halftone.server.store.StateStore.Recorded;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What open dashboards are told, as server-sent events: {@code routes} once with all of them, {@code tick} each second with those
 * that changed, {@code audit} for each new line of the audit trail. Each second is made into text once, however many look. A
 * client that does not read is cut off and comes back by itself. Admin event loop only, but for the store's watcher, which hands
 * over.
 */
final class LiveFeed implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

    private final EventLoop loop;
    private final Supplier<List<RouteStatus>> status;
    private final Function<RouteStatus, ObjectNode> json;
    private final History history = new History();
    private final Set<ChannelHandlerContext> viewers = new LinkedHashSet<>();
    private final ScheduledFuture<?> ticks;
    private final Closeable watch;
    private Map<String, String> shown = new HashMap<>();

    /** @param json all that is shown of a route */
    LiveFeed(
            EventLoop loop,
            Supplier<List<RouteStatus>> status,
            Function<RouteStatus, ObjectNode> json,
            StateStore store) {
        this.loop = loop;
        this.status = status;
        this.json = json;
        this.watch = store.watch(event -> loop.execute(() -> audit(event)));
        this.ticks = loop.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    History history() {
        return history;
    }

    void open(ChannelHandlerContext viewer) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        viewer.write(head);
        if (viewers.isEmpty()) {
            shown = texts();
        }
        write(
                viewer,
                "retry: 1000\nevent: routes\ndata: {\"time\":" + System.currentTimeMillis() + ",\"routes\":["
                        + String.join(",", inOrder()) + "]}\n\n");
        viewers.add(viewer);
    }

    void closed(ChannelHandlerContext viewer) {
        viewers.remove(viewer);
    }

    private List<String> inOrder() {
        List<String> texts = new ArrayList<>();
        for (RouteStatus route : status.get()) {
            texts.add(shown.computeIfAbsent(
                    route.route().name(), any -> json.apply(route).toString()));
        }
        return texts;
    }

    private Map<String, String> texts() {
        Map<String, String> texts = new HashMap<>();
        status.get()
                .forEach(route ->
                        texts.put(route.route().name(), json.apply(route).toString()));
        return texts;
    }

    private void tick() {
        try {
            long now = System.currentTimeMillis();
            history.sample(status.get(), now);
            if (!viewers.isEmpty()) {
                changes(now);
            }
        } catch (RuntimeException e) {
            LOG.error("the dashboard's feed failed this second; it goes on", e);
        }
    }

    private void changes(long nowMillis) {
        Map<String, String> before = shown;
        shown = texts();
        List<String> changed = new ArrayList<>();
        shown.forEach((name, text) -> {
            if (!text.equals(before.get(name))) {
                changed.add(text);
            }
        });
        ObjectNode gone = RouteJson.JSON.createObjectNode();
        before.keySet().stream().filter(name -> !shown.containsKey(name)).forEach(gone.putArray("gone")::add);
        toAll("event: tick\ndata: {\"time\":" + nowMillis + ",\"gone\":" + gone.get("gone") + ",\"routes\":["
                + String.join(",", changed) + "]}\n\n");
    }

    private void audit(Recorded event) {
        toAll("id: " + event.id() + "\nevent: audit\ndata: " + RouteJson.event(event) + "\n\n");
    }

    private void toAll(String text) {
        List.copyOf(viewers).forEach(viewer -> write(viewer, text));
    }

    private void write(ChannelHandlerContext viewer, String text) {
        if (!viewer.channel().isWritable()) {
            viewers.remove(viewer);
            viewer.close();
            return;
        }
        viewer.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)));
    }

    @Override
    public void close() throws IOException {
        ticks.cancel(false);
        watch.close();
        loop.execute(viewers::clear);
    }
}
