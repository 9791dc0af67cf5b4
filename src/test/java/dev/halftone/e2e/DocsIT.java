package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.halftone.e2e.DocPage.Block;
import dev.halftone.server.config.ConfigLoader;
import dev.halftone.server.config.ConfigSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What the docs say to run runs, what they say to write loads, and what they point at is there. */
class DocsIT {
    private static final Path ROOT =
            Path.of(System.getProperty("halftone.root", "..")).toAbsolutePath().normalize();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Pattern PLACE =
            Pattern.compile("(?:docs|config|scripts|src|packaging|proxy-core|proxy-server)/[A-Za-z0-9_./-]+");
    private static final Pattern TEST_CLASS = Pattern.compile("[A-Z][A-Za-z0-9]+(?:Test|IT|Bench)");
    private static final Pattern COMMAND =
            Pattern.compile("(?:^|[\\s<(])(?:scripts/)?halftone ([a-z]+)(?![a-z:])((?: [^|)]+)?)");
    private static final Pattern OPTION = Pattern.compile("(?<= )--[a-z][a-z-]*");

    /** Where a fragment of the file can stand, the innermost first. */
    private static final List<String> PLACES =
            List.of("/routes/0/canary/analysis", "/routes/0/canary", "/routes/0", "/upstreams/0", "/listeners/0", "");

    /** The commands that no test of a page runs; each says why where it stands. */
    private static final Set<String> NOT_RUN = Set.of(
            "docs/detection.md: scripts/bench-decisions --rate 1 --seed 9900 --markdown",
            "docs/operations.md: apt-get install ./halftone_VERSION_all.deb",
            "docs/operations.md: docker load <halftone-VERSION-image.tar",
            "docs/simulate.md: scripts/halftone simulate --config config/canary.yaml --route shop --scenario all --runs 100 --plot releases.html",
            "docs/strategies.md: scripts/halftone simulate --ramps --scenario none --runs 100 --seed 9700");

    @TempDir
    Path folder;

    /** Some pages at a time: they mostly wait. */
    @TestFactory
    Stream<DynamicTest> commands_ofEachPage_runAndPrintWhatItSays() throws IOException {
        Pattern wanted = Pattern.compile(System.getProperty("halftone.pages", ".*"));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        List<DynamicTest> tests = new ArrayList<>();
        for (DocPage page : DocPage.all(ROOT)) {
            String name = page.name(ROOT);
            if (page.hasRunnable() && wanted.matcher(name).matches()) {
                Path place = Files.createDirectory(folder.resolve(name.replace('/', '_')));
                Future<DocScript.Run> run = threads.submit(() -> new DocScript(ROOT, place).run(page));
                tests.add(DynamicTest.dynamicTest(name, () -> printsWhatItSays(name, page, run.get())));
            }
        }
        threads.shutdown();
        return tests.stream();
    }

    private static void printsWhatItSays(String name, DocPage page, DocScript.Run run) {
        assertThat(run.status()).as(name + "\n" + run.whole()).isZero();
        int command = 0;
        for (Block block : page.blocks()) {
            if (block.isRun()) {
                command = block.line();
            } else if (block.language().equals("text") && block.follows() && command > 0) {
                assertPrinted(name + ":" + block.line(), block.text(), run.out().getOrDefault(command, ""));
            } else {
                command = 0;
            }
        }
    }

