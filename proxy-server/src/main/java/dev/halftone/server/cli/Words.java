package dev.halftone.server.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as people read them. Plain ASCII, the same in every locale. */
final class Words {
    private Words() {}

    /** {@code 1 route}, {@code 2 routes}. */
    static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** A share 0..1 as percent with at most two decimals; {@code -} if there is none. */
    static String percent(double share) {
        return Double.isFinite(share) ? decimals(share * 100, 2) + " %" : "-";
    }

    /** Milliseconds with at most one decimal; {@code -} if there is none. */
    static String millis(double millis) {
        return Double.isFinite(millis) ? String.format(Locale.ROOT, "%.1f ms", millis) : "-";
    }

    private static String decimals(double number, int places) {
        BigDecimal rounded = BigDecimal.valueOf(number)
                .setScale(places, RoundingMode.HALF_UP)
                .stripTrailingZeros();
        return (rounded.scale() < 0 ? rounded.setScale(0) : rounded).toPlainString();
    }
}
