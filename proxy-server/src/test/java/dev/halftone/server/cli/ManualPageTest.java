package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What packages install beside the program: manual page and completion. */
class ManualPageTest {
    private static final class NoLauncher implements Launcher {
        @Override
        public int serve(Path config, Duration drainTimeout, PrintWriter out) {
            throw new AssertionError("nothing is started");
        }

        @Override
        public int demo(DemoOptions options, PrintWriter out) {
            throw new AssertionError("nothing is started");
        }
    }

    private static String run(String command) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Program program = new Program(new NoLauncher(), new PrintWriter(out), new PrintWriter(err), false);
        assertThat(program.run(command)).as(err.toString()).isZero();
        return out.toString();
    }

    @Test
    void man_hasEachCommandWithItsOptions() {
        assertThat(run("man"))
                .startsWith(".TH HALFTONE 1 ")
                .contains(".SS serve\n", ".SS rollback\n", ".SS completion\n", ".SS man\n")
                .contains("\\fB\\-c, \\-\\-config FILE\\fR\nThe configuration (default: config/halftone.yaml).\n")
                .contains(".SH EXIT STATUS\n")
                .doesNotContain("${", "@|");
    }

    @Test
    void completion_inBash_completesACommand(@TempDir Path folder) throws IOException, InterruptedException {
        Path script = folder.resolve("completion");
        Files.writeString(script, run("completion"));
        String use = "source " + script + "; COMP_WORDS=(halftone rollb); COMP_CWORD=1; COMP_LINE='halftone rollb';"
                + " COMP_POINT=14; _complete_halftone; echo \"${COMPREPLY[@]}\"";
        Process bash =
                new ProcessBuilder("bash", "-c", use).redirectErrorStream(true).start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor()).as(said).isZero();
        assertThat(said.strip()).isEqualTo("rollback");
    }
}
