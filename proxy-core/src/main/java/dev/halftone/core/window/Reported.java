package dev.halftone.core.window;

/**
 * What services reported about one custom metric: a click among page views, a right prediction among predictions.
 *
 * @param trials how often it could have happened
 * @param hits how often it happened, at most {@code trials}
 */
public record Reported(long trials, long hits) {
    public static final Reported NONE = new Reported(0, 0);

    public Reported plus(Reported other) {
        return new Reported(trials + other.trials, hits + other.hits);
    }
}
