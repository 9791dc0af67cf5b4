package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KindTest {
    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            rollback, progressing 10, rolledBack 0,   rolledBack
            rollback, promoted 100,   rolledBack 0,   rolledBack
            abort,    paused 10,      aborted 0,      aborted
            promote,  progressing 50, promoted 100,   promoted
            pause,    progressing 10, paused 10,      paused
            resume,   paused 10,      progressing 10, progressing
            resume,   progressing 10, progressing 20, step
            release,  none,           progressing 1,  progressing
            release,  rolledBack 0,   progressing 1,  progressing
            release,  progressing 5,  rolledBack 0,   -
            release,  none,           idle 0,         -
            ratio,    progressing 5,  progressing 6,  step
            ratio,    progressing 5,  idle 0,         step
            ratio,    promoted 100,   progressing 50, progressing
            ratio,    progressing 5,  progressing 5,  -
            wanted,   rolledBack 0,   rolledBack 0,   -
            breach,   promoted 100,   promoted 100,   breach
            step,     progressing 5,  progressing 10, step
            gate,     progressing 5,  progressing 5,  step
            """)
    void of_lineOfTheTrail_isWhatPeopleCallIt(String action, String from, String to, String expected) {
        Kind kind = Kind.of(Trail.event(action, from, to));
        assertThat(kind == null ? null : kind.label()).isEqualTo(expected);
    }
}
