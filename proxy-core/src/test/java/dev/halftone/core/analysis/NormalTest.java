package dev.halftone.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NormalTest {
    @Test
    void upperTail_tabledValues_agree() {
        assertThat(Normal.upperTail(0)).isEqualTo(0.5);
        assertThat(Normal.upperTail(1)).isCloseTo(0.15865525393145707, within(1e-15));
        assertThat(Normal.upperTail(-1.959963984540054)).isCloseTo(0.975, within(1e-14));
        assertThat(Normal.upperTail(6) / 9.86587645037698E-10).isCloseTo(1, within(1e-12));
        assertThat(Normal.upperTail(20) / 2.7536241186062337e-89).isCloseTo(1, within(1e-12));
    }

    @Test
    void upperTail_whereTheMethodsMeet_hasNoStep() {
        assertThat(Normal.upperTail(Math.nextDown(5.0)) / Normal.upperTail(5.0)).isCloseTo(1, within(1e-9));
    }

    @Test
    void quantile_isTheInverse() {
        assertThat(Normal.quantile(0.99)).isCloseTo(2.3263478740408408, within(1e-12));
        assertThat(Normal.quantile(0.5)).isCloseTo(0, within(1e-12));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Normal.quantile(1))
                .withMessageContaining("between 0 and 1");
    }
}