    /** Each line of the page was printed, in this order; numbers may be others, and "..." stands for anything. */
    private static void assertPrinted(String place, String said, String printed) {
        Iterator<String> lines = printed.lines().map(DocsIT::shape).iterator();
        for (String line : said.lines().map(DocsIT::shape).toList()) {
            if (line.isEmpty() || line.equals("...")) {
                continue;
            }
            Pattern wanted = Pattern.compile(Arrays.stream(line.split("\\.\\.\\.", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining(".*")));
            boolean found = false;
            while (!found && lines.hasNext()) {
                found = wanted.matcher(lines.next()).matches();
            }
            assertThat(found)
                    .as(place + " says\n" + line + "\nbut this was printed\n" + printed)
                    .isTrue();
        }
    }

    private static String shape(String line) {
        return line.replaceAll("\\d+(?:[.,:]\\d+)*", "0")
                .replaceAll("\\s+", " ")
                .strip();
    }

    @Test
    void commands_notRun_areTheseFew() throws Exception {
        Set<String> found = new TreeSet<>();
        for (DocPage page : DocPage.all(ROOT)) {
            for (Block block : page.blocks()) {
                assertThat(block.language())
                        .as(page.name(ROOT) + ":" + block.line() + ": the language")
                        .isNotEmpty();
                if (block.isShell() && !block.isRun()) {
                    assertThat(block.argument())
                            .as("why " + block.firstLine() + " is not run")
                            .hasSizeGreaterThan(10);
                    found.add(page.name(ROOT) + ": " + block.firstLine());
                }
            }
        }
        assertThat(found).isEqualTo(new TreeSet<>(NOT_RUN));
    }

    @Test
    void commands_namedInText_exist() throws Exception {
        String manual = Halftone.run(folder, "man").out().replace("\\-", "-");
        for (DocPage page : DocPage.all(ROOT)) {
            List<String> texts = new ArrayList<>(page.code());
            page.blocks().stream()
                    .filter(Block::isShell)
                    .forEach(block -> texts.addAll(block.text().lines().toList()));
            for (String text : texts) {
                Matcher command = COMMAND.matcher(text);
                if (!command.find()) {
                    continue;
                }
                assertThat(manual).as(page.name(ROOT) + ": " + text).contains("halftone " + command.group(1));
                Matcher option = OPTION.matcher(command.group(2));
                while (option.find()) {
                    assertThat(manual).as(page.name(ROOT) + ": " + text).contains(option.group());
                }
            }
        }
    }

    @Test
    void links_eachPage_leadToWhatIsThere() throws Exception {
        List<String> broken = new ArrayList<>();
        for (DocPage page : DocPage.all(ROOT)) {
            for (String link : page.links()) {
                if (link.matches("[a-z]+:.*")) {
                    continue;
                }
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty()
                        ? page.file()
                        : page.file().resolveSibling(parts[0]).normalize();
                boolean found = Files.exists(target)
                        && (parts.length == 1 || DocPage.read(target).anchors().contains(parts[1]));
                if (!found) {
                    broken.add(page.name(ROOT) + ": " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void places_namedInText_exist() throws Exception {
        Set<String> classes = new TreeSet<>();
        // Not all of the folder: what a build writes comes and goes meanwhile.
        for (String sources : List.of("proxy-core/src", "proxy-server/src", "src/test", "src/jmh/src")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(sources))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .map(name -> name.substring(0, name.length() - 5))
                        .forEach(classes::add);
            }
        }
        List<String> missing = new ArrayList<>();
        for (DocPage page : DocPage.all(ROOT)) {
            for (String text : page.code()) {
                for (String word : text.split("[\\s'\"=]+", -1)) {
                    if (PLACE.matcher(word).matches() && !Files.exists(ROOT.resolve(word))) {
                        missing.add(page.name(ROOT) + ": " + word);
                    }
                    if (TEST_CLASS.matcher(word).matches() && !classes.contains(word)) {
                        missing.add(page.name(ROOT) + ": " + word);
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void metricsAndAlerts_namedInText_exist() throws Exception {
        String known = Files.readString(ROOT.resolve("docs/metrics.md"))
                + Files.readString(ROOT.resolve("docs/prometheus/alerts.yml"));
        Pattern name = Pattern.compile("halftone_[a-z_]+_[a-z]+|Halftone[A-Z][A-Za-z]+");
        Set<String> named = new TreeSet<>();
        for (DocPage page : DocPage.all(ROOT)) {
            for (String text : page.code()) {
                name.matcher(text).results().forEach(found -> named.add(found.group()));
            }
        }
        assertThat(named)
                .hasSizeGreaterThan(10)
                .allSatisfy(each -> assertThat(known).contains(each));
    }

    @Test
    void yaml_eachBlock_loadsWholeOrInItsPlace() throws Exception {
        int whole = 0;
        int fragments = 0;
        for (DocPage page : DocPage.all(ROOT)) {
            for (Block block : page.blocks()) {
                if (!block.language().equals("yaml") || block.remark().equals("other")) {
                    continue;
                }
                String place = page.name(ROOT) + ":" + block.line();
                boolean isWhole = block.text().contains("version: 1\n");
                String text = isWhole ? block.text() : completed(place, block.text());
                supply(text);
                Path file = Files.writeString(folder.resolve("block.yaml"), text);
                assertThat(ConfigLoader.load(file))
                        .as(place + "\n" + text)
                        .isInstanceOf(ConfigLoader.Result.Loaded.class);
                whole += isWhole ? 1 : 0;
                fragments += isWhole ? 0 : 1;
            }
        }
        assertThat(whole).isPositive();
        assertThat(fragments).isPositive();
    }

    /** A file around the fragment, which goes where all of its keys are known. */
    private static String completed(String place, String fragment) throws IOException {
        JsonNode file = YAML.readTree(Halftone.yaml(1, 2, 5).replace("\"127.0.0.1:0\"", "\"127.0.0.1:9901\""));
        JsonNode part = YAML.readTree(fragment);
        JsonNode schema = JSON.readTree(ConfigSchema.json());
        List<String> keys = new ArrayList<>();
        part.fieldNames().forEachRemaining(keys::add);
        for (String at : PLACES) {
            JsonNode known = schema;
            for (String step : at.substring(Math.min(1, at.length())).split("/", -1)) {
                known = step.isEmpty() ? known : inner(known, step);
            }
            JsonNode properties = known.get("properties");
            if (keys.stream().allMatch(properties::has)) {
                ObjectNode canary = (ObjectNode) file.at("/routes/0/canary");
                canary.putObject("analysis");
                merge((ObjectNode) file.at(at), part);
                if (canary.has("steps") || canary.has("strategy")) {
                    canary.remove("ratio");
                }
                return file.toPrettyString();
            }
        }
        throw new AssertionError(place + ": these keys are nowhere together: " + keys);
    }

    private static JsonNode inner(JsonNode schema, String step) {
        JsonNode next = step.matches("\\d+") ? schema.get("items") : schema.at("/properties/" + step);
        for (JsonNode choice : next.path("anyOf")) {
            next = choice.has("properties") ? choice : next;
        }
        return next;
    }

    private static void merge(ObjectNode into, JsonNode part) {
        part.properties().forEach(field -> {
            JsonNode present = into.get(field.getKey());
            if (present instanceof ObjectNode object && field.getValue().isObject()) {
                merge(object, field.getValue());
            } else {
                into.set(field.getKey(), field.getValue());
            }
        });
    }

    /** The files that the text names. */
    private void supply(String text) throws IOException {
        Matcher file =
                Pattern.compile("\"?(file|jwks)\"? ?: \"?([A-Za-z0-9_./-]+)").matcher(text);
        while (file.find()) {
            Path path = folder.resolve(file.group(2));
            Files.createDirectories(path.getParent());
            if (file.group(1).equals("jwks")) {
                Files.copy(
                        ROOT.resolve("config/cohorts/keys.json"),
                        path,
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.writeString(path, "0123456789abcdef0123\n");
            }
        }
        Matcher program = Pattern.compile("\"?command\"? ?: \\[ ?\"?\\./([A-Za-z0-9_./-]+)")
                .matcher(text);
        while (program.find()) {
            Path path = folder.resolve(program.group(1));
            Files.createDirectories(path.getParent());
            Files.writeString(path, "#!/bin/sh\n");
            path.toFile().setExecutable(true);
        }
    }

    @Test
    void json_eachBlock_isJson() throws Exception {
        for (DocPage page : DocPage.all(ROOT)) {
            for (Block block : page.blocks()) {
                if (block.language().equals("json")) {
                    assertThat(JSON.readTree(block.text()))
                            .as(page.name(ROOT) + ":" + block.line())
                            .isNotNull();
                }
            }
        }
    }
}
