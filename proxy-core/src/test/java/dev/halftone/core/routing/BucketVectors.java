package dev.halftone.core.routing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The published vectors: route, release, salt (empty: none), user key, position, bucket, point. */
final class BucketVectors {
    private BucketVectors() {}

    static List<String[]> load() {
        try (InputStream in = BucketVectors.class.getResourceAsStream("/bucket-vectors.tsv")) {
            if (in == null) {
                throw new IllegalStateException("bucket-vectors.tsv is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split("\t", -1))
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
