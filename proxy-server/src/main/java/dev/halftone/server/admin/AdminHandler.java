package dev.halftone.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.server.admin.AdminApi.Answer;
import dev.halftone.server.admin.AdminServer.Page;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to the admin API. Admin event loop only. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
    private static final long VERDICT_LOOK_MILLIS = 200;

    private final AdminServer server;
    private @Nullable EventStream stream;
    private boolean live;

    AdminHandler(AdminServer server) {
        this.server = server;
    }

    /** What is asked, taken out of the message. */
    private record Call(
            String method,
            List<String> path,
            Map<String, String> query,
            String body,
            String actor,
            String accept,
            @Nullable String lastEventId,
            InetSocketAddress remote,
            boolean keepAlive) {
        Call by(String name) {
            String who = name + "@" + remote.getAddress().getHostAddress();
            return new Call(method, path, query, body, who, accept, lastEventId, remote, keepAlive);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        if (request.decoderResult().isFailure()) {
            send(ctx, problem(400, "the request is malformed"), false);
            return;
        }
        try {
            Call call = call(ctx, request);
            checkBody(request, call);
            if (isOpen(call)) {
                open(ctx, request, call);
                return;
            }
            Access.Caller caller = server.access()
                    .check(request.headers(), !isRead(call.method), call.remote, System.currentTimeMillis());
            Call known = caller.actor() == null ? call : call.by(caller.actor());
            if (call.path.equals(List.of("session"))) {
                session(ctx, known, caller, request);
            } else {
                answer(ctx, known);
            }
        } catch (ApiProblem e) {
            send(ctx, problem(e.status(), e.detail()), keepAlive);
        } catch (IllegalArgumentException e) {
            send(ctx, problem(400, "the request's target is malformed"), keepAlive);
        }
    }

    /** Probes, and the dashboard's files and sign-in, which hold no data. */
    private static boolean isOpen(Call call) {
        String first = call.path.isEmpty() ? "" : call.path.get(0);
        return switch (first) {
            case "", "livez", "readyz" -> call.path.size() <= 1;
            case "assets" -> true;
            case "session" -> call.method.equals("POST");
            default -> false;
        };
    }

    private void open(ChannelHandlerContext ctx, FullHttpRequest request, Call call) {
        String first = call.path.isEmpty() ? "" : call.path.get(0);
        switch (first) {
            case "livez", "readyz" -> {
                allow(call, "GET", "HEAD");
                probe(ctx, call, first.equals("livez") || server.isReady());
            }
            case "session" -> signIn(ctx, request, call);
            default -> {
                allow(call, "GET", "HEAD");
                asset(ctx, request, call);
            }
        }
    }

    private static void probe(ChannelHandlerContext ctx, Call call, boolean well) {
        String text = call.path.get(0).equals("livez") ? "ok\n" : well ? "ready\n" : "draining\n";
        send(ctx, page(well ? 200 : 503, new Page("text/plain; charset=utf-8", text)), call.keepAlive);
    }

    private void asset(ChannelHandlerContext ctx, FullHttpRequest request, Call call) {
        String name = call.path.isEmpty() ? "index.html" : call.path.size() == 2 ? call.path.get(1) : "";
        WebAssets.Asset asset = server.assets().get(name);
        if (asset == null) {
            throw notFound(call);
        }
        boolean known = asset.tag().equals(request.headers().get(HttpHeaderNames.IF_NONE_MATCH));
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                known ? HttpResponseStatus.NOT_MODIFIED : HttpResponseStatus.OK,
                known || call.method.equals("HEAD")
                        ? Unpooled.EMPTY_BUFFER
                        : asset.bytes().duplicate());
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, asset.contentType())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .set(HttpHeaderNames.ETAG, asset.tag())
                .set("X-Content-Type-Options", "nosniff")
                .set("Referrer-Policy", "no-referrer")
                .set("Content-Security-Policy", WebAssets.CONTENT_SECURITY_POLICY);
        if (!known) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, asset.bytes().readableBytes());
        }
        send(ctx, response, call.keepAlive);
    }

    private void signIn(ChannelHandlerContext ctx, FullHttpRequest request, Call call) {
        AdminApi.SignIn wanted = AdminApi.signIn(call.body);
        String secret = server.access()
                .signIn(request.headers(), wanted.token(), wanted.name(), call.remote, System.currentTimeMillis());
        FullHttpResponse response = page(200, new Page("application/json", "{\"signedIn\": true}\n"));
        boolean tls = request.headers().get(HttpHeaderNames.ORIGIN, "").startsWith("https://");
        response.headers().set(HttpHeaderNames.SET_COOKIE, cookie(secret, Sessions.LIFE_MILLIS / 1000, tls));
        send(ctx, response, call.keepAlive);
    }

    private static String cookie(String value, long maxAgeSeconds, boolean secure) {
        return Access.COOKIE + "=" + value + "; Path=/; Max-Age=" + maxAgeSeconds + "; HttpOnly; SameSite=Strict"
                + (secure ? "; Secure" : "");
    }

    private void session(ChannelHandlerContext ctx, Call call, Access.Caller caller, FullHttpRequest request) {
        allow(call, "GET", "DELETE");
        if (call.method.equals("DELETE")) {
            server.access().signOut(request.headers());
            FullHttpResponse response = page(200, new Page("application/json", "{\"signedIn\": false}\n"));
            response.headers().set(HttpHeaderNames.SET_COOKIE, cookie("", 0, false));
            send(ctx, response, call.keepAlive);
            return;
        }
        ObjectNode body = RouteJson.JSON
                .createObjectNode()
                .put("role", caller.role().label())
                .put("name", caller.actor())
                .put("session", caller.bySession())
                .put("version", server.version());
        reply(ctx, call, Answer.ok(body));
    }

    private static boolean isRead(String method) {
        return method.equals("GET") || method.equals("HEAD");
    }

    private static void checkBody(FullHttpRequest request, Call call) {
        String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (!isRead(call.method)
                && !call.body.isBlank()
                && !type.toLowerCase(java.util.Locale.ROOT).startsWith("application/json")) {
            throw new ApiProblem(
                    415,
                    "Content-Type " + (type.isEmpty() ? "missing" : "is not JSON") + " (expected: application/json)");
        }
    }

    private static Call call(ChannelHandlerContext ctx, FullHttpRequest request) {
        QueryStringDecoder target = new QueryStringDecoder(request.uri());
        Map<String, String> query = new LinkedHashMap<>();
        target.parameters().forEach((name, values) -> query.put(name, values.get(0)));
        List<String> path = Arrays.stream(target.path().split("/", -1))
                .filter(part -> !part.isEmpty())
                .toList();
        InetSocketAddress remote = (InetSocketAddress) ctx.channel().remoteAddress();
        String named = request.headers().get("X-Halftone-Actor", "");
        String who = named.matches("[!-~]{1,64}") ? named : "operator";
        return new Call(
                request.method().name(),
                path,
                query,
                request.content().toString(StandardCharsets.UTF_8),
                who + "@" + remote.getAddress().getHostAddress(),
                request.headers().get(HttpHeaderNames.ACCEPT, ""),
                request.headers().get("Last-Event-ID"),
                remote,
                HttpUtil.isKeepAlive(request));
    }

    private void answer(ChannelHandlerContext ctx, Call call) {
        List<String> path = call.path;
        String first = path.isEmpty() ? "" : path.get(0);
        if (path.size() <= 1 && !first.equals("api")) {
            allow(call, "GET", "HEAD");
            plain(ctx, call, first);
        } else if (path.size() >= 3 && first.equals("api") && path.get(1).equals("v1")) {
            api(ctx, call, path.subList(2, path.size()));
        } else {
            throw notFound(call);
        }
    }

    private static ApiProblem notFound(Call call) {
        return new ApiProblem(
                404, "nothing at /" + String.join("/", call.path) + " (expected: a path of /api/v1/openapi.json)");
    }

    private static void allow(Call call, String... methods) {
        if (!Arrays.asList(methods).contains(call.method)) {
            throw new ApiProblem(405, call.method + " (expected: " + String.join(", ", methods) + ")");
        }
    }

    private void plain(ChannelHandlerContext ctx, Call call, String name) {
        if (!name.equals("metrics")) {
            throw notFound(call);
        }
        send(ctx, page(200, server.metrics(call.accept)), call.keepAlive);
    }

    private void api(ChannelHandlerContext ctx, Call call, List<String> path) {
        AdminApi api = server.api();
        if (path.equals(List.of("openapi.json"))) {
            allow(call, "GET");
            send(ctx, page(200, new Page("application/json", OpenApi.document())), call.keepAlive);
        } else if (path.equals(List.of("routes"))) {
            allow(call, "GET");
            reply(ctx, call, Answer.ok(api.routes()));
        } else if (path.equals(List.of("upstreams"))) {
            allow(call, "GET");
            reply(ctx, call, Answer.ok(api.upstreams()));
        } else if (path.equals(List.of("events"))) {
            allow(call, "GET");
            reply(ctx, call, Answer.ok(api.events(call.query)));
        } else if (path.equals(List.of("live", "stream"))) {
            allow(call, "GET");
            live = true;
            server.live().open(ctx);
        } else if (path.equals(List.of("events", "stream"))) {
            allow(call, "GET");
            openStream(ctx, call);
        } else if (path.size() == 2 && path.get(0).equals("routes")) {
            allow(call, "GET");
            reply(ctx, call, Answer.ok(api.json(api.status(path.get(1)))));
        } else if (path.size() == 3 && path.get(0).equals("routes")) {
            ofRoute(ctx, call, path.get(1), path.get(2));
        } else {
            throw notFound(call);
        }
    }

    private void ofRoute(ChannelHandlerContext ctx, Call call, String route, String what) {
        AdminApi api = server.api();
        if (what.equals("ratio")) {
            allow(call, "PUT");
            reply(ctx, call, api.setRatio(route, call.body, call.actor));
        } else if (what.equals("releases")) {
            allow(call, "POST");
            reply(ctx, call, api.startRelease(route, call.body, call.actor));
        } else if (AdminApi.isCommand(what)) {
            allow(call, "POST");
            reply(ctx, call, api.command(route, what, call.body, call.actor));
        } else if (what.equals("explain")) {
            allow(call, "GET");
            reply(ctx, call, Answer.ok(api.explain(route, call.query, call.remote.getAddress())));
        } else if (what.equals("verdict")) {
            allow(call, "GET");
            verdict(ctx, call, route, System.nanoTime() + waitNanos(call.query.get("wait")));
        } else if (what.equals("series")) {
            allow(call, "GET");
            api.status(route);
            reply(ctx, call, Answer.ok(server.live().history().json(route)));
        } else if (what.equals("experiment")) {
            allow(call, "GET");
            reply(ctx, call, Answer.ok(ExperimentJson.report(api.status(route))));
        } else if (what.equals("metrics")) {
            allow(call, "POST");
            reply(ctx, call, api.report(route, call.body, System.nanoTime()));
        } else {
            throw notFound(call);
        }
    }

    private static long waitNanos(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        if (!text.matches("\\d{1,2}s") || Integer.parseInt(text.substring(0, text.length() - 1)) > 60) {
            throw new ApiProblem(400, "wait: " + text + " (expected: 0s..60s)");
        }
        return TimeUnit.SECONDS.toNanos(Integer.parseInt(text.substring(0, text.length() - 1)));
    }

    /** Answers as soon as there is a verdict, or when the time is up. */
    private void verdict(ChannelHandlerContext ctx, Call call, String route, long deadlineNanos) {
        ObjectNode verdict = RouteJson.verdict(server.api().status(route));
        boolean open = verdict.get("verdict").textValue().equals("insufficient");
        if (open && System.nanoTime() - deadlineNanos < 0 && ctx.channel().isActive()) {
            ctx.executor()
                    .schedule(() -> later(ctx, call, route, deadlineNanos), VERDICT_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            reply(ctx, call, Answer.ok(verdict));
        }
    }

    private void later(ChannelHandlerContext ctx, Call call, String route, long deadlineNanos) {
        try {
            verdict(ctx, call, route, deadlineNanos);
        } catch (ApiProblem e) {
            send(ctx, problem(e.status(), e.detail()), call.keepAlive);
        }
    }

    private void openStream(ChannelHandlerContext ctx, Call call) {
        String after = call.lastEventId != null ? call.lastEventId : call.query.get("after");
        Map<String, String> query = after == null ? Map.of() : Map.of("after", after);
        long from = AdminApi.number(query, "after", -1, 0, Long.MAX_VALUE);
        stream = EventStream.open(ctx, server, call.query.get("route"), from);
    }

    private static void reply(ChannelHandlerContext ctx, Call call, CompletableFuture<Answer> answer) {
        answer.whenCompleteAsync(
                (done, failure) -> {
                    if (failure == null) {
                        reply(ctx, call, done);
                    } else {
                        send(ctx, problem(failure), call.keepAlive);
                    }
                },
                ctx.executor());
    }

    private static FullHttpResponse problem(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ApiProblem known) {
            return problem(known.status(), known.detail());
        }
        if (cause instanceof NoSuchElementException) {
            return problem(404, String.valueOf(cause.getMessage()));
        }
        LOG.error("an admin call failed by a fault of the proxy", cause);
        return problem(500, "the proxy failed; see its log");
    }

    private static void reply(ChannelHandlerContext ctx, Call call, Answer answer) {
        FullHttpResponse response = page(answer.status(), new Page("application/json", text(answer.body())));
        if (answer.location() != null) {
            response.headers().set(HttpHeaderNames.LOCATION, answer.location());
        }
        send(ctx, response, call.keepAlive);
    }

    private static String text(JsonNode body) {
        return body.toString() + "\n";
    }

    static FullHttpResponse problem(int status, String detail) {
        ObjectNode body = RouteJson.JSON.createObjectNode().put("type", "about:blank");
        body.put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("detail", detail);
        FullHttpResponse response = page(status, new Page("application/problem+json", text(body)));
        if (status == 401) {
            response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        if (status == 405) {
            int from = detail.indexOf("(expected: ") + 11;
            response.headers().set(HttpHeaderNames.ALLOW, detail.substring(from, detail.length() - 1));
        }
        return response;
    }

    private static FullHttpResponse page(int status, Page page) {
        byte[] bytes = page.body().getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(bytes));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("X-Content-Type-Options", "nosniff");
        return response;
    }

    private static void send(ChannelHandlerContext ctx, FullHttpResponse response, boolean keepAlive) {
        if (keepAlive) {
            ctx.writeAndFlush(response);
        } else {
            response.headers().set(HttpHeaderNames.CONNECTION, "close");
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (stream != null) {
            stream.close();
        }
        if (live) {
            server.live().closed(ctx);
        }
        server.closed();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof java.io.IOException)) {
            LOG.error("an admin connection failed by a fault of the proxy", cause);
        }
        ctx.close();
    }
}
