package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.server.notify.CommandCall.Command;
import dev.halftone.server.notify.HookCall.Answer;
import dev.halftone.server.notify.HookCall.Otherwise;
import dev.halftone.server.notify.HookCall.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real programs as hooks. */
class CommandCallTest {
    private static final Question QUESTION = new Question("shop", "v2", "beforeStep", 3, 12.5, "10.0.0.1:80");

    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private CommandCall call(String script, Otherwise otherwise, long timeoutMillis) {
        Command command = new Command(List.of("sh", "-c", script), folder, Duration.ofMillis(timeoutMillis), otherwise);
        return new CommandCall(command, threads);
    }

    private Answer ask(String script, Otherwise otherwise, long timeoutMillis) {
        return call(script, otherwise, timeoutMillis).ask(QUESTION, 0).join();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            exit 0                      | FAIL | Go[]
            echo busy; exit 75          | FAIL | Wait[why=the command says wait: busy]
            exit 75                     | FAIL | Wait[why=the command says wait]
            echo a; echo b >&2; exit 3  | FAIL | Fail[why=the command ended with status 3: b]
            exit 3                      | WAIT | Wait[why=the command ended with status 3]
            kill -9 $$                  | FAIL | Fail[why=the command ended with status 137]
            """)
    void ask_exitStatus_isTheAnswer(String script, Otherwise otherwise, String expected) {
        assertThat(ask(script, otherwise, 10_000)).hasToString(expected);
    }

    @Test
    void ask_environment_saysWhatIsAsked() throws IOException {
        ask("env > seen; pwd >> seen", Otherwise.FAIL, 10_000);
        assertThat(Files.readAllLines(folder.resolve("seen")))
                .contains(
                        "HALFTONE_HOOK=beforeStep",
                        "HALFTONE_ROUTE=shop",
                        "HALFTONE_RELEASE=v2",
                        "HALFTONE_STEP=3",
                        "HALFTONE_RATIO=12.5",
                        "HALFTONE_INSTANCE=10.0.0.1:80",
                        folder.toRealPath().toString());
    }

    @Test
    void ask_tooLong_isKilledWithItsChildren() throws IOException {
        Answer answer = ask("sleep 1000 & echo $! > child; echo $$ > own; wait", Otherwise.FAIL, 500);
        assertThat(answer).hasToString("Fail[why=the command did not end within 500 ms and was killed]");
        for (String name : List.of("own", "child")) {
            long pid = Long.parseLong(Files.readString(folder.resolve(name)).strip());
            Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !isRunning(pid));
        }
    }

    private static boolean isRunning(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void ask_endlessOutput_isBoundedAndTheLastLineCounts() {
        Answer answer = ask("yes | head -c 3000000; echo; echo the end; exit 1", Otherwise.FAIL, 20_000);
        assertThat(answer).hasToString("Fail[why=the command ended with status 1: the end]");
    }

    @Test
    void ask_childThatStaysAndHoldsTheOutput_isNotWaitedFor() throws IOException {
        assertThat(ask("sleep 1000 & echo $! > child; exit 0", Otherwise.FAIL, 20_000))
                .hasToString("Go[]");
        long child = Long.parseLong(Files.readString(folder.resolve("child")).strip());
        ProcessHandle.of(child).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void ask_noSuchProgram_isAsConfigured() {
        Command command = new Command(List.of("no-such-program"), folder, Duration.ofSeconds(1), Otherwise.FAIL);
        assertThat(new CommandCall(command, threads).ask(QUESTION, 0).join().toString())
                .startsWith("Fail[why=the command could not be started: ");
    }

    @Test
    void shutdown_killsWhatRuns() throws IOException {
        CommandCall call = call("echo $$ > own; exec sleep 1000", Otherwise.FAIL, 600_000);
        var answer = call.ask(QUESTION, 0);
        Path own = folder.resolve("own");
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(own) && Files.size(own) > 0);
        long pid = Long.parseLong(Files.readString(own).strip());
        threads.shutdownNow();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(answer::isDone);
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !isRunning(pid));
    }
}
