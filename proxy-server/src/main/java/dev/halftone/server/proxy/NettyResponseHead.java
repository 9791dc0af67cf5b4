package dev.halftone.server.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import java.util.List;
import java.util.Map;

/** The response head as Netty's codec parsed it. Event loop only. */
final class NettyResponseHead implements ResponseHead {
    private final HttpResponse response;

    NettyResponseHead(HttpResponse response) {
        this.response = response;
    }

    @Override
    public int status() {
        return response.status().code();
    }

    @Override
    public String reasonPhrase() {
        return response.status().reasonPhrase();
    }

    @Override
    public boolean isChunked() {
        return HttpUtil.isTransferEncodingChunked(response);
    }

    @Override
    public long contentLength() {
        return HttpUtil.getContentLength(response, -1L);
    }

    @Override
    public boolean isKeepAlive() {
        return HttpUtil.isKeepAlive(response);
    }

    @Override
    public boolean isWebSocketUpgrade() {
        return HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(
                response.headers().get(HttpHeaderNames.UPGRADE, ""));
    }

    @Override
    public List<String> connectionValues() {
        return response.headers().getAll(HttpHeaderNames.CONNECTION);
    }

    @Override
    public Iterable<Map.Entry<CharSequence, CharSequence>> fields() {
        return () -> response.headers().iteratorCharSequence();
    }
}
