package dev.halftone.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.data.Offset.offset;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class QuantitiesTest {
    private static void refused(ThrowingCallable reading, String message) {
        assertThatExceptionOfType(CommandFailure.class).isThrownBy(reading).withMessage("halftone: " + message);
    }

    @Test
    void units_areRead() throws CommandFailure {
        assertThat(Quantities.duration("--d", "90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Quantities.duration("--d", "7d")).isEqualTo(Duration.ofDays(7));
        assertThat(Quantities.millis("--l", "80ms")).isEqualTo(80);
        assertThat(Quantities.millis("--l", "1.5s")).isEqualTo(1500);
        assertThat(Quantities.share("--e", "0.5%")).isEqualTo(0.005);
        assertThat(Quantities.share("--e", "100%")).isEqualTo(1);
        assertThat(Quantities.increase("--i", "+20%")).isCloseTo(1.2, offset(1e-12));
        assertThat(Quantities.rate("--r", "30/min", 0.01, 100)).isEqualTo(0.5);
        assertThat(Quantities.rate("--r", "36/h", 0.01, 100)).isEqualTo(0.01);
        assertThat(Quantities.number("--n", "0.5", 10)).isEqualTo(0.5);
    }

    @Test
    void misfits_areRefusedWithWhatWasExpected() {
        refused(() -> Quantities.duration("--d", "90"), "--d: 90 (expected: a duration as 90s, 60m, 24h or 7d)");
        refused(() -> Quantities.millis("--l", "0ms"), "--l: 0ms (expected: a latency above 0, as 80ms or 1.5s)");
        refused(() -> Quantities.share("--e", "3"), "--e: 3 (expected: a percentage from 0% to 100%, as 0.5%)");
        refused(() -> Quantities.share("--e", "101%"), "--e: 101% (expected: a percentage from 0% to 100%, as 0.5%)");
        refused(() -> Quantities.increase("--i", "20%"), "--i: 20% (expected: an increase as +20%, at most +9999%)");
        refused(
                () -> Quantities.rate("--r", "1000/s", 0.01, 100),
                "--r: 1000/s (expected: a rate as 100/s, 30/min or 5/h, from 0.01/s to 100/s)");
        refused(() -> Quantities.number("--n", "11", 10), "--n: 11 (expected: a number from 0 to 10)");
        refused(() -> Quantities.number("--n", "-1", 10), "--n: -1 (expected: a number from 0 to 10)");
    }
}
