package dev.halftone.core.backtest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Times as recorded data has them. */
final class RecordedTime {
    static final String EXPECTED = "seconds or ISO 8601, as 1396310400 or 2014-04-01T00:05:00Z";

    private static final int DATE_LENGTH = 10;

    private RecordedTime() {}

    /** Seconds since 1970; without an offset UTC is meant, and a space may stand for the T. Null if it is no time. */
    static @Nullable Double seconds(String text) {
        try {
            if (text.length() <= DATE_LENGTH || text.charAt(4) != '-') {
                double seconds = Double.parseDouble(text);
                return Double.isFinite(seconds) ? seconds : null;
            }
            String iso = text.charAt(DATE_LENGTH) == ' '
                    ? text.substring(0, DATE_LENGTH) + "T" + text.substring(DATE_LENGTH + 1)
                    : text;
            boolean hasOffset = iso.endsWith("Z") || iso.indexOf('+') > 0 || iso.lastIndexOf('-') > DATE_LENGTH;
            Instant instant = hasOffset
                    ? OffsetDateTime.parse(iso).toInstant()
                    : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
            return instant.getEpochSecond() + instant.getNano() / 1e9;
        } catch (NumberFormatException | DateTimeException e) {
            return null;
        }
    }
}
