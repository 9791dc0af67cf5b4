package dev.halftone.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One page of the docs as a reader takes it: what to run, what to save, what it points at. A comment right before a block says
 * what is not plain: {@code <!-- not run: why -->}; {@code <!-- file: name -->}, to be saved; {@code <!-- terminal, until: text -->},
 * which goes on in a terminal of its own, {@code terminal anew} where those before end first; {@code <!-- other: whose -->}, YAML of
 * another program.
 */
record DocPage(Path file, List<Block> blocks, List<String> links, List<String> code, Set<String> anchors) {
    private static final Pattern COMMENT =
            Pattern.compile("<!-- (not run|file|terminal, until|terminal anew, until|other): (.+) -->");
    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");

    /**
     * A fenced block.
     *
     * @param remark what the comment before it begins with, or nothing
     * @param argument what the comment says behind the colon
     * @param follows whether nothing but empty lines stands between it and the block before
     */
    record Block(String language, int line, String text, String remark, String argument, boolean follows) {
        boolean isShell() {
            return language.equals("sh");
        }

        boolean isRun() {
            return isShell() && !remark.equals("not run");
        }

        String firstLine() {
            return text.lines().findFirst().orElse("").replaceAll("\\s+#.*", "");
        }
    }

    static List<DocPage> all(Path root) throws IOException {
        List<Path> files = new ArrayList<>(List.of(root.resolve("README.md"), root.resolve("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(files::add);
        }
        List<DocPage> pages = new ArrayList<>();
        for (Path file : files) {
            pages.add(read(file));
        }
        return pages;
    }

    static DocPage read(Path file) throws IOException {
        DocPage page = new DocPage(file, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new HashSet<>());
        page.read(Files.readAllLines(file));
        return page;
    }

    private void read(List<String> lines) {
        Map<String, Integer> headings = new HashMap<>();
        String remark = "";
        String argument = "";
        boolean follows = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("```")) {
                int end = i + 1;
                while (!lines.get(end).startsWith("```")) {
                    end++;
                }
                String text = String.join("\n", lines.subList(i + 1, end)) + "\n";
                blocks.add(new Block(line.substring(3).strip(), i + 1, text, remark, argument, follows));
                i = end;
                remark = "";
                argument = "";
                follows = true;
                continue;
            }
            Matcher comment = COMMENT.matcher(line);
            if (comment.matches()) {
                remark = comment.group(1);
                argument = comment.group(2);
            } else if (!line.isBlank()) {
                remark = "";
                follows = false;
            }
            if (line.startsWith("#")) {
                String anchor = anchor(line.replaceFirst("#+\\s+", ""));
                int before = headings.merge(anchor, 1, Integer::sum) - 1;
                anchors.add(before == 0 ? anchor : anchor + "-" + before);
            }
            SPAN.matcher(line).results().forEach(span -> code.add(span.group(1)));
            LINK.matcher(SPAN.matcher(line).replaceAll("x")).results().forEach(link -> links.add(link.group(1)));
        }
    }

    /** As GitHub makes it. */
    private static String anchor(String heading) {
        return heading.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    String name(Path root) {
        return root.relativize(file).toString();
    }

    boolean hasRunnable() {
        return blocks.stream().anyMatch(Block::isRun);
    }
}
