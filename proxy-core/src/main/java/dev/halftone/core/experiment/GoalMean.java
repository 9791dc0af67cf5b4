package dev.halftone.core.experiment;

/**
 * The share of reports in which the goal happened, of one variant, and how sure that is. The unit is the user: what one user reports
 * hangs together, so the spread is taken between users, or between cells of users that were drawn by hash once there are more users
 * than cells. It is the variance of a ratio of means by the delta method (Deng, Knoblich and Lu, "Applying the delta method in metric
 * analytics", KDD 2018), with the cell as cluster.
 *
 * @param trials reports
 * @param hits of them, in which the goal happened
 * @param mean hits over trials; NaN without trials
 * @param variance of the mean; NaN with fewer than two cells
 * @param cells how many cells have reported
 */
record GoalMean(long trials, long hits, double mean, double variance, int cells) {

    /**
     * @param trials of each cell
     * @param hits of each cell
     */
    static GoalMean of(long[] trials, long[] hits) {
        long allTrials = 0;
        long allHits = 0;
        int cells = 0;
        for (int i = 0; i < trials.length; i++) {
            allTrials += trials[i];
            allHits += hits[i];
            cells += trials[i] > 0 ? 1 : 0;
        }
        double mean = (double) allHits / allTrials;
        double squares = 0;
        for (int i = 0; i < trials.length; i++) {
            double residual = hits[i] - mean * trials[i];
            squares += residual * residual;
        }
        double variance = cells < 2 ? Double.NaN : squares * cells / (cells - 1) / allTrials / allTrials;
        return new GoalMean(allTrials, allHits, mean, variance, cells);
    }

    /** Of the logarithm of the mean. */
    double logVariance() {
        return variance / (mean * mean);
    }
}
