package dev.halftone.server.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Posts spans as OpenTelemetry's own exporter does: Protobuf, compressed, tried again with growing pauses. Made with its first
 * batch, so that nothing of the library is loaded where nothing is sent. One thread.
 */
final class OtlpSink implements SpanSink {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    /** The exporter's tries and its pauses between them stay below. */
    private static final long BATCH_SECONDS = 30;
    /** Failures are told by {@link Tracing}, once. Kept here, for loggers that nobody holds are forgotten. */
    private static final Logger LIBRARY = Logger.getLogger("io.opentelemetry");

    private final URI address;
    private final Resource resource;
    private final InstrumentationScopeInfo scope;
    private @Nullable OtlpHttpSpanExporter exporter;

    OtlpSink(URI address, String serviceName, String version) {
        this.address = address;
        LIBRARY.setLevel(Level.OFF);
        resource = Resource.getDefault()
                .merge(Resource.create(Attributes.of(
                        AttributeKey.stringKey("service.name"),
                        serviceName,
                        AttributeKey.stringKey("service.version"),
                        version)));
        scope = InstrumentationScopeInfo.builder("dev.halftone")
                .setVersion(version)
                .build();
    }

    @Override
    public @Nullable String send(List<RequestSpan> spans) {
        List<SpanData> data = new ArrayList<>(spans.size());
        spans.forEach(span -> data.add(new OtlpSpan(span, resource, scope)));
        CompletableResultCode result = exporter().export(data).join(BATCH_SECONDS, TimeUnit.SECONDS);
        if (result.isSuccess()) {
            return null;
        }
        Throwable failure = result.getFailureThrowable();
        String why = failure == null ? "no answer" : String.valueOf(failure.getMessage());
        return address.getHost() + ":" + address.getPort() + ": " + why;
    }

    private OtlpHttpSpanExporter exporter() {
        OtlpHttpSpanExporter present = exporter;
        if (present == null) {
            present = OtlpHttpSpanExporter.builder()
                    .setEndpoint(address.toString())
                    .setCompression("gzip")
                    .setConnectTimeout(CONNECT_TIMEOUT)
                    .setTimeout(TIMEOUT)
                    .setMeterProvider(MeterProvider.noop())
                    .build();
            exporter = present;
        }
        return present;
    }

    @Override
    public void close() {
        if (exporter != null) {
            exporter.shutdown().join(1, TimeUnit.SECONDS);
        }
    }
}
