package dev.halftone.core.analysis;

import java.util.Locale;

/** Numbers as people read them. */
final class Wording {
    private Wording() {}

    static String value(Metric metric, double value) {
        if (Double.isNaN(value)) {
            return "nothing";
        }
        return switch (metric) {
            case ERROR_RATE, SUCCESS_RATE, CUSTOM -> percent(value);
            case REQUEST_RATE -> plain(value) + " requests/s";
            default -> plain(value) + " ms";
        };
    }

    static String percent(double share) {
        return plain(share * 100) + " %";
    }

    /** Three figures are enough to decide by. */
    static String plain(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        String text = String.format(Locale.ROOT, format, value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    static String name(Metric metric) {
        return switch (metric) {
            case REQUEST_RATE -> "request rate";
            case SUCCESS_RATE -> "success rate";
            case ERROR_RATE -> "error rate";
            case LATENCY_MEAN -> "mean latency";
            case LATENCY_P50 -> "median latency";
            case LATENCY_P90 -> "p90 latency";
            case LATENCY_P95 -> "p95 latency";
            case LATENCY_P99 -> "p99 latency";
            case CUSTOM -> "reported rate";
        };
    }
}
