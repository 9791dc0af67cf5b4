package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.routing.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConnectionSlotsTest {
    private static ConnectionSlots slots(int maxConnections, int maxPending, int loops) {
        return new ConnectionSlots(new Upstream.Pool(64, Duration.ofSeconds(30), maxConnections, maxPending), loops);
    }

    private static final class Loop implements ConnectionSlots.Owner {
        private int granted;
        private int wanted;

        @Override
        public void slotGranted() {
            granted++;
        }

        @Override
        public void slotWanted() {
            wanted++;
        }
    }

    private static List<Loop> loops(ConnectionSlots slots, int count) {
        List<Loop> loops = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Loop loop = new Loop();
            slots.join(loop);
            loops.add(loop);
        }
        return loops;
    }

    @Test
    void take_beyondTheLimit_standsInLineAndTellsTheOthersOnce() {
        ConnectionSlots slots = slots(2, 10, 2);
        List<Loop> loops = loops(slots, 2);
        assertThat(slots.take(loops.get(0))).isTrue();
        assertThat(slots.take(loops.get(0))).isTrue();
        assertThat(slots.take(loops.get(1))).isFalse();
        assertThat(slots.take(loops.get(1))).isFalse();
        assertThat(slots.wanted()).isEqualTo(1);
        assertThat(loops.get(0).wanted).isEqualTo(1);
        assertThat(loops.get(1).wanted).isZero();
        assertThat(slots.open()).isEqualTo(2);
    }

    @Test
    void close_othersInLine_goesToTheFirst() {
        ConnectionSlots slots = slots(1, 10, 3);
        List<Loop> loops = loops(slots, 3);
        slots.take(loops.get(0));
        slots.connected();
        slots.take(loops.get(1));
        slots.take(loops.get(2));
        slots.close(false);
        assertThat(loops.get(1).granted).isEqualTo(1);
        assertThat(loops.get(2).granted).isZero();
        assertThat(slots.open()).isEqualTo(1);
        slots.close(true);
        assertThat(loops.get(2).granted).isEqualTo(1);
        slots.close(true);
        assertThat(slots.open()).isZero();
        assertThat(slots.take(loops.get(0))).isTrue();
    }

    @Test
    void leave_inLine_isPassedOver() {
        ConnectionSlots slots = slots(1, 10, 2);
        List<Loop> loops = loops(slots, 2);
        slots.take(loops.get(0));
        slots.take(loops.get(1));
        slots.leave(loops.get(1));
        slots.close(true);
        assertThat(loops.get(1).granted).isZero();
        assertThat(slots.open()).isZero();
        assertThat(slots.wanted()).isZero();
    }

    @Test
    void enqueue_whileConnectionsCanBeOpened_needsNoPlaceOfThePending() {
        ConnectionSlots slots = slots(2, 1, 1);
        Loop loop = loops(slots, 1).get(0);
        assertThat(slots.enqueue()).isTrue();
        assertThat(slots.take(loop)).isTrue();
        assertThat(slots.enqueue()).isTrue();
        assertThat(slots.take(loop)).isTrue();
        assertThat(slots.enqueue())
                .as("one may wait beyond the two being opened")
                .isTrue();
        assertThat(slots.enqueue()).isFalse();
        slots.connected();
        slots.dequeue();
        assertThat(slots.enqueue()).isFalse();
        assertThat(slots.rejected()).isEqualTo(2);
        slots.dequeue();
        assertThat(slots.enqueue()).isTrue();
    }

    /** Whatever loops do, no more than the limit are open, and nobody stays in line while a connection is free. */
    @Test
    void anySeries_limitHoldsAndNobodyIsForgotten() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int max = 1 + random.nextInt(4);
            ConnectionSlots slots = slots(max, 5, 3);
            List<Loop> loops = loops(slots, 3);
            int[] mine = new int[3];
            for (int i = 0; i < 300; i++) {
                int who = random.nextInt(3);
                if (random.nextBoolean()) {
                    mine[who] += slots.take(loops.get(who)) ? 1 : 0;
                } else if (mine[who] > 0) {
                    mine[who]--;
                    slots.close(random.nextInt(4) == 0);
                }
                for (int loop = 0; loop < 3; loop++) {
                    mine[loop] += loops.get(loop).granted;
                    loops.get(loop).granted = 0;
                }
                assertThat(mine[0] + mine[1] + mine[2]).as("seed " + seed).isEqualTo(slots.open());
                assertThat(slots.open()).isLessThanOrEqualTo(max);
                assertThat(slots.wanted() > 0 && slots.open() < max)
                        .as("seed " + seed)
                        .isFalse();
            }
        }
    }
}
