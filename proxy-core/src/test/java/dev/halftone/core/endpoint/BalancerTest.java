package dev.halftone.core.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.halftone.core.routing.Upstream.LoadBalancing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BalancerTest {
    private static List<Candidate> candidates(int... weights) {
        List<Candidate> candidates = new ArrayList<>();
        for (int weight : weights) {
            candidates.add(new Candidate(weight));
        }
        return candidates;
    }

    private static Balancer<Candidate> balancer(LoadBalancing kind, List<Candidate> candidates, long seed) {
        return Balancer.of(kind, candidates, new SplittableRandom(seed));
    }

    private static int[] counts(Balancer<Candidate> balancer, List<Candidate> candidates, int picks) {
        int[] counts = new int[candidates.size()];
        for (int i = 0; i < picks; i++) {
            counts[candidates.indexOf(balancer.pick())]++;
        }
        return counts;
    }

    /** Four standard deviations of a share of 20000 independent picks are below 0.015. */
    @ParameterizedTest
    @EnumSource(LoadBalancing.class)
    void pick_nothingUnderWay_sharesAreTheWeights(LoadBalancing kind) {
        for (long seed = 0; seed < 20; seed++) {
            List<Candidate> candidates = candidates(1, 3, 1, 5);
            int[] counts = counts(balancer(kind, candidates, seed), candidates, 20_000);
            for (int i = 0; i < counts.length; i++) {
                double share = candidates.get(i).weight() / 10.0;
                assertThat(counts[i] / 20_000.0)
                        .as("seed " + seed + ", candidate " + i)
                        .isCloseTo(share, within(0.015));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 5})
    void pick_roundRobin_eachRoundIsExactAndSpread(long seed) {
        List<Candidate> candidates = candidates(1, 3);
        Balancer<Candidate> balancer = balancer(LoadBalancing.ROUND_ROBIN, candidates, seed);
        int rare = 0;
        int longestGap = 0;
        int gap = 0;
        for (int i = 0; i < 400; i++) {
            boolean light = candidates.indexOf(balancer.pick()) == 0;
            rare += light ? 1 : 0;
            gap = light ? 0 : gap + 1;
            longestGap = Math.max(longestGap, gap);
        }
        assertThat(rare).isEqualTo(100);
        assertThat(longestGap).isEqualTo(3);
    }

    @Test
    void pick_roundRobinOfManyLoops_doNotAllBeginWithTheSame() {
        List<Integer> firsts = new ArrayList<>();
        for (long seed = 0; seed < 40; seed++) {
            List<Candidate> candidates = candidates(1, 1, 1, 1);
            firsts.add(candidates.indexOf(
                    balancer(LoadBalancing.ROUND_ROBIN, candidates, seed).pick()));
        }
        assertThat(firsts).contains(0, 1, 2, 3);
    }

    /** Closed loop: 40 requests are always under way, the oldest ends first; one candidate is ten times slower. */
    @Test
    void pick_leastRequest_slowOneGetsFew() {
        List<Candidate> candidates = candidates(1, 1, 1, 1);
        Balancer<Candidate> balancer = balancer(LoadBalancing.LEAST_REQUEST, candidates, 7);
        List<Deque<Integer>> ends = new ArrayList<>();
        candidates.forEach(candidate -> ends.add(new ArrayDeque<>()));
        int[] served = new int[4];
        for (int now = 0; now < 20_000; now++) {
            for (int i = 0; i < 4; i++) {
                while (!ends.get(i).isEmpty() && ends.get(i).peek() <= now) {
                    ends.get(i).poll();
                    candidates.get(i).ended();
                }
            }
            Candidate picked = balancer.pick();
            int index = candidates.indexOf(picked);
            picked.began();
            served[index]++;
            ends.get(index).add(now + (index == 0 ? 400 : 40));
        }
        assertThat(served[0]).isLessThan(served[1] / 3);
        assertThat(candidates.get(0).active()).isLessThan(80);
    }

    /** With all held, the fullest of 16 is within a few of the mean; one random choice would be 15 off. */
    @Test
    void pick_leastRequest_queuesStayLevelByWeight() {
        for (long seed = 0; seed < 10; seed++) {
            List<Candidate> candidates = candidates(1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 4, 4, 4, 4);
            Balancer<Candidate> balancer = balancer(LoadBalancing.LEAST_REQUEST, candidates, seed);
            for (int i = 0; i < 3200; i++) {
                balancer.pick().began();
            }
            for (Candidate candidate : candidates) {
                assertThat((double) candidate.active() / candidate.weight()).isCloseTo(100, within(6.0));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(LoadBalancing.class)
    void pickOther_two_isNeverTheSame(LoadBalancing kind) {
        List<Candidate> candidates = candidates(1000, 1);
        Balancer<Candidate> balancer = balancer(kind, candidates, 1);
        for (int i = 0; i < 100; i++) {
            assertThat(balancer.pickOther(candidates.get(0))).isSameAs(candidates.get(1));
            assertThat(balancer.pickOther(candidates.get(1))).isSameAs(candidates.get(0));
        }
    }

    @Test
    void pickOther_many_isTheLeastBusyOfTheOthers() {
        List<Candidate> candidates = candidates(1, 1, 1, 1);
        candidates.get(1).began();
        candidates.get(3).began();
        Balancer<Candidate> balancer = balancer(LoadBalancing.LEAST_REQUEST, candidates, 1);
        for (int i = 0; i < 100; i++) {
            assertThat(balancer.pickOther(candidates.get(0))).isSameAs(candidates.get(2));
        }
    }

    @ParameterizedTest
    @EnumSource(LoadBalancing.class)
    void pick_onlyOne_isThatOne(LoadBalancing kind) {
        List<Candidate> candidates = candidates(5);
        Balancer<Candidate> balancer = balancer(kind, candidates, 1);
        assertThat(balancer.pick()).isSameAs(candidates.get(0));
        assertThat(balancer.pickOther(candidates.get(0))).isSameAs(candidates.get(0));
    }

    @Test
    void of_nobody_isRefused() {
        List<Candidate> nobody = List.of();
        assertThatThrownBy(() -> balancer(LoadBalancing.RANDOM, nobody, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one");
    }
}
