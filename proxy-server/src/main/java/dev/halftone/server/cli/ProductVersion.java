package dev.halftone.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this build, from a resource that the build fills in. Any thread. */
public final class ProductVersion {
    private static final String RESOURCE = "/dev/halftone/server/version.properties";

    private ProductVersion() {}

    public static String text() {
        Properties properties = new Properties();
        try (InputStream in = ProductVersion.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing (expected: made by the build)");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "unknown");
    }
}
