package dev.halftone.server.proxy;

import dev.halftone.core.routing.NormalizedPath;
import dev.halftone.server.config.Settings;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says whether a parsed head may pass (RFC 9112, sections 2, 3 and 6), and makes the view of it that the rest sees. */
final class RequestCheck {
    private RequestCheck() {}

    /** What came of a head. */
    sealed interface Result {
        record Passed(RequestHead head) implements Result {}

        record Failed(ProxyError error) implements Result {}
    }

    static Result check(HttpRequest request, Settings.Listener limits, InetAddress remote) {
        ProxyError error = firstError(request, limits);
        if (error != null) {
            return new Result.Failed(error);
        }
        String host = request.headers().get(HttpHeaderNames.HOST, "");
        String target = originForm(request.uri(), host);
        if (target == null) {
            return failed(Kind.MALFORMED_REQUEST, "request target");
        }
        int end = target.indexOf('?');
        CharSequence path = NormalizedPath.of(end < 0 ? target : target.substring(0, end));
        if (path == null) {
            return failed(Kind.MALFORMED_REQUEST, "path");
        }
        InetAddress client = ClientAddress.of(
                remote, request.headers().getAll(ForwardedFields.X_FORWARDED_FOR), limits.trustedProxies());
        return new Result.Passed(new NettyRequestHead(request, target, host, path, client));
    }

    private static Result.Failed failed(Kind kind, String detail) {
        return new Result.Failed(ProxyError.of(kind, detail));
    }

    private static @Nullable ProxyError firstError(HttpRequest request, Settings.Listener limits) {
        ProxyError error = ofDecoder(request.decoderResult());
        String coding = request.headers().get(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        if (error != null && error.kind() == Kind.MALFORMED_REQUEST && !isAboutChunks(coding)) {
            return ProxyError.of(Kind.UNSUPPORTED_CODING, "Transfer-Encoding");
        }
        if (error == null) {
            error = ofStartLine(request);
        }
        if (error == null && request.headers().size() > limits.maxHeaderCount()) {
            error = ProxyError.of(Kind.HEADERS_TOO_LARGE, request.headers().size() + " fields");
        }
        return error == null ? ofFields(request) : error;
    }

    static @Nullable ProxyError ofDecoder(DecoderResult result) {
        if (result.isSuccess()) {
            return null;
        }
        Throwable cause = result.cause();
        if (cause instanceof TooLongHttpLineException) {
            return ProxyError.of(Kind.REQUEST_LINE_TOO_LONG);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return ProxyError.of(Kind.HEADERS_TOO_LARGE);
        }
        return ProxyError.of(Kind.MALFORMED_REQUEST, String.valueOf(cause.getMessage()));
    }

    private static @Nullable ProxyError ofStartLine(HttpRequest request) {
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return ProxyError.of(Kind.UNSUPPORTED_VERSION, version.text());
        }
        String method = request.method().name();
        if (method.equals("CONNECT") || method.equals("TRACE")) {
            return ProxyError.of(Kind.METHOD_NOT_ALLOWED, method);
        }
        String target = request.uri();
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7f || c == '#') {
                return ProxyError.of(Kind.MALFORMED_REQUEST, "request target");
            }
        }
        return null;
    }

    private static @Nullable ProxyError ofFields(HttpRequest request) {
        HttpHeaders headers = request.headers();
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        boolean http10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        if (hosts.size() > 1 || (hosts.isEmpty() && !http10) || (!hosts.isEmpty() && !isAuthority(hosts.get(0)))) {
            return ProxyError.of(Kind.MALFORMED_REQUEST, "Host");
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!codings.isEmpty()) {
            if (http10 || headers.contains(HttpHeaderNames.CONTENT_LENGTH) || codings.size() > 1) {
                return ProxyError.of(Kind.MALFORMED_REQUEST, "Transfer-Encoding");
            }
            if (!HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0).trim())) {
                Kind kind = isAboutChunks(codings.get(0)) ? Kind.MALFORMED_REQUEST : Kind.UNSUPPORTED_CODING;
                return ProxyError.of(kind, "Transfer-Encoding");
            }
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null && !isLength(length)) {
            return ProxyError.of(Kind.MALFORMED_REQUEST, "Content-Length");
        }
        String expect = headers.get(HttpHeaderNames.EXPECT);
        if (expect != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expect)) {
            return ProxyError.of(Kind.UNSUPPORTED_EXPECTATION);
        }
        return null;
    }

    private static boolean isAboutChunks(String coding) {
        return coding.toLowerCase(java.util.Locale.ROOT).contains("chunked");
    }

    private static boolean isLength(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** uri-host with an optional port (RFC 3986, 3.2.2); user information is refused. */
    private static boolean isAuthority(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean fine = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "-._~%!$&'()*+,;=:[]".indexOf(c) >= 0;
            if (!fine) {
                return false;
            }
        }
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon >= 0 && colon > text.lastIndexOf(']');
        return !text.isEmpty() && (!hasPort || text.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9'));
    }

    /** Absolute form becomes origin form if its authority is that of Host. Any other form is refused. */
    private static @Nullable String originForm(String uri, String host) {
        if (uri.startsWith("/")) {
            return uri;
        }
        int scheme =
                uri.regionMatches(true, 0, "http://", 0, 7) ? 7 : uri.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
        if (scheme < 0) {
            return null;
        }
        int end = scheme;
        while (end < uri.length() && uri.charAt(end) != '/' && uri.charAt(end) != '?') {
            end++;
        }
        if (!uri.substring(scheme, end).equalsIgnoreCase(host)) {
            return null;
        }
        String rest = uri.substring(end);
        return rest.startsWith("/") ? rest : "/" + rest;
    }
}
