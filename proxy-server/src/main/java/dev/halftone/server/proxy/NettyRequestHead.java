package dev.halftone.server.proxy;

import dev.halftone.core.routing.CookieHeader;
import dev.halftone.core.routing.QueryString;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The request head as Netty's codec parsed it, already validated by {@link RequestCheck}. Event loop only. */
final class NettyRequestHead implements RequestHead {
    private final HttpRequest request;
    private final HttpHeaders headers;
    private final String target;
    private final String authority;
    private final CharSequence path;
    private final InetAddress clientAddress;

    /**
     * @param target in origin form
     * @param path normalised
     */
    NettyRequestHead(
            HttpRequest request, String target, String authority, CharSequence path, InetAddress clientAddress) {
        this.request = request;
        this.headers = request.headers();
        this.target = target;
        this.authority = authority;
        this.path = path;
        this.clientAddress = clientAddress;
    }

    @Override
    public CharSequence method() {
        return request.method().name();
    }

    @Override
    public CharSequence host() {
        return withoutPort(authority);
    }

    static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon >= 0 && colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    @Override
    public CharSequence path() {
        return path;
    }

    @Override
    public @Nullable CharSequence header(String name) {
        return headers.get(name);
    }

    @Override
    public @Nullable CharSequence cookie(String name) {
        Iterator<String> values = headers.valueStringIterator(HttpHeaderNames.COOKIE);
        while (values.hasNext()) {
            CharSequence found = CookieHeader.first(values.next(), name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    @Override
    public @Nullable CharSequence query(String name) {
        int question = target.indexOf('?');
        return question < 0 ? null : QueryString.first(target.substring(question + 1), name);
    }

    @Override
    public InetAddress clientAddress() {
        return clientAddress;
    }

    @Override
    public CharSequence target() {
        return target;
    }

    @Override
    public CharSequence authority() {
        return authority;
    }

    @Override
    public boolean isHttp10() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    @Override
    public boolean isKeepAlive() {
        return HttpUtil.isKeepAlive(request);
    }

    @Override
    public boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    @Override
    public boolean isIdempotent() {
        return switch (request.method().name()) {
            case "GET", "HEAD", "OPTIONS", "PUT", "DELETE" -> true;
            default -> false;
        };
    }

    @Override
    public boolean isChunked() {
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    @Override
    public long contentLength() {
        return HttpUtil.getContentLength(request, -1L);
    }

    @Override
    public boolean isWebSocketUpgrade() {
        return request.method().equals(HttpMethod.GET)
                && !isHttp10()
                && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(headers.get(HttpHeaderNames.UPGRADE, ""));
    }

    @Override
    public boolean acceptsTrailers() {
        return headers.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
    }

    @Override
    public void forEachField(FieldSink sink) {
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
        while (fields.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            sink.field(field.getKey(), field.getValue());
        }
    }
}
