package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.Position;
import dev.halftone.core.Ratio;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BucketsTest {
    @Test
    void position_anyValue_bucketIsFloorOfTheContractsFormula() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            long position = i == 0 ? -1L : i == 1 ? 0 : i == 2 ? Long.MIN_VALUE : random.nextLong();
            BigInteger unsigned = new BigInteger(Long.toUnsignedString(position));
            assertThat(Position.bucket(position))
                    .isEqualTo(unsigned.multiply(BigInteger.valueOf(100))
                            .shiftRight(64)
                            .intValue());
            assertThat(Position.tenThousandth(position))
                    .isEqualTo(unsigned.multiply(BigInteger.valueOf(10_000))
                            .shiftRight(64)
                            .intValue());
        }
    }

    @Test
    void includes_ratioRaised_onlyAddsUsers() {
        for (int user = 0; user < 20_000; user++) {
            long position = Buckets.position(null, "shop", "v2", "user-" + user);
            boolean before = false;
            for (int hundredths = 0; hundredths <= 10_000; hundredths += 125) {
                boolean now = new Ratio(hundredths).includes(position);
                assertThat(now || !before).as("user %d at %d", user, hundredths).isTrue();
                before = now;
            }
            assertThat(Ratio.ALL.includes(position)).isTrue();
            assertThat(Ratio.NONE.includes(position)).isFalse();
        }
    }

    @Test
    void position_anotherRelease_drawsOtherUsers() {
        Ratio ten = Ratio.ofPercent(BigDecimal.TEN);
        int both = 0;
        int users = 200_000;
        for (int user = 0; user < users; user++) {
            boolean v2 = ten.includes(Buckets.position(null, "shop", "v2", "u" + user));
            boolean v3 = ten.includes(Buckets.position(null, "shop", "v3", "u" + user));
            both += v2 && v3 ? 1 : 0;
        }
        // Independent draws share one user in a hundred; five standard deviations of the binomial are 222.
        assertThat(both).isBetween(2000 - 222, 2000 + 222);
    }

    @Test
    void position_manyShapesOfKeys_uniformByChiSquare() {
        for (String shape :
                new String[] {"%d", "user-%08d", "%d@example.com", "用户%d", "00000000-0000-4000-8000-%012d"}) {
            long[] counts = new long[100];
            int users = 200_000;
            for (int user = 0; user < users; user++) {
                counts[Position.bucket(Buckets.position(null, "shop", "v2", String.format(shape, user)))]++;
            }
            double chiSquare = 0;
            for (long count : counts) {
                double distance = count - users / 100.0;
                chiSquare += distance * distance / (users / 100.0);
            }
            // 99 degrees of freedom: 0.9999 of uniform draws lie below 161.
            assertThat(chiSquare).as(shape).isLessThan(161);
        }
    }

    /** The same numbers stand in docs/buckets.md; they hold across restarts, machines and versions. */
    @Test
    void position_publishedVectors_stay() {
        for (String[] vector : BucketVectors.load()) {
            Salt salt =
                    vector[2].isEmpty() ? null : new Salt(vector[2].getBytes(java.nio.charset.StandardCharsets.UTF_8));
            long position = Buckets.position(salt, vector[0], vector[1], vector[3]);
            assertThat(String.format("%016x", position))
                    .as(String.join(" ", vector))
                    .isEqualTo(vector[4]);
            assertThat(Position.bucket(position)).isEqualTo(Integer.parseInt(vector[5]));
            assertThat(BigDecimal.valueOf(Position.tenThousandth(position), 2)).isEqualByComparingTo(vector[6]);
        }
    }
}
