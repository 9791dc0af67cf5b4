package dev.halftone.server.notify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks somebody outside whether a release may go on: 200 go, 409 wait, anything else as configured. Asks once; who waits asks
 * again in its own time. Never blocks; any thread.
 */
public final class HookCall implements HookAsking {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_WHY = 200;

    /** What anything but 200 and 409 means, an answer that does not come included. */
    public enum Otherwise {
        WAIT,
        FAIL
    }

    /**
     * Who is asked.
     *
     * @param url absolute, http or https; never printed whole
     * @param timeout from connecting to the answer's end
     * @param secret null: not signed
     */
    public record Hook(
            URI url,
            Duration timeout,
            Otherwise otherwise,
            @Nullable SigningKey secret) {
        @Override
        public String toString() {
            return "Hook[" + Receiver.origin(url) + "]";
        }
    }

    /**
     * What is asked.
     *
     * @param when as {@code beforeStep}
     * @param step from 1
     * @param ratio percent after the step
     * @param instance host and port of the instance that it is about, or null
     */
    public record Question(
            String route,
            String release,
            String when,
            int step,
            double ratio,
            @Nullable String instance) {

        /** About no instance. */
        public Question(String route, String release, String when, int step, double ratio) {
            this(route, release, when, step, ratio, null);
        }

        /** The same each time the same is asked, so that whoever is asked need not begin twice. */
        String id() {
            return "hook_" + route + "/" + release + "/" + when + "/" + (instance == null ? step : instance);
        }
    }

    /** What came back; {@code why} in one line for people. */
    public sealed interface Answer {
        record Go() implements Answer {}

        record Wait(String why) implements Answer {}

        record Fail(String why) implements Answer {}
    }

    private final Hook hook;
    private final Transport transport;

    public HookCall(Hook hook) {
        this(hook, new HttpTransport());
    }

    HookCall(Hook hook, Transport transport) {
        this.hook = hook;
        this.transport = transport;
    }

    @Override
    public CompletableFuture<Answer> ask(Question question, long nowMillis) {
        return transport
                .post(letter(question, nowMillis), hook.timeout())
                .handle((reply, failure) -> reply == null ? otherwise(named(failure)) : answer(reply));
    }

    Letter letter(Question question, long nowMillis) {
        ObjectNode body = JSON.createObjectNode()
                .put("type", question.when())
                .put("route", question.route())
                .put("release", question.release())
                .put("step", question.step())
                .put("ratio", question.ratio());
        if (question.instance() != null) {
            body.put("instance", question.instance());
        }
        return Letter.signed(hook.url(), question.id(), hook.secret(), Letter.text(body), nowMillis);
    }

    Answer answer(Reply reply) {
        return switch (reply.status()) {
            case 200 -> new Answer.Go();
            case 409 -> new Answer.Wait(firstLine(reply.body()));
            default -> otherwise("the hook answered " + reply.status());
        };
    }

    private Answer otherwise(String why) {
        return hook.otherwise() == Otherwise.WAIT ? new Answer.Wait(why) : new Answer.Fail(why);
    }

    private String named(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        boolean isLate = cause instanceof TimeoutException || cause instanceof java.net.http.HttpTimeoutException;
        return isLate
                ? "the hook gave no answer within " + hook.timeout().toMillis() + " ms"
                : "the hook could not be reached";
    }

    /** What the one who says wait says why, if it is plain text. */
    private static String firstLine(String body) {
        String line = body.lines()
                .findFirst()
                .orElse("")
                .replaceAll("\\p{Cntrl}+", " ")
                .strip();
        if (line.isEmpty()) {
            return "the hook says wait";
        }
        return "the hook says wait: " + (line.length() <= MAX_WHY ? line : line.substring(0, MAX_WHY) + "…");
    }
}
