package dev.halftone.core.routing;

import dev.halftone.core.Ratio;
import dev.halftone.core.Version;
import org.jspecify.annotations.Nullable;

/**
 * Why a request goes where it goes.
 *
 * @param variant name of the side of an A/B test, or null where none runs
 * @param bucket 0..99, or -1 if no user key was found
 * @param point the user's hundredth of a bucket in percent, 0..99.99, or -1
 * @param keySource where the key was found, as {@code cookie user_id}, or null
 * @param rule the rule that matched, or null
 * @param region as {@code CN-BJ}, or null if it is not known
 * @param device the label of a {@link Device}, or null if it cannot be told
 * @param why one plain sentence
 */
public record Explanation(
        String route,
        @Nullable String release,
        Version version,
        @Nullable String variant,
        Reason reason,
        @Nullable String rule,
        int bucket,
        double point,
        @Nullable String keySource,
        Ratio ratio,
        @Nullable String region,
        @Nullable String device,
        String why) {}
