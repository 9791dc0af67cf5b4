package dev.halftone.core;

/** Where a user stands between the versions: an unsigned 64-bit number from the keyed hash, and its coarser readings. */
public final class Position {
    private Position() {}

    /** The user's bucket, 0..99: {@code floor(position * 100 / 2^64)}. */
    public static int bucket(long position) {
        return scale(position, 100);
    }

    /** The hundredth of a bucket, 0..9999: {@code floor(position * 10000 / 2^64)}. */
    public static int tenThousandth(long position) {
        return scale(position, 10_000);
    }

    private static int scale(long position, long parts) {
        // The high word of an unsigned product from the signed one, which is what Java 17 offers.
        return (int) (Math.multiplyHigh(position, parts) + ((position >> 63) & parts));
    }
}
