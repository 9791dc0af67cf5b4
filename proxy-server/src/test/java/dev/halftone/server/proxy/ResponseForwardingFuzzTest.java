package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.halftone.server.http1.Cuts;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.Message;
import dev.halftone.server.http1.OwnReading;
import dev.halftone.server.http1.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/** An upstream's answers on their way to a client of HTTP/1.1: what we send must mean what came. */
class ResponseForwardingFuzzTest {
    @FuzzTest
    void forward_anyBytes_meanOneThing(byte[] stream) {
        OwnReading came = OwnReading.ofResponses(stream, OwnReading.LIMITS);
        Sender sender = new Sender();
        sender.forward(stream);
        OwnReading goes = OwnReading.ofResponses(Message.bytes(sender.sent.toString()), OwnReading.WIDE);
        assertThat(goes.fault()).isNull();
        assertThat(goes.openEnd()).isFalse();
        assertThat(goes.messages()).hasSameSizeAs(came.messages());
        for (int i = 0; i < goes.messages().size(); i++) {
            assertPassedOn(came.messages().get(i), goes.messages().get(i));
        }
    }

    private static void assertPassedOn(Message came, Message goes) {
        assertThat(goes.start()).isEqualTo(came.start());
        assertThat(goes.body()).isEqualTo(came.body());
        assertThat(goes.trailers()).isEqualTo(came.trailers());
        assertThat(goes.has("connection")).isFalse();
        assertThat(came.fields()).containsAll(goes.fields());
    }

    /** Does with an upstream's bytes what the two handlers do, without channels. */
    private static final class Sender {
        private final StringBuilder sent = new StringBuilder();
        private final ResponseHead head = new ResponseHead(OwnReading.LIMITS);
        private final HeadBuffer out = new HeadBuffer();
        private final Body body = new Body();
        private boolean inBody;
        private boolean makesChunks;
        private boolean stopped;

        private void forward(byte[] stream) {
            for (ByteBuf part : Cuts.some(stream)) {
                while (part.isReadable() && !stopped) {
                    step(part);
                }
            }
            if (inBody && makesChunks) {
                sent.append("0\r\n\r\n");
            }
        }

        private void step(ByteBuf in) {
            if (inBody) {
                readBody(in);
            } else if (head.read(in)) {
                stopped = head.fault() != null || head.status() == 101;
                if (!stopped) {
                    open();
                }
            }
        }

        private void open() {
            ResponseForwarding.write(head, RequestForwardingFuzzTest.CHOICE, out);
            boolean chunks = !head.isBodiless() && head.contentLength() < 0;
            if (chunks) {
                out.field("Transfer-Encoding", "chunked");
            }
            sent.append(Message.latin(out.end().toBuffer(UnpooledByteBufAllocator.DEFAULT, 0)));
            makesChunks = chunks && !head.isChunked();
            frameBody();
            inBody = !body.isEnded();
            if (!inBody) {
                head.reset();
            }
        }

        private void frameBody() {
            if (head.isBodiless()) {
                body.none();
            } else if (head.isChunked()) {
                body.chunked(true);
            } else if (head.contentLength() >= 0) {
                body.ofLength(head.contentLength());
            } else {
                body.untilClose();
            }
        }

        private void readBody(ByteBuf in) {
            String part = Message.latin(body.next(in));
            stopped = body.fault() != null;
            if (stopped) {
                return;
            }
            if (makesChunks) {
                sent.append(Integer.toHexString(part.length()))
                        .append("\r\n")
                        .append(part)
                        .append("\r\n");
            } else {
                sent.append(part);
            }
            if (body.isEnded()) {
                ByteBuf trailers = body.trailers();
                sent.append(!body.isChunked() ? "" : trailers == null ? "\r\n" : Message.latin(trailers));
                inBody = false;
                head.reset();
            }
        }
    }
}
