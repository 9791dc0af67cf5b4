package dev.halftone.server.notify;

import dev.halftone.server.notify.HookCall.Answer;
import dev.halftone.server.notify.HookCall.Otherwise;
import dev.halftone.server.notify.HookCall.Question;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Asks a program of this machine whether a release may go on: exit status 0 go, {@value #WAIT_STATUS} (EX_TEMPFAIL) wait, any other
 * as configured. No shell is between. What it asks about is in its environment. Past its time it is killed with the processes that
 * it started. Runs, and waits for the program, on a thread of the executor.
 */
public final class CommandCall implements HookAsking {
    /** Says not yet. */
    public static final int WAIT_STATUS = 75;

    private static final int MOST_OUTPUT = 4 << 10;
    private static final int MOST_WHY = 200;
    private static final long LOOK_MILLIS = 20;

    /**
     * What is run.
     *
     * @param arguments the program and its arguments; never printed whole, they may hold a secret
     * @param folder where it runs
     * @param timeout from its start to its end
     */
    public record Command(List<String> arguments, Path folder, Duration timeout, Otherwise otherwise) {
        public Command {
            arguments = List.copyOf(arguments);
        }

        @Override
        public String toString() {
            return "Command[" + arguments.get(0) + "]";
        }
    }

    private final Command command;
    private final Executor threads;

    /** @param threads lends one for each run; an interrupt kills the program */
    public CommandCall(Command command, Executor threads) {
        this.command = command;
        this.threads = threads;
    }

    @Override
    public CompletableFuture<Answer> ask(Question question, long nowMillis) {
        return CompletableFuture.supplyAsync(() -> run(question), threads)
                .exceptionally(failure -> otherwise("the command failed: " + failure.getMessage()));
    }

    private Answer run(Question question) {
        Process process;
        try {
            process = start(question);
        } catch (IOException e) {
            return otherwise("the command could not be started: " + e.getMessage());
        }
        try {
            return ended(process);
        } catch (IOException e) {
            kill(process);
            return otherwise("the command's output could not be read: " + e.getMessage());
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
            return otherwise("the command was stopped, as the proxy ends");
        }
    }

    private Process start(Question question) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command.arguments())
                .directory(command.folder().toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"));
        Map<String, String> environment = builder.environment();
        environment.put("HALFTONE_HOOK", question.when());
        environment.put("HALFTONE_ROUTE", question.route());
        environment.put("HALFTONE_RELEASE", question.release());
        environment.put("HALFTONE_STEP", Integer.toString(question.step()));
        environment.put(
                "HALFTONE_RATIO",
                BigDecimal.valueOf(question.ratio()).stripTrailingZeros().toPlainString());
        if (question.instance() != null) {
            environment.put("HALFTONE_INSTANCE", question.instance());
        }
        return builder.start();
    }

    /**
     * Reads only what is there already: a process that the program leaves behind may keep its output open for ever.
     */
    private Answer ended(Process process) throws IOException, InterruptedException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        byte[] some = new byte[1024];
        long endNanos = System.nanoTime() + command.timeout().toNanos();
        while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            drain(process.getInputStream(), some, output);
            if (System.nanoTime() - endNanos > 0) {
                kill(process);
                return otherwise(
                        "the command did not end within " + command.timeout().toMillis() + " ms and was killed");
            }
        }
        drain(process.getInputStream(), some, output);
        return answer(process.exitValue(), lastLine(output.toString(StandardCharsets.UTF_8)));
    }

    /** Beyond the limit it is read and forgotten, so that the program does not stand still. */
    private static void drain(InputStream from, byte[] some, ByteArrayOutputStream to) throws IOException {
        for (int rounds = 0; rounds < 1000 && from.available() > 0; rounds++) {
            int read = from.read(some, 0, Math.min(some.length, from.available()));
            to.write(some, 0, Math.max(0, read));
            if (to.size() > MOST_OUTPUT) {
                byte[] kept = to.toByteArray();
                to.reset();
                to.write(kept, kept.length - MOST_OUTPUT, MOST_OUTPUT);
            }
        }
    }

    /** Its children are listed first: they are not known any more once it is gone. */
    private static void kill(Process process) {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
    }

    private Answer answer(int status, String said) {
        String words = said.isEmpty() ? "" : ": " + said;
        return switch (status) {
            case 0 -> new Answer.Go();
            case WAIT_STATUS -> new Answer.Wait("the command says wait" + words);
            default -> otherwise("the command ended with status " + status + words);
        };
    }

    private Answer otherwise(String why) {
        return command.otherwise() == Otherwise.WAIT ? new Answer.Wait(why) : new Answer.Fail(why);
    }

    private static String lastLine(String output) {
        String line = output.lines()
                .filter(each -> !each.isBlank())
                .reduce((first, second) -> second)
                .orElse("")
                .replaceAll("\\p{Cntrl}+", " ")
                .strip();
        return line.length() <= MOST_WHY ? line : line.substring(0, MOST_WHY) + "…";
    }
}
