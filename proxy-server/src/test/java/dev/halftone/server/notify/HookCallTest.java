package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.halftone.server.notify.HookCall.Answer;
import dev.halftone.server.notify.HookCall.Hook;
import dev.halftone.server.notify.HookCall.Otherwise;
import dev.halftone.server.notify.HookCall.Question;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The protocol against a real server. */
class HookCallTest {
    private static final Question QUESTION = new Question("shop", "v2", "beforeStep", 3, 12.5);

    private HttpServer server;
    private final CountDownLatch over = new CountDownLatch(1);

    @BeforeEach
    void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void stopServer() {
        over.countDown();
        server.stop(0);
    }

    private void answers(int status, byte[] body) {
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private Answer ask(Otherwise otherwise, long timeoutMillis) {
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/gate?token=secret");
        return new HookCall(new Hook(url, Duration.ofMillis(timeoutMillis), otherwise, null))
                .ask(QUESTION, 1)
                .join();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            200 | WAIT | ''               | Go[]
            200 | FAIL | no               | Go[]
            409 | FAIL | database is busy | Wait[why=the hook says wait: database is busy]
            409 | FAIL | ''               | Wait[why=the hook says wait]
            204 | FAIL | ''               | Fail[why=the hook answered 204]
            302 | FAIL | ''               | Fail[why=the hook answered 302]
            500 | WAIT | ''               | Wait[why=the hook answered 500]
            500 | FAIL | ''               | Fail[why=the hook answered 500]
            """)
    void ask_status_isTheAnswer(int status, Otherwise otherwise, String body, String expected) {
        answers(status, body.getBytes(StandardCharsets.UTF_8));
        assertThat(ask(otherwise, 5000)).hasToString(expected);
    }

    @Test
    void ask_noAnswerInTime_isAsConfigured() {
        server.createContext("/", exchange -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        assertThat(ask(Otherwise.WAIT, 100)).hasToString("Wait[why=the hook gave no answer within 100 ms]");
    }

    @Test
    void ask_bodyNeverEnds_isAsConfigured() {
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('a');
            exchange.getResponseBody().flush();
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        assertThat(ask(Otherwise.FAIL, 200)).hasToString("Fail[why=the hook gave no answer within 200 ms]");
    }

    @Test
    void ask_nobodyThere_isAsConfigured() {
        server.stop(0);
        assertThat(ask(Otherwise.FAIL, 1000)).hasToString("Fail[why=the hook could not be reached]");
    }

    @Test
    void ask_endlessBody_isCutShort() {
        byte[] big = "x".repeat(5 << 20).getBytes(StandardCharsets.UTF_8);
        answers(409, big);
        assertThat(((Answer.Wait) ask(Otherwise.FAIL, 5000)).why()).hasSizeLessThan(300);
    }

    @Test
    void letter_saysWhatIsAskedAndIsSigned() throws IOException {
        SigningKey key = new SigningKey("sixteen bytes it is".getBytes(StandardCharsets.UTF_8));
        Hook hook = new Hook(URI.create("http://a/gate?token=secret"), Duration.ofSeconds(1), Otherwise.WAIT, key);
        Letter letter = new HookCall(hook).letter(QUESTION, 5000);
        assertThat(new ObjectMapper().readTree(letter.body())).isEqualTo(new ObjectMapper().readTree("""
                {"type": "beforeStep", "route": "shop", "release": "v2", "step": 3, "ratio": 12.5}"""));
        assertThat(letter.headers())
                .containsEntry("Idempotency-Key", "hook_shop/v2/beforeStep/3")
                .containsEntry("webhook-signature", key.webhook("hook_shop/v2/beforeStep/3", 5, letter.body()));
        assertThat(hook.toString()).doesNotContain("secret").contains("http://a");
    }
}
