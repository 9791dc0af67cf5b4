package dev.halftone.core.analysis;

import java.util.ArrayDeque;
import java.util.Deque;

/** The points that a moving average looks back on, the judged one never among them. One thread. */
final class PastPoints {
    private final int most;
    private final Deque<Double> past = new ArrayDeque<>();
    private int outside;

    PastPoints(int most) {
        this.most = most;
    }

    boolean isFull() {
        return past.size() == most;
    }

    int size() {
        return past.size();
    }

    void fill(double value) {
        past.addLast(value);
    }

    double mean() {
        return past.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    double deviation() {
        double mean = mean();
        double squares = past.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
        return Math.sqrt(squares / (past.size() - 1));
    }

    /** One outside is not taken in unless as many have come as are held: an outage must not become the norm, a level may. */
    void remember(double value, boolean isOutside) {
        outside = isOutside ? outside + 1 : 0;
        if (isOutside && outside < most) {
            return;
        }
        past.removeFirst();
        past.addLast(value);
    }
}
