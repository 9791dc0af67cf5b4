package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final long SECOND = 1_000_000_000L;

    private final StringWriter written = new StringWriter();
    private long now = 5 * SECOND;

    private Progress progress(boolean watched) {
        return new Progress(new PrintWriter(written), watched, () -> now);
    }

    @Test
    void update_afterASecond_saysHowFarAndHowLong() {
        Progress progress = progress(true);
        progress.update(0.1, "of x.csv");
        assertThat(written.toString()).isEmpty();
        now += 2 * SECOND;
        progress.update(0.25, "of x.csv");
        progress.update(0.3, "of x.csv");
        assertThat(written.toString()).isEqualTo("\r 25 % of x.csv, 6 s left");
        now += SECOND;
        progress.update(0.75, "of x");
        assertThat(written.toString()).endsWith("\r 75 % of x, 1 s left    ");
    }

    @Test
    void clear_takesTheLineAwayOnce() {
        Progress progress = progress(true);
        now += 2 * SECOND;
        progress.update(0.5, "of x");
        String line = " 50 % of x, 2 s left";
        progress.clear();
        progress.clear();
        assertThat(written.toString()).isEqualTo("\r" + line + "\r" + " ".repeat(line.length()) + "\r");
    }

    @Test
    void update_nobodyWatches_isSilent() {
        Progress progress = progress(false);
        now += 9 * SECOND;
        progress.update(0.5, "of x");
        progress.clear();
        assertThat(written.toString()).isEmpty();
    }
}
