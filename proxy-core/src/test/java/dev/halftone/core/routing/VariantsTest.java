package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is on which side of an A/B test. */
class VariantsTest {
    private static final Variants THREE = variants(4000, 3500, 2500);

    private static Upstream upstream(String name) {
        return new Upstream(
                name,
                List.of(new Upstream.Endpoint("127.0.0.1", 80, 1)),
                Upstream.LoadBalancing.LEAST_REQUEST,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Upstream.Pool.DEFAULT);
    }

    private static Variants variants(int... hundredths) {
        List<Variant> all = new ArrayList<>();
        for (int i = 0; i < hundredths.length; i++) {
            String name = String.valueOf((char) ('a' + i));
            all.add(new Variant(i, name, upstream(name), new Ratio(hundredths[i])));
        }
        return Variants.of(all);
    }

    private static Gray gray(Variants variants, Ratio ratio, boolean open, Rule... rules) {
        return new Gray(
                        variants.all().get(1).upstream(),
                        "v2",
                        1,
                        List.of(new UserKeySource.Cookie("user_id")),
                        MissingKey.STABLE,
                        null,
                        List.of(rules),
                        ratio,
                        open)
                .withVariants(variants);
    }

    private static RoutingTable table(@Nullable Gray gray) {
        return new RoutingTable(
                List.of(new Route(0, "shop", RequestMatch.ANY, upstream("a"), gray, Forwarding.DEFAULT)));
    }

    private static Choice choose(RoutingTable table, String user) {
        return Objects.requireNonNull(table.choose(request(Map.of("user_id", user))));
    }

    private static SampleRequest request(Map<String, String> cookies) {
        return new SampleRequest("GET", "h", "/", Map.of(), cookies, Map.of(), InetAddress.getLoopbackAddress());
    }

    private static long position(int tenThousandth) {
        return Long.divideUnsigned(-1, 10_000) * tenThousandth + (1L << 40);
    }

    @Test
    void numberAt_treatmentsLieBelowTheRatioOneAfterTheOther() {
        Ratio ratio = THREE.treated();
        assertThat(ratio).isEqualTo(new Ratio(6000));
        assertThat(THREE.numberAt(position(0), ratio)).isEqualTo(1);
        assertThat(THREE.numberAt(position(3499), ratio)).isEqualTo(1);
        assertThat(THREE.numberAt(position(3500), ratio)).isEqualTo(2);
        assertThat(THREE.numberAt(position(5999), ratio)).isEqualTo(2);
        assertThat(THREE.numberAt(position(6000), ratio)).isZero();
        assertThat(THREE.numberAt(-1, ratio)).isZero();
        assertThat(THREE.numberAt(position(0), Ratio.NONE)).isZero();
    }

    @Test
    void numberAt_wonForAll_everybodyIsOnTheWinner() {
        assertThat(THREE.won("c").numberAt(position(9999), Ratio.ALL)).isEqualTo(2);
        assertThat(THREE.won("c").numberAt(position(6000), THREE.treated()))
                .as("not before")
                .isZero();
        assertThat(THREE.won("gone").numberAt(position(1), Ratio.ALL)).isZero();
    }

    @Test
    void of_sharesThatAreNotEverybody_areRefused() {
        assertThatThrownBy(() -> variants(4000, 3500)).hasMessageContaining("2 variants with 7500 hundredths");
        assertThatThrownBy(() -> variants(10_000)).hasMessageContaining("1 variants");
    }

    @Test
    void choose_users_areSplitByShareAndStay() {
        RoutingTable table = table(gray(THREE, THREE.treated(), true));
        int[] counts = new int[3];
        for (int i = 0; i < 20_000; i++) {
            Choice choice = choose(table, "u" + i);
            Variant variant = Objects.requireNonNull(choice.variant());
            counts[variant.number()]++;
            assertThat(choice.version()).isEqualTo(variant.number() == 0 ? Version.STABLE : Version.CANARY);
            assertThat(choice.upstream().name()).isEqualTo(variant.name());
            assertThat(choice.isDrawn()).isTrue();
            assertThat(choose(table, "u" + i)).isSameAs(choice);
        }
        assertThat(counts[0]).isBetween(7700, 8300);
        assertThat(counts[1]).isBetween(6700, 7300);
        assertThat(counts[2]).isBetween(4700, 5300);
    }

    @Test
    void choose_withoutKeyOrByRule_isNotDrawn() {
        Rule rule = new Rule(
                "qa",
                new RequestMatch(
                        List.of(),
                        null,
                        List.of(),
                        List.of(),
                        List.of(new RequestMatch.FieldMatch("qa", new RequestMatch.FieldMatch.Test.Exact("1"), false)),
                        List.of(),
                        List.of()),
                Rule.SendTo.CANARY,
                true);
        RoutingTable table = table(gray(THREE, THREE.treated(), true, rule));
        Choice nobody = Objects.requireNonNull(table.choose(request(Map.of())));
        assertThat(nobody.isDrawn()).isFalse();
        assertThat(nobody.upstream().name()).isEqualTo("a");
        Choice byRule = Objects.requireNonNull(table.choose(request(Map.of("qa", "1", "user_id", "u1"))));
        assertThat(byRule.isDrawn()).isFalse();
        assertThat(byRule.upstream().name())
                .as("the first that is not the control")
                .isEqualTo("b");
    }

    @Test
    void choose_heldOrWon_isNotDrawnAndAllAreOnOneSide() {
        RoutingTable held = table(gray(THREE, Ratio.NONE, false));
        RoutingTable won = table(gray(THREE.won("c"), Ratio.ALL, true));
        for (int i = 0; i < 500; i++) {
            assertThat(choose(held, "u" + i).upstream().name()).isEqualTo("a");
            assertThat(choose(held, "u" + i).isDrawn()).isFalse();
            assertThat(choose(won, "u" + i).upstream().name()).isEqualTo("c");
            assertThat(choose(won, "u" + i).isDrawn()).isFalse();
        }
    }

    @Test
    void explain_namesTheVariant() {
        RoutingTable table = table(gray(THREE, THREE.treated(), true));
        Explanation why = table.explain(table.routes().get(0), request(Map.of("user_id", "u1")));
        assertThat(why.variant()).isNotNull();
        assertThat(why.why()).endsWith(", variant " + why.variant());
        assertThat(why.variant())
                .isEqualTo(Objects.requireNonNull(choose(table, "u1").variant()).name());
    }
}
