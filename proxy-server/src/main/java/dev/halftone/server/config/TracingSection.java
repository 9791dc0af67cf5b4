package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import dev.halftone.server.tracing.TracingSettings;
import java.math.BigDecimal;
import java.net.URI;
import java.util.List;

/** The section {@code tracing}. One thread. */
final class TracingSection {
    private static final double DEFAULT_RATIO = 0.01;

    private TracingSection() {}

    static Struct shape() {
        return new Struct(
                "a mapping with otlp",
                List.of(
                        new Key(
                                "otlp",
                                new OrNull(new NotificationsSection.HiddenUrl()),
                                "null",
                                "Where spans are posted, as http://127.0.0.1:4318/v1/traces; null: traces are only passed on."),
                        new Key(
                                "sampleRatio",
                                share(),
                                "0.01",
                                "Share of the traces that begin here which are sampled, 0..1. Others keep their caller's choice."),
                        new Key("serviceName", Scalars.TEXT, "halftone", "What the spans' service is called.")),
                TracingSection::read);
    }

    private static Shape share() {
        ObjectNode schema =
                Shape.object().put("type", "number").put("minimum", 0).put("maximum", 1);
        return new Shape.Scalar("a number 0..1, as 0.01", schema, text -> {
            double value = new BigDecimal(text).doubleValue();
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException(text);
            }
            return value;
        });
    }

    private static Object read(Values values) {
        return new TracingSettings(
                values.get("otlp", URI.class),
                values.get("sampleRatio", Double.class, DEFAULT_RATIO),
                values.get("serviceName", String.class, TracingSettings.OFF.serviceName()));
    }
}
