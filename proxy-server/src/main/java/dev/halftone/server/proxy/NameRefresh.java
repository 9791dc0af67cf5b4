package dev.halftone.server.proxy;

import dev.halftone.core.routing.Upstream.Endpoint;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks the names of one upstream's endpoints up, at once and then every {@code dnsRefresh}. While that fails, the addresses
 * stay as they were. Home loop only.
 */
final class NameRefresh {
    private static final Logger LOG = LoggerFactory.getLogger(NameRefresh.class);

    private final UpstreamState state;
    private final List<Name> names;

    private static final class Name {
        private final Endpoint endpoint;
        private boolean asked;
        private boolean running;
        private boolean failing;
        private long dueNanos;

        Name(Endpoint endpoint) {
            this.endpoint = endpoint;
        }
    }

    NameRefresh(UpstreamState state) {
        this.state = state;
        this.names = state.upstream().endpoints().stream()
                .filter(endpoint -> NetUtil.createByteArrayFromIpAddressString(endpoint.host()) == null)
                .map(Name::new)
                .toList();
    }

    void sweep(long nowNanos) {
        for (Name name : names) {
            if (!name.running && (!name.asked || nowNanos - name.dueNanos >= 0)) {
                name.asked = true;
                name.running = true;
                name.dueNanos = nowNanos + state.upstream().dnsRefresh().toNanos();
                lookUp(name);
            }
        }
    }

    private void lookUp(Name name) {
        LoopContext home = state.home();
        Endpoint endpoint = name.endpoint;
        Future<List<InetSocketAddress>> answer = home.plane()
                .resolver()
                .getResolver(home.loop())
                .resolveAll(InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port()));
        answer.addListener(done -> {
            name.running = false;
            ended(name, answer.isSuccess() ? answer.getNow() : null, answer.cause());
        });
    }

    private void ended(Name name, @Nullable List<InetSocketAddress> addresses, @Nullable Throwable cause) {
        if (addresses == null || addresses.isEmpty()) {
            if (!name.failing) {
                name.failing = true;
                LOG.warn(
                        "upstream {}: {} cannot be resolved ({}); addresses known so far stay in use",
                        state.upstream().name(),
                        name.endpoint.host(),
                        cause == null ? "no address" : cause.getMessage());
            }
            return;
        }
        if (name.failing) {
            name.failing = false;
            LOG.info("upstream {}: {} is resolved again", state.upstream().name(), name.endpoint.host());
        }
        state.resolved(name.endpoint, ofOneFamily(addresses));
    }

    /**
     * Those of the family that the system prefers, which comes first: many a service listens on one family only, although its
     * name has both.
     */
    private static List<InetSocketAddress> ofOneFamily(List<InetSocketAddress> addresses) {
        Class<?> family = addresses.get(0).getAddress().getClass();
        return addresses.stream()
                .filter(address -> address.getAddress().getClass() == family)
                .distinct()
                .toList();
    }
}
