package dev.halftone.core.analysis;

/** Numbers as people read them. */
final class Wording {
    private Wording() {}

    static String value(Metric metric, double value) {
        if (Double.isNaN(value)) {
            return "unknown";
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

    /** Three figures are enough to decide by. Written by hand, as each check of each route says a sentence each second. */
    static String plain(double value) {
        double size = Math.abs(value);
        if (!(size < 1e15)) {
            return Double.toString(value);
        }
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        long scale = decimals == 0 ? 1 : decimals == 1 ? 10 : decimals == 2 ? 100 : 1000;
        long scaled = Math.round(size * scale);
        StringBuilder text = new StringBuilder(value < 0 && scaled > 0 ? "-" : "").append(scaled / scale);
        long rest = scaled % scale;
        for (long place = scale / 10; rest > 0; place /= 10) {
            text.append(text.indexOf(".") < 0 ? "." : "").append(rest / place);
            rest %= place;
        }
        return text.toString();
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
