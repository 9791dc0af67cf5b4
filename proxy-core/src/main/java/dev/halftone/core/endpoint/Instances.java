package dev.halftone.core.endpoint;

import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import java.util.concurrent.CompletableFuture;

/** Where the data plane tells how an endpoint stands. Never blocks; any thread. */
@FunctionalInterface
public interface Instances {
    /**
     * What is counted is what came of a routing table published before the call: an endpoint that is out by it and has nothing in
     * flight gets nothing more.
     */
    CompletableFuture<InstanceReport> report(Upstream upstream, Endpoint endpoint);
}
