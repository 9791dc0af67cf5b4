package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.halftone.core.Version;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Reason;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.Upstream;
import dev.halftone.server.http1.Cuts;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.Message;
import dev.halftone.server.http1.OwnReading;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.tracing.Sampling;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A client's connection on its way to an upstream: what we send must mean what came, to everyone. */
class RequestForwardingFuzzTest {
    private static final Pattern ENDS_HERE =
            Pattern.compile("host|connection|keep-alive|proxy-connection|proxy-authenticate"
                    + "|proxy-authorization|trailer|http2-settings|sec-websocket-key[12]|te|transfer-encoding|upgrade"
                    + "|traceparent|x-request-id|forwarded|x-real-ip|x-forwarded-.+|x-halftone-.+");
    private static final Pattern FOLDED_TO_PROTECTED =
            Pattern.compile("host|content-length|cookie|x-request-id|traceparent|forwarded|expect|te|upgrade|trailer"
                    + "|x-real-ip|x-forwarded-.+|x-halftone-.+|authorization|connection|keep-alive|proxy-(connection|authenticate|authorization)"
                    + "|transfer-encoding|http2-settings|sec-websocket-key[12]");
    private static final Upstream UPSTREAM = new Upstream(
            "old",
            List.of(new Upstream.Endpoint("127.0.0.1", 8080, 1)),
            Upstream.LoadBalancing.LEAST_REQUEST,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Upstream.Pool.DEFAULT);
    static final Choice CHOICE = new Choice(
            new Route(0, "shop", RequestMatch.ANY, UPSTREAM, null, Forwarding.DEFAULT),
            Version.STABLE,
            Reason.RATIO,
            null,
            true);
    private static final RequestMatch UNDER_API = new RequestMatch(
            List.of(),
            new RequestMatch.PathMatch.Prefix("/api"),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    private static final Choice REWRITTEN = new Choice(
            new Route(
                    1,
                    "api",
                    UNDER_API,
                    UPSTREAM,
                    null,
                    new Forwarding(
                            false,
                            Duration.ZERO,
                            Duration.ZERO,
                            "/v2",
                            null,
                            Forwarding.HeaderEdits.NONE,
                            Forwarding.HeaderEdits.NONE)),
            Version.STABLE,
            Reason.RATIO,
            null,
            true);

    @FuzzTest
    void forward_anyBytes_meanOneThing(byte[] stream) {
        OwnReading came = OwnReading.ofRequests(stream, OwnReading.LIMITS);
        Sender sender = new Sender((Arrays.hashCode(stream) & 1) == 0);
        sender.forward(stream);
        OwnReading goes = OwnReading.ofRequests(Message.bytes(sender.sent.toString()), OwnReading.WIDE);
        assertThat(goes.fault()).isNull();
        assertThat(goes.messages()).hasSize(sender.complete);
        if (!sender.upgraded) {
            assertThat(goes.messages()).hasSameSizeAs(came.messages());
        }
        for (int i = 0; i < goes.messages().size(); i++) {
            assertPassedOn(came.messages().get(i), goes.messages().get(i));
        }
    }

    private static void assertPassedOn(Message came, Message goes) {
        assertThat(method(goes)).isEqualTo(method(came));
        assertThat(goes.body()).isEqualTo(came.body());
        assertThat(goes.length()).isEqualTo(came.length());
        assertThat(goes.chunked()).isEqualTo(came.chunked());
        assertThat(goes.trailers()).isEmpty();
        assertThat(goes.count("host")).isEqualTo(1);
        assertThat(goes.fields()).noneMatch(field -> name(field).equals("sec-websocket-key1"));
        List<String> named = connectionTokens(came);
        List<String> passing = came.fields().stream()
                .filter(field -> passes(name(field), named))
                .toList();
        List<String> passed = goes.fields().stream()
                .filter(field -> passes(name(field), List.of()))
                .toList();
        assertThat(passed)
                .isEqualTo(Stream.concat(passing.stream(), Stream.of("Via:1.1 halftone"))
                        .toList());
    }

    private static String method(Message message) {
        return message.start().substring(0, message.start().indexOf(' '));
    }

    private static String name(String field) {
        return field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
    }

    private static List<String> connectionTokens(Message message) {
        return message.fields().stream()
                .filter(field -> name(field).equals("connection"))
                .flatMap(field ->
                        Arrays.stream(field.substring("connection:".length()).split(",")))
                .map(token -> token.strip().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static boolean passes(String name, List<String> named) {
        boolean isProtected = name.equals("cookie") || name.equals("authorization");
        boolean lookalike = (name.contains("_") || name.contains("."))
                && matches(FOLDED_TO_PROTECTED, name.replace('_', '-').replace('.', '-'));
        return !matches(ENDS_HERE, name) && !lookalike && (isProtected || !named.contains(name));
    }

    private static boolean matches(Pattern pattern, String name) {
        return pattern.matcher(name).matches();
    }

    /** Does with a client's bytes what its handler does, without channels. */
    private static final class Sender {
        private final StringBuilder sent = new StringBuilder();
        private final RequestForwarding forwarding = new RequestForwarding(new SplittableRandom(1), Sampling.NEVER);
        private final RequestHead head = new RequestHead(OwnReading.LIMITS);
        private final HeadBuffer out = new HeadBuffer();
        private final Body body = new Body();
        private final ClientConnection client;
        private int complete;
        private boolean upgraded;
        private boolean inBody;
        private boolean stopped;

        private Sender(boolean trusted) {
            InetAddress address = InetAddress.getLoopbackAddress();
            client = new ClientConnection(address, trusted ? List.of(Cidr.parse("127.0.0.0/8")) : List.of());
        }

        private void forward(byte[] stream) {
            for (ByteBuf part : Cuts.some(stream)) {
                while (part.isReadable() && !stopped) {
                    step(part);
                }
            }
        }

        private void step(ByteBuf in) {
            if (inBody) {
                readBody(in);
            } else if (head.read(in)) {
                stopped = head.fault() != null;
                if (!stopped) {
                    open();
                }
            }
        }

        private void open() {
            String path = head.path().toString();
            boolean underApi = path.equals("/api") || path.startsWith("/api/");
            RequestId id = new RequestId(head);
            forwarding.identify(id);
            forwarding.write(head, underApi ? REWRITTEN : CHOICE, client, id, out);
            String written = Message.latin(out.toBuffer(UnpooledByteBufAllocator.DEFAULT, 0));
            assertTarget(written, underApi);
            sent.append(written);
            inBody = head.hasBody();
            if (!inBody) {
                end();
            } else if (head.isChunked()) {
                body.chunked(true);
            } else {
                body.ofLength(head.contentLength());
            }
        }

        /** The target goes as it came, or below the other prefix. */
        private void assertTarget(String written, boolean underApi) {
            String target = written.substring(written.indexOf(' ') + 1, written.indexOf(" HTTP/1.1\r\n"));
            if (underApi) {
                assertThat(target).matches("/v2([/?].*)?");
            } else {
                assertThat(target).isEqualTo(head.target().toString());
            }
        }

        private void readBody(ByteBuf in) {
            String part = Message.latin(body.next(in));
            stopped = body.fault() != null;
            if (stopped) {
                return;
            }
            if (body.isEnded() && body.isChunked()) {
                assertThat(part).isEmpty();
                sent.append("\r\n");
            } else {
                sent.append(part);
            }
            if (body.isEnded()) {
                end();
            }
        }

        private void end() {
            complete++;
            inBody = false;
            upgraded = head.isWebSocketUpgrade();
            stopped = upgraded;
            head.reset();
        }
    }
}
