package dev.halftone.core.window;

/**
 * A version's latencies so far, the older the lighter: the past fades by a factor of e in so many seconds. Thresholds lie at the
 * edges of bins, so that whatever is counted against them is cut in the same place.
 *
 * <p>Once all has become slower or faster at one blow (an incident of all versions), the past is moved there as a whole: thresholds
 * lie at once where the requests are, and old and new latencies do not mix to a shape that neither has. One thread.
 */
public final class LatencyPast {
    private static final double HEAVIEST = 1e100;
    /** Above these shares latencies must have moved as above the middle, and the least move is believed: a service of two speeds may have a
     * middle that jumps. */
    private static final double[] FOLLOWED = {0.25, 0.75};
    /** Of the logarithm: what is nearer is left to fading. */
    private static final double LEAST_STEP = 0.35;
    /** With so many requests half of a step is believed. */
    private static final double FEW = 50;

    private final double fadeNanos;
    // Of the bins from base on; whole doublings.
    private double[] weights = new double[0];
    // What is above each bin, with the bin itself left out; made when asked after a change.
    private double[] above = new double[0];
    private int base;
    private double newest = 1;
    private int first = LatencyBins.COUNT;
    private int last = -1;
    private double total;
    private boolean stale = true;

    /** @param fadeNanos time in which the past loses two thirds of its weight */
    public LatencyPast(long fadeNanos) {
        this.fadeNanos = fadeNanos;
    }

    /**
     * Takes what was counted over so much time.
     *
     * @return whether the past was moved as a whole
     */
    public boolean add(LatencyCounts counts, long nanos) {
        boolean moved = follow(counts);
        newest *= Math.exp(nanos / fadeNanos);
        if (newest > HEAVIEST) {
            for (int bin = first; bin <= last; bin++) {
                weights[bin - base] /= newest;
            }
            newest = 1;
        }
        stale = true;
        if (counts.count() == 0) {
            return moved;
        }
        first = Math.min(first, counts.binAt(0));
        last = Math.max(last, counts.binAt(counts.size() - 1));
        makeRoom();
        for (int i = 0; i < counts.size(); i++) {
            weights[counts.binAt(i) - base] += counts.countAt(i) * newest;
        }
        return moved;
    }

    private boolean follow(LatencyCounts counts) {
        double believed = counts.count() / (counts.count() + FEW);
        double least = believed * step(counts, 0.5);
        for (int i = 0; i < FOLLOWED.length && Math.abs(least) > LEAST_STEP; i++) {
            double step = believed * step(counts, FOLLOWED[i]);
            least = step * least < 0 ? 0 : Math.copySign(Math.min(Math.abs(step), Math.abs(least)), least);
        }
        if (Math.abs(least) <= LEAST_STEP) {
            return false;
        }
        move(Math.exp(least));
        return true;
    }

    /** How much slower the latency is that this share is above; a logarithm, 0 if there is none. */
    private double step(LatencyCounts counts, double shareAbove) {
        int bin = binAbove(shareAbove);
        return bin < 0 || counts.count() == 0
                ? 0
                : Math.log((double) counts.quantileNanos(1 - shareAbove) / edgeNanos(bin));
    }

    private void move(double factor) {
        double[] left = weights;
        int from = first;
        int to = last;
        int leftBase = base;
        first = moved(from, factor);
        last = moved(to, factor);
        weights = new double[0];
        makeRoom();
        for (int bin = from; bin <= to; bin++) {
            weights[moved(bin, factor) - base] += left[bin - leftBase];
        }
        stale = true;
    }

    private static int moved(int bin, double factor) {
        return LatencyBins.indexOf((long) (LatencyBins.middleNanos(bin) * factor));
    }

    private void makeRoom() {
        int from = first / LatencyBins.SUBS * LatencyBins.SUBS;
        int end = (last / LatencyBins.SUBS + 1) * LatencyBins.SUBS;
        if (weights.length == 0 || from < base || end > base + weights.length) {
            double[] wider = new double[end - from];
            if (weights.length > 0) {
                System.arraycopy(weights, 0, wider, base - from, weights.length);
            }
            weights = wider;
            above = new double[wider.length];
            base = from;
        }
    }

    /** How many requests the past weighs. */
    public double weight() {
        refresh();
        return total / newest;
    }

    /** The bin above which the share nearest to this one lies; -1 without a past. */
    public int binAbove(double share) {
        refresh();
        if (total <= 0) {
            return -1;
        }
        int bin = last;
        while (bin > first && above[bin - 1 - base] <= share * total) {
            bin--;
        }
        boolean nearer = bin > first && above[bin - 1 - base] - share * total < share * total - above[bin - base];
        return nearer ? bin - 1 : bin;
    }

    /**
     * The share of the past that would lie above this bin if all of it had been slower by this factor, within a bin evenly spread.
     *
     * @param factor at least 1
     */
    public double shareAbove(int bin, double factor) {
        refresh();
        double edge = LatencyBins.lowerNanos(bin + 1) / factor;
        int within = LatencyBins.indexOf((long) edge);
        if (within > last) {
            return 0;
        }
        if (within < first) {
            return 1;
        }
        double lower = LatencyBins.lowerNanos(within);
        double width = LatencyBins.lowerNanos(within + 1) - lower;
        double part = Math.max(0, Math.min(1, (lower + width - edge) / width));
        return (above[within - base] + part * weights[within - base]) / total;
    }

    /** The upper edge of a bin in nanoseconds. */
    public static long edgeNanos(int bin) {
        return LatencyBins.lowerNanos(bin + 1);
    }

    /** How many of these latencies lie above this bin; exact. */
    public static long countAbove(LatencyCounts counts, int bin) {
        return counts.countAboveBin(bin);
    }

    private void refresh() {
        if (!stale) {
            return;
        }
        stale = false;
        double sum = 0;
        for (int bin = last; bin >= first; bin--) {
            above[bin - base] = sum;
            sum += weights[bin - base];
        }
        total = sum;
    }
}
