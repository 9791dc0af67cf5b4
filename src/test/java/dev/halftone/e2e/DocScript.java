package dev.halftone.e2e;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs the commands of one page from top to bottom, in one shell, in a folder that looks like the top of the sources. The ports that
 * pages name are other ones here, so that pages do not get in each other's way, nor in the way of what runs on the machine.
 */
final class DocScript {
    private static final Pattern PORT = Pattern.compile("(?<![\\d.])(808\\d|9000|9901|9902)(?!\\d)");
    private static final String BEFORE = """
            set -eu -o pipefail -m
            PATH=$PATH:/usr/sbin
            end() { for p in $(jobs -p); do kill -TERM -- -$p 2>/dev/null || :; done; wait 2>/dev/null || :; }
            trap end EXIT
            await() {
                for _ in $(seq 600); do grep -qF -- "$2" "$1" && return 0; sleep 0.1; done
                echo "never said: $2"; cat "$1"; return 1
            }
            """;

    private final Path root;
    private final Path folder;
    private final Map<String, String> ports = new HashMap<>();

    /** @param folder an empty one */
    DocScript(Path root, Path folder) {
        this.root = root;
        this.folder = folder;
    }

    /** What each block printed, by its line, and how the whole ended. */
    record Run(int status, Map<Integer, String> out, String whole) {}

    Run run(DocPage page) throws IOException, InterruptedException {
        furnish();
        StringBuilder script = new StringBuilder(BEFORE);
        for (DocPage.Block block : page.blocks()) {
            String text = here(block.text());
            String mark = "echo '@@" + block.line() + "'\n";
            if (block.remark().equals("file")) {
                Path saved =
                        Files.writeString(Files.createTempFile(folder, "saved", ""), saved(block.argument(), text));
                script.append("cp ")
                        .append(saved)
                        .append(' ')
                        .append(block.argument())
                        .append('\n');
            } else if (block.remark().startsWith("terminal")) {
                String log = "terminal-" + block.line() + ".log";
                script.append(block.remark().contains("anew") ? "end\n" : "");
                script.append(mark)
                        .append("( ")
                        .append(text)
                        .append(") >")
                        .append(log)
                        .append(" 2>&1 &\n");
                script.append("await ")
                        .append(log)
                        .append(" '")
                        .append(block.argument())
                        .append("'\n");
                script.append("cat ").append(log).append('\n');
            } else if (block.isRun()) {
                script.append(mark).append(text);
            }
        }
        Path file = Files.writeString(folder.resolve("page.sh"), script);
        Path out = folder.resolve("page.out");
        Process process = new ProcessBuilder("bash", file.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        if (!process.waitFor(180, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
            return new Run(-1, Map.of(), "not over after three minutes:\n" + Files.readString(out));
        }
        String whole = Files.readString(out);
        Map<Integer, String> parts = new HashMap<>();
        int line = 0;
        for (String each : whole.split("\n", -1)) {
            if (each.startsWith("@@")) {
                line = Integer.parseInt(each.substring(2));
            } else {
                parts.merge(line, each + "\n", String::concat);
            }
        }
        return new Run(process.exitValue(), parts, whole);
    }

    private String here(String text) {
        return PORT.matcher(text).replaceAll(match -> port(match.group()));
    }

    private String port(String named) {
        return ports.computeIfAbsent(named, port -> {
            try {
                return Integer.toString(Nginx.freePort());
            } catch (IOException e) {
                throw new IllegalStateException("no free port", e);
            }
        });
    }

    /** The admin address is a default that the text need not name. */
    private String saved(String name, String text) {
        boolean whole = name.endsWith(".yaml") && text.contains("version: 1") && !text.contains("admin:");
        return whole ? text + "admin: {address: \"127.0.0.1:" + port("9901") + "\"}\n" : text;
    }

    private void furnish() throws IOException {
        for (String name : List.of("config", "docs/howto", "proxy-core/src/test/resources/backtest")) {
            copy(root.resolve(name));
        }
        Files.createDirectories(folder.resolve("scripts"));
        Path program = folder.resolve("scripts/halftone");
        Files.writeString(program, """
                #!/usr/bin/env bash
                case ${1:-} in
                    status | history | ratio | pause | resume | promote | abort | rollback | release)
                        [[ "$*" == *--admin* ]] || set -- "$@" --admin %s ;;
                esac
                flags=(-XX:+UseSerialGC)
                [ "$1" = simulate ] || [ "$1" = backtest ] || flags+=(-XX:TieredStopAtLevel=1)
                exec %s "${flags[@]}" -jar %s "$@"
                """.formatted(
                        URI.create("http://127.0.0.1:" + port("9901")),
                        Halftone.command().get(0),
                        jar()));
        if (!program.toFile().setExecutable(true)) {
            throw new IOException(program + " cannot be made executable");
        }
    }

    private void copy(Path from) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = folder.resolve(root.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    boolean yaml = file.toString().endsWith(".yaml");
                    Files.writeString(
                            copy, yaml ? saved(copy.toString(), here(Files.readString(file))) : Files.readString(file));
                }
            }
        }
    }

    private static Path jar() {
        return Path.of(System.getProperty("halftone.jar", "proxy-server/target/halftone.jar"))
                .toAbsolutePath();
    }
}
