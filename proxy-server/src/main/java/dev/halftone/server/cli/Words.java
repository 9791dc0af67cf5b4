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

    /** A number with as many decimals as one needs: {@code 0.05}, {@code 0.9}, {@code 12.5}, {@code 1250}. */
    static String plain(double number) {
        double size = Math.abs(number);
        return decimals(number, size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4);
    }

    /** A time as people say it: {@code 0.8 s}, {@code 45 s}, {@code 4.5 min}, {@code 2.1 h}; {@code -} if there is none. */
    static String time(double seconds) {
        if (!Double.isFinite(seconds)) {
            return "-";
        }
        if (seconds < 100 && seconds != 60) {
            return decimals(seconds, seconds < 10 ? 1 : 0) + " s";
        }
        if (seconds < 3600) {
            return decimals(seconds / 60, seconds < 600 ? 1 : 0) + " min";
        }
        double hours = seconds / 3600;
        return hours < 48 ? decimals(hours, hours < 10 ? 1 : 0) + " h" : decimals(hours / 24, 1) + " days";
    }

    private static String decimals(double number, int places) {
        BigDecimal rounded = BigDecimal.valueOf(number)
                .setScale(places, RoundingMode.HALF_UP)
                .stripTrailingZeros();
        return (rounded.scale() < 0 ? rounded.setScale(0) : rounded).toPlainString();
    }
}
