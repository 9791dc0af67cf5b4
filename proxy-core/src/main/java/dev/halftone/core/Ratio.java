package dev.halftone.core;

import java.math.BigDecimal;

/**
 * Percent of users sent to the canary, in hundredths of a percent: 0..10000, where 10000 is everybody.
 *
 * @param hundredths hundredths of a percent, 0..10000
 */
public record Ratio(int hundredths) implements Comparable<Ratio> {
    public static final Ratio NONE = new Ratio(0);
    public static final Ratio ALL = new Ratio(10_000);

    public Ratio {
        if (hundredths < 0 || hundredths > 10_000) {
            throw new IllegalArgumentException(hundredths + " hundredths of a percent (expected: 0..10000)");
        }
    }

    /**
     * @param percent 0..100 with at most two decimals
     * @throws IllegalArgumentException with the value and what was expected
     */
    public static Ratio ofPercent(BigDecimal percent) {
        if (percent.signum() < 0 || percent.compareTo(BigDecimal.valueOf(100)) > 0) {
            throw new IllegalArgumentException(percent.toPlainString() + " (expected: 0..100)");
        }
        BigDecimal hundredths = percent.movePointRight(2).stripTrailingZeros();
        if (hundredths.scale() > 0) {
            throw new IllegalArgumentException(percent.toPlainString() + " (expected: at most two decimals)");
        }
        return new Ratio(hundredths.intValueExact());
    }

    /** Whether a user at this position (see {@link Position}) is sent to the canary. */
    public boolean includes(long position) {
        return Position.tenThousandth(position) < hundredths;
    }

    public BigDecimal percent() {
        BigDecimal percent = BigDecimal.valueOf(hundredths, 2).stripTrailingZeros();
        return percent.scale() < 0 ? percent.setScale(0) : percent;
    }

    @Override
    public int compareTo(Ratio other) {
        return Integer.compare(hundredths, other.hundredths);
    }

    /** Plain percent without the sign, as {@code 12.5}. */
    @Override
    public String toString() {
        return percent().toPlainString();
    }
}
