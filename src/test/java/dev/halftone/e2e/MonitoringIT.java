package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is handed out for Prometheus, held against Prometheus's own tool. */
class MonitoringIT {
    private static final Path RULES = Path.of(System.getProperty("halftone.root"), "docs", "prometheus");

    private record Said(int status, String text) {}

    private static Said promtool(Path folder, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }

    @Test
    void rules_promtool_takesThem() throws Exception {
        Said check = promtool(RULES, "check", "rules", "rules.yml", "alerts.yml");
        assertThat(check.status()).as(check.text()).isZero();
        assertThat(check.text()).contains("5 rules found").contains("9 rules found");
    }

    @Test
    void alerts_proxyDownAndRollback_fireAndEnd() throws Exception {
        Said tests = promtool(RULES, "test", "rules", "rules-test.yml");
        assertThat(tests.status()).as(tests.text()).isZero();
    }

    /** The tests of the rules would say so if an alert did not fire. */
    @Test
    void alerts_withoutTheRuleForRollbacks_theirTestsFail(@TempDir Path folder) throws Exception {
        for (String file : List.of("rules.yml", "alerts.yml", "rules-test.yml")) {
            String content = Files.readString(RULES.resolve(file));
            Files.writeString(
                    folder.resolve(file),
                    content.replace("increase(halftone_rollbacks_total[5m]) > 0\n", "vector(0) > 0\n"));
        }
        Said tests = promtool(folder, "test", "rules", "rules-test.yml");
        assertThat(tests.status()).isNotZero();
        assertThat(tests.text()).contains("HalftoneReleaseTakenBack");
    }
}
