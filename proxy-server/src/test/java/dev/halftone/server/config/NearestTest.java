package dev.halftone.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NearestTest {
    @Test
    void expected_aSlipOfTheFinger_namesWhatWasMeant() {
        assertThat(Nearest.expected("shpo", List.of("cart", "shop")))
                .isEqualTo("one of cart, shop; did you mean \"shop\"?");
    }

    @Test
    void expected_nothingNear_namesAllOrTheFirstTen() {
        assertThat(Nearest.expected("nope", List.of("cart", "shop"))).isEqualTo("one of cart, shop");
        List<String> many = IntStream.range(0, 200).mapToObj(i -> "route-" + i).toList();
        assertThat(Nearest.expected("nope", many))
                .startsWith("one of route-0, route-1, ")
                .endsWith("route-9 and 190 more");
    }
}
