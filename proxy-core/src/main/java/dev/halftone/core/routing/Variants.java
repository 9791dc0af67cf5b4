package dev.halftone.core.routing;

import dev.halftone.core.Position;
import dev.halftone.core.Ratio;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The sides of an A/B test and who is on which. All but the control are the canary's: together they have the users below the ratio, one
 * after the other from 0 on in the order of the file, and the control has the rest. So "canary if the position lies below the ratio"
 * holds here too. Immutable, any thread, allocates nothing when asked.
 */
public final class Variants {
    public static final int MOST = 8;

    private final List<Variant> all;
    private final @Nullable String winner;
    private final int everybodys;
    // Where the range of each variant ends, in hundredths of a bucket; the control's is not looked at.
    private final int[] ends;

    private Variants(List<Variant> all, @Nullable String winner) {
        this.all = List.copyOf(all);
        this.winner = winner;
        ends = new int[all.size()];
        int at = 0;
        int won = 0;
        for (int i = 1; i < ends.length; i++) {
            at += all.get(i).share().hundredths();
            ends[i] = at;
            won = all.get(i).name().equals(winner) ? i : won;
        }
        everybodys = won;
    }

    /**
     * @param all 2..{@value #MOST}, the control first, numbered from 0
     * @throws IllegalArgumentException if there are fewer or more, or their shares are not everybody
     */
    public static Variants of(List<Variant> all) {
        int sum = all.stream().mapToInt(variant -> variant.share().hundredths()).sum();
        if (all.size() < 2 || all.size() > MOST || sum != Ratio.ALL.hundredths()) {
            throw new IllegalArgumentException(
                    all.size() + " variants with " + sum + " hundredths (expected: 2.." + MOST + " with 10000)");
        }
        return new Variants(all, null);
    }

    /** The same, where everybody at a ratio of 100 means everybody on this variant; on the control if there is none of the name. */
    public Variants won(@Nullable String name) {
        return new Variants(all, name);
    }

    /** The same with other objects for the upstreams. */
    public Variants with(UnaryOperator<Upstream> other) {
        return new Variants(
                all.stream()
                        .map(one -> new Variant(one.number(), one.name(), other.apply(one.upstream()), one.share()))
                        .toList(),
                winner);
    }

    public List<Variant> all() {
        return all;
    }

    /** Name of the variant that has won, or null. */
    public @Nullable String winner() {
        return winner;
    }

    /** What the variants besides the control have together. */
    public Ratio treated() {
        return new Ratio(ends[ends.length - 1]);
    }

    /** The number of the variant of this name, or -1. */
    public int numberOf(String name) {
        for (Variant variant : all) {
            if (variant.name().equals(name)) {
                return variant.number();
            }
        }
        return -1;
    }

    /**
     * Whose a user is.
     *
     * @param position see {@link Position}
     * @param ratio in force
     * @return the number of a variant; 0 is the control
     */
    int numberAt(long position, Ratio ratio) {
        int point = Position.tenThousandth(position);
        if (point >= ratio.hundredths()) {
            return 0;
        }
        if (ratio.hundredths() == Ratio.ALL.hundredths()) {
            return everybodys;
        }
        for (int i = 1; i < ends.length; i++) {
            if (point < ends[i]) {
                return i;
            }
        }
        return 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Variants that && all.equals(that.all) && java.util.Objects.equals(winner, that.winner);
    }

    @Override
    public int hashCode() {
        return all.hashCode();
    }

    @Override
    public String toString() {
        return all + (winner == null ? "" : ", won by " + winner) + " " + Arrays.toString(ends);
    }
}
