package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class StatusWatchTest {
    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Terminal terminal = new Terminal(new PrintWriter(out), new PrintWriter(err), Map.of());
    private final LinesView lines = new LinesView(terminal, answer -> Nodes.list(answer.json(), "routes"));

    private static AdminClient.Answer answer(String phase, int ratio) {
        String text = "[{\"route\": \"shop\", \"release\": \"v2\", \"phase\": \"" + phase + "\", \"ratio\": " + ratio
                + ", \"checks\": [{\"name\": \"errors\", \"verdict\": \"healthy\"}]}]";
        try {
            return new AdminClient.Answer(text, new ObjectMapper().readTree(text));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A proxy that answers so, one look after another; then the watcher is interrupted as it waits. */
    private void watch(WatchView view, Object... answers) throws CommandFailure {
        Queue<Object> rest = new ArrayDeque<>(Arrays.asList(answers));
        StatusWatch.Look look = () -> {
            Object next = rest.remove();
            if (next instanceof CommandFailure failure) {
                throw failure;
            }
            return (AdminClient.Answer) next;
        };
        new StatusWatch(look, view, time -> {
                    if (rest.isEmpty()) {
                        throw new InterruptedException();
                    }
                })
                .run();
        assertThat(Thread.interrupted()).isTrue();
    }

    private List<String> withoutTimes() {
        return out.toString()
                .lines()
                .map(line -> line.substring(line.indexOf("  ")))
                .toList();
    }

    @Test
    void lines_sameStanding_isToldOnce() throws CommandFailure {
        watch(lines, answer("progressing", 5), answer("progressing", 5), answer("rolledBack", 0));
        assertThat(withoutTimes())
                .containsExactly(
                        "  shop v2  progressing  5 %  errors healthy", "  shop v2  rolledBack  0 %  errors healthy");
    }

    @Test
    void run_connectionLost_isSaidOnceAndAgainWhenItIsBack() throws CommandFailure {
        CommandFailure gone = CommandFailure.failed(true, "http://a: nothing listens there (is it running?)");
        watch(lines, answer("paused", 5), gone, gone, answer("paused", 5), gone);
        assertThat(withoutTimes())
                .containsExactly(
                        "  shop v2  paused  5 %  errors healthy",
                        "  connection lost, retrying: http://a: nothing listens there",
                        "  connected again",
                        "  connection lost, retrying: http://a: nothing listens there");
    }

    @Test
    void run_noAnswerAtFirst_fails() {
        CommandFailure gone = CommandFailure.failed(true, "nothing listens there");
        assertThatThrownBy(() -> watch(lines, gone)).isSameAs(gone);
    }

    @Test
    void run_refusedLater_fails() {
        CommandFailure refused = CommandFailure.failed("asks for a token");
        assertThatThrownBy(() -> watch(lines, answer("paused", 5), refused)).isSameAs(refused);
    }

    @Test
    void json_eachAnswerThatDiffers_isALine() throws CommandFailure {
        watch(new JsonView(terminal), answer("paused", 5), answer("paused", 5), answer("paused", 6));
        assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.startsWith("[{\"route\":\"shop\""));
    }

    @Test
    void screen_isWrittenOver_andGivenBackWithTheLastTable() {
        ScreenView screen = new ScreenView(terminal, "http://a", answer -> Nodes.list(answer.json(), "routes"));
        screen.show(answer("progressing", 5), NOON);
        assertThat(out.toString()).startsWith("\u001b[?1049h").contains("\u001b[3;1H\u001b[KROUTE");
        screen.lost("nothing listens there", NOON);
        assertThat(out.toString()).contains("\u001b[1;1H\u001b[Kconnection lost, retrying  since ");
        screen.close();
        screen.close();
        screen.show(answer("progressing", 7), NOON);
        String left = out.toString().substring(out.toString().indexOf("\u001b[?1049l"));
        assertThat(left).contains("nothing listens there").contains("shop").doesNotContain("7 %");
        assertThat(left.split("1049l", -1)).hasSize(2);
    }
}
