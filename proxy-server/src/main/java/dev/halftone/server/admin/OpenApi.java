package dev.halftone.server.admin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The description of the API that {@code /api/v1/openapi.json} serves. Any thread. */
final class OpenApi {
    private static final String DOCUMENT = load();

    private OpenApi() {}

    private static String load() {
        try (InputStream in = OpenApi.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("openapi.json is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("openapi.json cannot be read from the program", e);
        }
    }

    static String document() {
        return DOCUMENT;
    }
}
