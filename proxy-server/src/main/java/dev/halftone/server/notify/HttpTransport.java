package dev.halftone.server.notify;

import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The JDK's client. Follows no redirect: what was signed for one address is for no other. Any thread. */
final class HttpTransport implements Transport {
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    @Override
    public CompletableFuture<Reply> post(Letter letter, Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(letter.to()).POST(BodyPublishers.ofString(letter.body()));
        letter.headers().forEach(request::header);
        CompletableFuture<HttpResponse<String>> exchange =
                client.sendAsync(request.timeout(timeout).build(), head -> new FirstBytes());
        // The request's own timeout ends with the answer's head; its body may not take longer either.
        return exchange.copy()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((response, failure) -> exchange.cancel(true))
                .thenApply(response ->
                        new Reply(response.statusCode(), response.body(), retryAfterMillis(response.headers())));
    }

    private static long retryAfterMillis(HttpHeaders headers) {
        return headers.firstValue("Retry-After")
                .filter(value -> SECONDS.matcher(value).matches())
                .map(value -> Long.parseLong(value) * 1000)
                .orElse(0L);
    }
}
