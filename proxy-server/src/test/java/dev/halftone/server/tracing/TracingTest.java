package dev.halftone.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TracingTest {
    private static final long MILLI = 1_000_000;

    private final Receiver receiver = new Receiver();
    private final Tracing tracing = new Tracing(new Sampling(1, true), receiver);

    /** Takes what it gets, unless it is broken. */
    private static final class Receiver implements SpanSink {
        private final List<Integer> batches = new ArrayList<>();
        private @Nullable RuntimeException failure;
        private @Nullable String problem;

        @Override
        public @Nullable String send(List<RequestSpan> spans) {
            if (failure != null) {
                throw failure;
            }
            batches.add(spans.size());
            return problem;
        }

        @Override
        public void close() {
            batches.add(-1);
        }
    }

    private static RequestSpan span(String method, long millis, int status, @Nullable String error, int attempts) {
        return new RequestSpan(
                0x0af7651916cd43ddL,
                0x8448eb211c80319cL,
                5,
                error == null ? 0 : 7,
                1_000 * MILLI,
                millis * MILLI,
                method,
                "shop.example",
                "/p",
                "1.1",
                "shop",
                "canary",
                "v2",
                attempts > 1 ? "rescue" : "ratio",
                null,
                "shop-v2",
                "10.0.0.1:80",
                status,
                error,
                status >= 500,
                attempts);
    }

    private static OtlpSpan otlp(RequestSpan span) {
        return new OtlpSpan(span, Resource.empty(), InstrumentationScopeInfo.create("test"));
    }

    @Test
    void offer_moreThanFits_isDroppedAndCounted() {
        for (int i = 0; i < 5000; i++) {
            tracing.offer(span("GET", 3, 200, null, 1));
        }
        tracing.sendWaiting();
        assertThat(receiver.batches).hasSize(4096 / Tracing.BATCH).containsOnly(Tracing.BATCH);
        assertThat(tracing.results())
                .containsEntry("exported", 4096L)
                .containsEntry("dropped", 904L)
                .containsEntry("failed", 0L);
    }

    @Test
    void sendWaiting_receiverFails_countsAndTriesTheNextOnes() {
        receiver.problem = "refused";
        tracing.offer(span("GET", 3, 200, null, 1));
        tracing.sendWaiting();
        receiver.failure = new IllegalStateException("broken");
        tracing.offer(span("GET", 3, 200, null, 1));
        tracing.sendWaiting();
        receiver.problem = null;
        receiver.failure = null;
        tracing.offer(span("GET", 3, 200, null, 1));
        tracing.sendWaiting();
        assertThat(tracing.results()).containsEntry("exported", 1L).containsEntry("failed", 2L);
    }

    @Test
    void exemplars_newestOfEachSize_ofPlainAnswersOnly() {
        for (int i = 0; i < 100; i++) {
            tracing.offer(span("GET", i % 2 == 0 ? 3 : 100_000, 200, null, 1));
        }
        tracing.offer(span("GET", 20, 502, "reset", 1));
        tracing.offer(span("GET", 20, 200, null, 2));
        tracing.sendWaiting();
        assertThat(tracing.exemplars("shop", "canary"))
                .extracting(RequestSpan::durationNanos)
                .containsExactly(3 * MILLI, 100_000 * MILLI);
        assertThat(tracing.exemplars("shop", "stable")).isEmpty();
    }

    @Test
    void sampling_ratio_isTheShareOfTraces() {
        Random random = new Random(20261125);
        Sampling quarter = new Sampling(0.25, true);
        Sampling tenth = new Sampling(0.1, true);
        int quarters = 0;
        for (int i = 0; i < 100_000; i++) {
            long low = random.nextLong();
            quarters += quarter.samples(low) ? 1 : 0;
            assertThat(new Sampling(1, true).samples(low)).isTrue();
            assertThat(Sampling.NEVER.samples(low)).isFalse();
            assertThat(tenth.samples(low) && !quarter.samples(low)).isFalse();
        }
        assertThat(quarters).isBetween(24_500, 25_500);
    }

    @Test
    void otlpSpan_ordinaryRequest_hasTheConventionsNames() {
        OtlpSpan span = otlp(span("GET", 3, 200, null, 1));
        assertThat(span.getName()).isEqualTo("GET shop");
        assertThat(span.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(span.getSpanId()).isEqualTo("0000000000000005");
        assertThat(span.getParentSpanContext().isValid()).isFalse();
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(span.getStartEpochNanos()).isEqualTo(997 * MILLI);
        assertThat(span.getAttributes().asMap())
                .containsEntry(AttributeKey.stringKey("http.request.method"), "GET")
                .containsEntry(AttributeKey.longKey("http.response.status_code"), 200L)
                .containsEntry(AttributeKey.stringKey("halftone.version"), "canary")
                .containsEntry(AttributeKey.booleanKey("halftone.rescued"), false)
                .doesNotContainKey(AttributeKey.stringKey("error.type"));
    }

    @Test
    void otlpSpan_unknownMethodAndFailure_areBounded() {
        OtlpSpan span = otlp(span("X1", 3, 502, "reset", 2));
        assertThat(span.getName()).isEqualTo("HTTP shop");
        assertThat(span.getParentSpanContext().getSpanId()).isEqualTo("0000000000000007");
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(span.getAttributes().asMap())
                .containsEntry(AttributeKey.stringKey("http.request.method"), "_OTHER")
                .containsEntry(AttributeKey.stringKey("http.request.method_original"), "X1")
                .containsEntry(AttributeKey.stringKey("error.type"), "reset")
                .containsEntry(AttributeKey.longKey("halftone.attempts"), 2L)
                .containsEntry(AttributeKey.booleanKey("halftone.rescued"), true);
        assertThat(otlp(span("GET", 3, 503, null, 1)).getAttributes().asMap())
                .containsEntry(AttributeKey.stringKey("error.type"), "503");
    }
}
