package dev.halftone.core.endpoint;

import dev.halftone.core.routing.Upstream.LoadBalancing;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Picks who serves the next request, by one event loop's own counts: loops share nothing here. A pick allocates nothing. One
 * thread.
 *
 * @param <C> the kind of candidate
 */
public abstract class Balancer<C extends Candidate> {
    private final List<C> candidates;
    final SplittableRandom random;
    /** Running sums of the weights. */
    private final int[] sums;

    private Balancer(List<C> candidates, SplittableRandom random) {
        this.candidates = List.copyOf(candidates);
        this.random = random;
        this.sums = new int[candidates.size()];
        int sum = 0;
        for (int i = 0; i < sums.length; i++) {
            sum += candidates.get(i).weight();
            sums[i] = sum;
        }
    }

    /** @param candidates at least one */
    public static <C extends Candidate> Balancer<C> of(
            LoadBalancing kind, List<C> candidates, SplittableRandom random) {
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("no candidates (expected: at least one)");
        }
        if (candidates.size() == 1) {
            return new Only<>(candidates, random);
        }
        return switch (kind) {
            case LEAST_REQUEST -> new LeastRequest<>(candidates, random);
            case ROUND_ROBIN -> new RoundRobin<>(candidates, random);
            case RANDOM -> new WeightedRandom<>(candidates, random);
        };
    }

    public abstract C pick();

    /** Another than this one if there is another: the least busy for its weight. */
    public final C pickOther(Candidate than) {
        int size = candidates.size();
        int start = random.nextInt(size);
        C best = candidates.get(start);
        for (int i = 1; i < size; i++) {
            C candidate = candidates.get((start + i) % size);
            if (best == than || (candidate != than && candidate.isLessBusyThan(best))) {
                best = candidate;
            }
        }
        return best;
    }

    /** Whether there is nothing to choose. */
    public final boolean isOnlyOne() {
        return sums.length == 1;
    }

    final int size() {
        return sums.length;
    }

    final C at(int index) {
        return candidates.get(index);
    }

    final int totalWeight() {
        return sums[sums.length - 1];
    }

    /** Whose share of the weights this point lies in, 0 to {@link #totalWeight} exclusive. */
    final int indexOf(int point) {
        int low = 0;
        int high = sums.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (point < sums[middle]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Where its share begins. */
    final int startOf(int index) {
        return sums[index] - candidates.get(index).weight();
    }

    final int byWeight() {
        return indexOf(random.nextInt(totalWeight()));
    }

    private static final class Only<C extends Candidate> extends Balancer<C> {
        private final C only;

        Only(List<C> candidates, SplittableRandom random) {
            super(candidates, random);
            only = candidates.get(0);
        }

        @Override
        public C pick() {
            return only;
        }
    }

    private static final class WeightedRandom<C extends Candidate> extends Balancer<C> {
        WeightedRandom(List<C> candidates, SplittableRandom random) {
            super(candidates, random);
        }

        @Override
        public C pick() {
            return at(byWeight());
        }
    }

    /**
     * Two different ones are drawn by weight and the less busy for its weight serves, the first where both are as busy. Keeps
     * the longest queue short with two looks where one look does not (Mitzenmacher, The Power of Two Choices in Randomized
     * Load Balancing, 1996), and, unlike a search for the least busy of all, does not send every loop to the same one.
     */
    private static final class LeastRequest<C extends Candidate> extends Balancer<C> {
        LeastRequest(List<C> candidates, SplittableRandom random) {
            super(candidates, random);
        }

        @Override
        public C pick() {
            int first = byWeight();
            C one = at(first);
            C two = at(another(first));
            return two.isLessBusyThan(one) ? two : one;
        }

        /** By weight among the others. */
        private int another(int first) {
            int weight = at(first).weight();
            int point = random.nextInt(totalWeight() - weight);
            return indexOf(point < startOf(first) ? point : point + weight);
        }
    }

    /**
     * Smooth weighted round-robin, as nginx has it: each turn gives everybody its weight in credit, and who has most serves and
     * pays for all. Within each round of {@code sum of weights} picks everybody serves exactly its weight, spread evenly.
     */
    private static final class RoundRobin<C extends Candidate> extends Balancer<C> {
        RoundRobin(List<C> candidates, SplittableRandom random) {
            super(candidates, random);
            for (C candidate : candidates) {
                candidate.credit = 0;
            }
            // Loops begin at different places of the round.
            for (int i = random.nextInt(Math.min(1000, totalWeight())); i > 0; i--) {
                pick();
            }
        }

        @Override
        public C pick() {
            C best = at(0);
            for (int i = 0; i < size(); i++) {
                C candidate = at(i);
                candidate.credit += candidate.weight();
                if (candidate.credit > best.credit) {
                    best = candidate;
                }
            }
            best.credit -= totalWeight();
            return best;
        }
    }
}
