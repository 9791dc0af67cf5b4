package dev.halftone.server.control;

import dev.halftone.core.routing.Upstream;
import dev.halftone.server.config.RolloutSettings.SmokeRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Requests of our own to one instance of an upstream. Any thread; answers are read on the executor's. */
final class InstanceRequests {
    private final Executor executor;
    private @Nullable HttpClient client;

    InstanceRequests(Executor executor) {
        this.executor = executor;
    }

    /** What went wrong, in a sentence, or null if all is well. Never fails, never blocks. */
    CompletableFuture<@Nullable String> fault(Upstream.Endpoint endpoint, SmokeRequest request) {
        String host = endpoint.host().contains(":") ? "[" + endpoint.host() + "]" : endpoint.host();
        String uri = "http://" + host + ":" + endpoint.port() + request.path();
        HttpRequest get;
        try {
            get = HttpRequest.newBuilder(URI.create(uri))
                    .version(HttpClient.Version.HTTP_1_1)
                    .timeout(request.timeout())
                    .header("User-Agent", "halftone-smoke")
                    .build();
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture("GET " + uri + " cannot be asked: " + e.getMessage());
        }
        return client().sendAsync(get, HttpResponse.BodyHandlers.discarding())
                .orTimeout(request.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .handle((response, failure) -> {
                    if (failure != null) {
                        return "GET " + uri + " failed: " + reason(failure);
                    }
                    return response.statusCode() == request.status()
                            ? null
                            : "GET " + uri + " answered " + response.statusCode() + " (expected: " + request.status()
                                    + ")";
                });
    }

    private static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            return "no whole answer in time";
        }
        String said = cause.getMessage();
        return cause.getClass().getSimpleName() + (said == null ? "" : " " + said);
    }

    /** Made when it is first needed, so that a proxy without such releases has no threads for it. */
    private synchronized HttpClient client() {
        HttpClient present = client;
        if (present == null) {
            present = HttpClient.newBuilder()
                    .executor(executor)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
            client = present;
        }
        return present;
    }
}
