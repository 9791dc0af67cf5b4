package dev.halftone.server.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationLibraryInfo;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;
import java.util.Set;

/**
 * A request's span in OpenTelemetry's words: its semantic conventions for HTTP servers, and {@code halftone.*} for what they have no
 * words for. Immutable.
 */
record OtlpSpan(RequestSpan span, Resource resource, InstrumentationScopeInfo scope) implements SpanData {
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY");
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> METHOD_ORIGINAL = AttributeKey.stringKey("http.request.method_original");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
    private static final AttributeKey<String> HOST = AttributeKey.stringKey("server.address");
    private static final AttributeKey<String> PROTOCOL = AttributeKey.stringKey("network.protocol.version");
    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("halftone.route");
    private static final AttributeKey<String> VERSION = AttributeKey.stringKey("halftone.version");
    private static final AttributeKey<String> RELEASE = AttributeKey.stringKey("halftone.release");
    private static final AttributeKey<String> REASON = AttributeKey.stringKey("halftone.reason");
    private static final AttributeKey<String> RULE = AttributeKey.stringKey("halftone.rule");
    private static final AttributeKey<String> UPSTREAM = AttributeKey.stringKey("halftone.upstream");
    private static final AttributeKey<String> ENDPOINT = AttributeKey.stringKey("halftone.endpoint");
    private static final AttributeKey<Long> ATTEMPTS = AttributeKey.longKey("halftone.attempts");
    private static final AttributeKey<Boolean> RESCUED = AttributeKey.booleanKey("halftone.rescued");

    private boolean isKnownMethod() {
        return METHODS.contains(span.method());
    }

    @Override
    public String getName() {
        return (isKnownMethod() ? span.method() : "HTTP") + " " + span.route();
    }

    @Override
    public SpanKind getKind() {
        return SpanKind.SERVER;
    }

    @Override
    public SpanContext getSpanContext() {
        return SpanContext.create(span.traceId(), span.spanId(), TraceFlags.getSampled(), TraceState.getDefault());
    }

    @Override
    public SpanContext getParentSpanContext() {
        return span.parent() == 0
                ? SpanContext.getInvalid()
                : SpanContext.createFromRemoteParent(
                        span.traceId(),
                        RequestSpan.hex(span.parent()),
                        TraceFlags.getSampled(),
                        TraceState.getDefault());
    }

    /** A server's span is well unless the server is at fault. */
    @Override
    public StatusData getStatus() {
        return span.failed() ? StatusData.error() : StatusData.unset();
    }

    @Override
    public long getStartEpochNanos() {
        return span.endEpochNanos() - span.durationNanos();
    }

    @Override
    public long getEndEpochNanos() {
        return span.endEpochNanos();
    }

    @Override
    public Attributes getAttributes() {
        AttributesBuilder all = Attributes.builder()
                .put(METHOD, isKnownMethod() ? span.method() : "_OTHER")
                .put(PATH, span.path())
                .put(SCHEME, "http")
                .put(HOST, span.host())
                .put(PROTOCOL, span.protocol())
                .put(STATUS, (long) span.status())
                .put(ROUTE, span.route())
                .put(VERSION, span.version())
                .put(REASON, span.reason())
                .put(UPSTREAM, span.upstream())
                .put(ATTEMPTS, (long) span.attempts())
                .put(RESCUED, span.reason().equals("rescue"));
        if (!isKnownMethod()) {
            all.put(METHOD_ORIGINAL, span.method());
        }
        if (!span.endpoint().isEmpty()) {
            all.put(ENDPOINT, span.endpoint());
        }
        if (span.release() != null) {
            all.put(RELEASE, span.release());
        }
        if (span.rule() != null) {
            all.put(RULE, span.rule());
        }
        if (span.error() != null) {
            all.put(ERROR, span.error());
        } else if (span.failed()) {
            all.put(ERROR, Integer.toString(span.status()));
        }
        return all.build();
    }

    @Override
    public List<EventData> getEvents() {
        return List.of();
    }

    @Override
    public List<LinkData> getLinks() {
        return List.of();
    }

    @Override
    public boolean hasEnded() {
        return true;
    }

    @Override
    public int getTotalRecordedEvents() {
        return 0;
    }

    @Override
    public int getTotalRecordedLinks() {
        return 0;
    }

    @Override
    public int getTotalAttributeCount() {
        return getAttributes().size();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface still asks for it
    public InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
        return InstrumentationLibraryInfo.create(scope.getName(), scope.getVersion());
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
        return scope;
    }

    @Override
    public Resource getResource() {
        return resource;
    }
}
