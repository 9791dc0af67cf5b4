package dev.halftone.server.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The dashboard's files, read from the jar once. They hold no data, so they are served to anyone who may connect. Any thread. */
final class WebAssets {
    /** Nothing but this server's own files; styles that scripts set on elements are no part of this rule. */
    static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                    + "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private static final String OWN = "/dev/halftone/server/admin/web/";
    private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "txt", "text/plain; charset=utf-8");

    private final Map<String, Asset> assets = new LinkedHashMap<>();

    /**
     * @param bytes never released; send a duplicate
     * @param tag for If-None-Match, quoted
     */
    record Asset(String contentType, ByteBuf bytes, String tag) {}

    WebAssets() {
        for (String name : new String[] {
            "index.html",
            "style.css",
            "app.js",
            "views.js",
            "parts.js",
            "charts.js",
            "experiment.js",
            "live.js",
            "words.js",
            "icon.svg"
        }) {
            add(name, OWN + name);
        }
        add("uplot.js", CHARTS + "dist/uPlot.iife.min.js");
        add("uplot.css", CHARTS + "dist/uPlot.min.css");
        add("uplot-license.txt", CHARTS + "LICENSE");
    }

    /** The file of this name, or null. */
    @Nullable
    Asset get(String name) {
        return assets.get(name);
    }

    private void add(String name, String resource) {
        try (InputStream in = WebAssets.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing from the program");
            }
            byte[] bytes = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
            if (type == null) {
                throw new IllegalStateException(name + " has no known type");
            }
            assets.put(
                    name,
                    new Asset(
                            type,
                            Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes)),
                            '"' + HexFormat.of().formatHex(digest, 0, 12) + '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
