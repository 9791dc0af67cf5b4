package dev.halftone.server.proxy;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Netty's response encoder, told when the request was HEAD. Runs on the connection's event loop. */
final class HeadAwareResponseEncoder extends HttpResponseEncoder {
    private boolean answersHead;

    void answerHead(boolean head) {
        answersHead = head;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        return answersHead || super.isContentAlwaysEmpty(response);
    }
}
