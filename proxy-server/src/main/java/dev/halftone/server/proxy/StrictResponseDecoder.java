package dev.halftone.server.proxy;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponseDecoder;

/** Netty's response decoder, stricter, and told when an answer is to HEAD. Runs on the connection's event loop. */
final class StrictResponseDecoder extends HttpResponseDecoder {
    private boolean answersHead;

    StrictResponseDecoder(HttpDecoderConfig config) {
        super(config);
    }

    void expectAnswerToHead(boolean head) {
        answersHead = head;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        return answersHead || super.isContentAlwaysEmpty(message);
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
    }
}
