package dev.halftone.server.config;

import dev.halftone.core.Ratio;
import dev.halftone.core.analysis.AnalysisSpec;
import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.Regions;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Rule;
import dev.halftone.core.routing.SafetyNet;
import dev.halftone.core.routing.Salt;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.core.routing.Variant;
import dev.halftone.core.routing.Variants;
import dev.halftone.server.notify.Receiver;
import dev.halftone.server.tracing.TracingSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole valid configuration. Immutable.
 *
 * @param eventLoops threads of the data plane; 0: one for each core
 * @param accessLog null: off
 * @param regions tells rules where a request comes from
 * @param notifications who is told what becomes of releases
 * @param tracing which requests get a span, and who is sent it
 */
public record Settings(
        int eventLoops,
        Admin admin,
        State state,
        @Nullable AccessLog accessLog,
        List<Listener> listeners,
        List<Upstream> upstreams,
        List<RouteSettings> routes,
        Regions regions,
        List<Receiver> notifications,
        TracingSettings tracing) {

    /**
     * @param tokenFile holds the token that every call needs, or null (loopback addresses only)
     * @param readTokenFile holds a second token that can only read, or null for none
     */
    public record Admin(
            InetSocketAddress address,
            @Nullable Path tokenFile,
            @Nullable Path readTokenFile) {}

    /** @param path folder of the embedded store, resolved against the working directory */
    public record State(Path path) {}

    /** @param path a file, or {@code /dev/stdout} */
    public record AccessLog(Path path) {}

    /**
     * @param maxBodyBytes -1: no limit
     * @param maxRequests requests that one connection may send
     * @param allowEncodedSlash whether {@code %2F} and {@code %5C} may stand in a path
     * @param maxConnectionsPerClient -1: no limit
     * @param minBodyRate bytes a second, averaged over bodyTimeout; 0: any byte will do
     * @param minSendRate bytes a second, averaged over writeTimeout; 0: any byte will do
     */
    public record Listener(
            String name,
            InetSocketAddress address,
            List<Cidr> trustedProxies,
            Duration headTimeout,
            Duration bodyTimeout,
            Duration idleTimeout,
            Duration writeTimeout,
            int maxRequestLineBytes,
            int maxHeaderBytes,
            int maxHeaderCount,
            long maxBodyBytes,
            int maxConnections,
            int maxConnectionsPerClient,
            long minBodyRate,
            long minSendRate,
            int maxRequests,
            boolean allowEncodedSlash) {}

    /** @param gray null: only stable is served */
    public record RouteSettings(
            String name,
            RequestMatch match,
            Upstream stable,
            @Nullable GraySettings gray,
            Forwarding forwarding) {}

    /**
     * @param ratio the wanted ratio, or the first that the plan comes to
     * @param variants of an A/B test, or null
     */
    public record GraySettings(
            Upstream canary,
            String release,
            Ratio ratio,
            List<UserKeySource> userKey,
            MissingKey onMissingKey,
            @Nullable Salt salt,
            List<Rule> rules,
            AnalysisSpec analysis,
            RolloutSettings rollout,
            SafetyNet net,
            @Nullable Variants variants) {

        /** Without variants. */
        public GraySettings(
                Upstream canary,
                String release,
                Ratio ratio,
                List<UserKeySource> userKey,
                MissingKey onMissingKey,
                @Nullable Salt salt,
                List<Rule> rules,
                AnalysisSpec analysis,
                RolloutSettings rollout,
                SafetyNet net) {
            this(canary, release, ratio, userKey, onMissingKey, salt, rules, analysis, rollout, net, null);
        }

        /** The same with this way to go. */
        GraySettings withRollout(RolloutSettings other) {
            return new GraySettings(
                    canary, release, ratio, userKey, onMissingKey, salt, rules, analysis, other, net, variants);
        }

        /** The same with this upstream. */
        public GraySettings withCanary(Upstream other) {
            return new GraySettings(
                    other, release, ratio, userKey, onMissingKey, salt, rules, analysis, rollout, net, variants);
        }

        /** The same as an A/B test of these; null for none. */
        public GraySettings withVariants(@Nullable Variants test) {
            return new GraySettings(
                    canary, release, ratio, userKey, onMissingKey, salt, rules, analysis, rollout, net, test);
        }

        /** All to which requests of the canary or of a variant may go. */
        public List<Upstream> upstreams() {
            return variants == null
                    ? List.of(canary)
                    : variants.all().stream().map(Variant::upstream).toList();
        }
    }
}
