package dev.halftone.core.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.halftone.core.analysis.NabScorer.Window;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** One labelled series. */
record NabFile(String name, List<Double> seconds, List<Double> values, List<Window> windows) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final int TIME_LENGTH = 19;

    /** All of them, in the order of their names. */
    static List<NabFile> all() throws IOException {
        try (InputStream file = open("windows.json")) {
            JsonNode labels = new ObjectMapper().readTree(file);
            List<NabFile> files = new ArrayList<>();
            labels.properties().forEach(entry -> files.add(read(entry.getKey(), entry.getValue())));
            files.sort(java.util.Comparator.comparing(NabFile::name));
            return files;
        }
    }

    static NabFile named(String name) throws IOException {
        return all().stream()
                .filter(file -> file.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static InputStream open(String name) {
        return Objects.requireNonNull(NabFile.class.getResourceAsStream("/nab/" + name), name);
    }

    private static double seconds(String time) {
        return LocalDateTime.parse(time.substring(0, TIME_LENGTH), TIME).toEpochSecond(ZoneOffset.UTC);
    }

    private static NabFile read(String name, JsonNode labels) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(open(name), StandardCharsets.UTF_8))) {
            List<Double> seconds = new ArrayList<>();
            List<Double> values = new ArrayList<>();
            reader.lines().skip(1).forEach(line -> {
                int comma = line.indexOf(',');
                seconds.add(seconds(line.substring(0, comma)));
                values.add(Double.parseDouble(line.substring(comma + 1)));
            });
            List<Window> windows = new ArrayList<>();
            for (JsonNode label : labels) {
                windows.add(new Window(
                        seconds.indexOf(seconds(label.get(0).asText())),
                        seconds.indexOf(seconds(label.get(1).asText()))));
            }
            return new NabFile(name, seconds, values, windows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
