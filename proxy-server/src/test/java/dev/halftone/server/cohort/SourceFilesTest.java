package dev.halftone.server.cohort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFilesTest {
    private final SourceFiles files = new SourceFiles();

    @TempDir
    Path folder;

    private Path file = Path.of("");
    private int made;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("a.txt"), "one");
    }

    private String read() throws IOException {
        files.begin();
        String text = files.read(file, "text", String.class, path -> {
            made++;
            return Files.readString(path);
        });
        files.end(true);
        return text;
    }

    @Test
    void read_unchanged_isMadeOnce() throws IOException {
        String first = read();
        assertThat(read()).isSameAs(first);
        assertThat(made).isEqualTo(1);
        assertThat(files.haveChanged()).isFalse();
        assertThat(files.haveChanged()).isFalse();
    }

    @Test
    void haveChanged_whileBeingWritten_waitsUntilItRests() throws IOException {
        read();
        Files.writeString(file, "one and");
        assertThat(files.haveChanged()).as("seen for the first time").isFalse();
        Files.writeString(file, "one and two");
        assertThat(files.haveChanged()).as("changed again meanwhile").isFalse();
        assertThat(files.haveChanged()).isTrue();
        assertThat(read()).isEqualTo("one and two");
        assertThat(files.haveChanged()).isFalse();
    }

    @Test
    void haveChanged_fileThatFails_isNotReadAgainUntilItChanges() throws IOException {
        read();
        Files.delete(file);
        files.haveChanged();
        assertThat(files.haveChanged()).isTrue();
        files.begin();
        assertThatThrownBy(() -> files.read(file, "text", String.class, Files::readString))
                .isInstanceOf(IOException.class);
        files.end(false);
        assertThat(files.haveChanged()).as("known to be missing").isFalse();
        Files.writeString(file, "back");
        files.haveChanged();
        assertThat(files.haveChanged()).isTrue();
        assertThat(read()).isEqualTo("back");
    }

    @Test
    void end_goodLoad_forgetsWhatItDidNotAskFor() throws IOException {
        read();
        files.begin();
        files.end(false);
        assertThat(files.haveChanged()).isFalse();
        Files.writeString(file, "changed");
        files.haveChanged();
        assertThat(files.haveChanged()).as("a refused load forgets nothing").isTrue();
        files.begin();
        files.end(true);
        assertThat(files.haveChanged()).isFalse();
    }
}
