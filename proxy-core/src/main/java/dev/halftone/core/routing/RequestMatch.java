package dev.halftone.core.routing;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a route or a rule asks of a request. Empty lists and nulls ask nothing; all that is asked must hold; in a list one
 * of hosts, methods and addresses is enough, while each of headers, cookies and query parameters must hold.
 *
 * @param hosts exact names or {@code *.suffix}, lower case, without port
 * @param cohort only rules ask for it; a route is for everybody
 */
public record RequestMatch(
        List<String> hosts,
        @Nullable PathMatch path,
        List<String> methods,
        List<FieldMatch> headers,
        List<FieldMatch> cookies,
        List<FieldMatch> query,
        List<Cidr> clientIp,
        Cohort cohort) {

    public static final RequestMatch ANY =
            new RequestMatch(List.of(), null, List.of(), List.of(), List.of(), List.of(), List.of());

    public RequestMatch {
        hosts = List.copyOf(hosts);
        methods = List.copyOf(methods);
        headers = List.copyOf(headers);
        cookies = List.copyOf(cookies);
        query = List.copyOf(query);
        clientIp = List.copyOf(clientIp);
    }

    /** For every cohort. */
    public RequestMatch(
            List<String> hosts,
            @Nullable PathMatch path,
            List<String> methods,
            List<FieldMatch> headers,
            List<FieldMatch> cookies,
            List<FieldMatch> query,
            List<Cidr> clientIp) {
        this(hosts, path, methods, headers, cookies, query, clientIp, Cohort.EVERYBODY);
    }

    public RequestMatch withCohort(Cohort wanted) {
        return new RequestMatch(hosts, path, methods, headers, cookies, query, clientIp, wanted);
    }

    /** On the normalised path. A prefix matches whole segments: {@code /api} matches {@code /api} and {@code /api/x}. */
    public sealed interface PathMatch {
        record Exact(String path) implements PathMatch {}

        record Prefix(String prefix) implements PathMatch {}

        /** Must match the whole path. */
        record Regex(Pattern pattern) implements PathMatch {}
    }

    /**
     * On one header, cookie or query parameter.
     *
     * @param not whether the test is turned round; a field that is absent then matches
     */
    public record FieldMatch(String name, Test test, boolean not) {
        /** What is asked of the value. */
        public sealed interface Test {
            record Exact(String value) implements Test {}

            record Prefix(String prefix) implements Test {}

            record Regex(Pattern pattern) implements Test {}

            record In(List<String> values) implements Test {}

            record Present() implements Test {}
        }
    }
}
