package dev.halftone.core.routing;

import dev.halftone.core.Position;
import dev.halftone.core.Ratio;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a user key of 12 bytes to a bucket. */
@State(Scope.Thread)
public class HashBench {
    private static final int KEYS = 64;

    private final SipHash hash = Buckets.hash(null, "shop", "v2");
    private final Ratio ratio = new Ratio(1000);
    private final String[] keys = new String[KEYS];
    private int next;

    public HashBench() {
        for (int i = 0; i < KEYS; i++) {
            keys[i] = "u" + (10_000_000_019L + i * 7919L);
        }
    }

    private String key() {
        return keys[next++ & (KEYS - 1)];
    }

    @Benchmark
    public long sipHash() {
        return hash.hash(key());
    }

    @Benchmark
    public boolean sipHashAndRatio() {
        return ratio.includes(hash.hash(key()));
    }

    @Benchmark
    public int sipHashAndBucket() {
        return Position.tenThousandth(hash.hash(key()));
    }
}
