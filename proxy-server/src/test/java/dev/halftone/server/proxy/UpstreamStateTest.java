package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.endpoint.EndpointState;
import dev.halftone.core.endpoint.Member;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.Upstream.LoadBalancing;
import dev.halftone.core.routing.Upstream.OutlierDetection;
import dev.halftone.core.window.OutcomeWindow;
import dev.halftone.server.tracing.Tracing;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Names and ejections on a loop whose clock and resolver are the test's. */
class UpstreamStateTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final AtomicLong clock = new AtomicLong();
    private final Answers answers = new Answers();
    private final DataPlane plane = new DataPlane(
            new ActiveRouting(new RoutingTable(List.of())),
            clock::get,
            NioSocketChannel.class,
            answers,
            1,
            AccessLog.off(),
            Tracing.off());
    private final LoopContext context = new LoopContext(
            (EventLoop) group.iterator().next(), plane, new OutcomeWindow().newShard(), new SplittableRandom(1));

    /** Answers what the test put in; fails for other names. */
    private static final class Answers extends AddressResolverGroup<InetSocketAddress> {
        private final Map<String, List<String>> addresses = new ConcurrentHashMap<>();
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
            return new InetSocketAddressResolver(executor, new InetNameResolver(executor) {
                @Override
                protected void doResolve(String host, Promise<InetAddress> promise) {
                    promise.tryFailure(new UnknownHostException("not asked for all"));
                }

                @Override
                protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
                    asked.incrementAndGet();
                    List<InetAddress> found = new ArrayList<>();
                    try {
                        for (String address : addresses.getOrDefault(host, List.of())) {
                            found.add(InetAddress.getByName(address));
                        }
                    } catch (UnknownHostException e) {
                        throw new IllegalArgumentException(e);
                    }
                    if (found.isEmpty()) {
                        promise.tryFailure(new UnknownHostException(host));
                    } else {
                        promise.trySuccess(found);
                    }
                }
            });
        }
    }

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    private UpstreamState state(String... hosts) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String host : hosts) {
            endpoints.add(new Endpoint(host, 8080, 1));
        }
        Upstream upstream = new Upstream(
                "shop",
                endpoints,
                LoadBalancing.LEAST_REQUEST,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Upstream.Pool.DEFAULT,
                Upstream.DEFAULT_RESPONSE_HEAD_BYTES,
                null,
                new OutlierDetection(3, Duration.ofSeconds(10), 50),
                Duration.ofSeconds(30));
        UpstreamState state = new UpstreamState(upstream, context);
        state.watch();
        return state;
    }

    /** Sweeps at this moment, on the home loop. */
    private void sweepAt(UpstreamState state, long nowNanos) throws InterruptedException {
        clock.set(nowNanos);
        context.loop().submit(() -> state.sweep(nowNanos)).sync();
        context.loop().submit(() -> {}).sync();
    }

    private static List<String> usable(UpstreamState state) {
        return state.endpoints().usable().stream()
                .map(member -> member.address().isUnresolved()
                        ? "unresolved"
                        : member.address().getAddress().getHostAddress())
                .toList();
    }

    @Test
    void sweep_nameLookedUp_itsAddressesServe() throws InterruptedException {
        answers.addresses.put("shop.test", List.of("10.0.0.1", "10.0.0.2"));
        UpstreamState state = state("shop.test", "10.0.0.9");
        assertThat(usable(state)).containsExactly("unresolved", "10.0.0.9");
        sweepAt(state, 0);
        assertThat(usable(state)).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2", "10.0.0.9");
    }

    @Test
    void sweep_beforeTheRefreshIsDue_doesNotAsk() throws InterruptedException {
        answers.addresses.put("shop.test", List.of("10.0.0.1"));
        UpstreamState state = state("shop.test");
        sweepAt(state, 0);
        sweepAt(state, 30 * SECOND - 1);
        assertThat(answers.asked.get()).isEqualTo(1);
        sweepAt(state, 30 * SECOND);
        assertThat(answers.asked.get()).isEqualTo(2);
    }

    @Test
    void sweep_addressesChange_newOnesServeAndGoneOnesDoNot() throws InterruptedException {
        answers.addresses.put("shop.test", List.of("10.0.0.1", "10.0.0.2"));
        UpstreamState state = state("shop.test");
        sweepAt(state, 0);
        Member kept = state.endpoints().usable().get(1);
        answers.addresses.put("shop.test", List.of("10.0.0.3", "10.0.0.2"));
        sweepAt(state, 30 * SECOND);
        assertThat(usable(state)).containsExactlyInAnyOrder("10.0.0.2", "10.0.0.3");
        assertThat(state.endpoints().usable()).contains(kept);
        Object before = state.endpoints();
        answers.addresses.put("shop.test", List.of("10.0.0.2", "10.0.0.3"));
        sweepAt(state, 60 * SECOND);
        assertThat(state.endpoints()).as("the order alone changes nothing").isSameAs(before);
    }

    @Test
    void sweep_lookUpFails_oldAddressesStay() throws InterruptedException {
        answers.addresses.put("shop.test", List.of("10.0.0.1"));
        UpstreamState state = state("shop.test");
        sweepAt(state, 0);
        answers.addresses.remove("shop.test");
        sweepAt(state, 30 * SECOND);
        assertThat(usable(state)).containsExactly("10.0.0.1");
        answers.addresses.put("shop.test", List.of("10.0.0.7"));
        sweepAt(state, 60 * SECOND);
        assertThat(usable(state)).containsExactly("10.0.0.7");
    }

    @Test
    void sweep_neverResolved_isTriedAgainAndStaysUnresolved() throws InterruptedException {
        UpstreamState state = state("shop.test");
        sweepAt(state, 0);
        assertThat(usable(state)).containsExactly("unresolved");
        answers.addresses.put("shop.test", List.of("10.0.0.1"));
        sweepAt(state, 30 * SECOND);
        assertThat(usable(state)).containsExactly("10.0.0.1");
    }

    @Test
    void sweep_bothFamilies_theFirstOnesFamilyServes() throws InterruptedException {
        answers.addresses.put("shop.test", List.of("10.0.0.1", "fd00::1", "10.0.0.2"));
        UpstreamState state = state("shop.test");
        sweepAt(state, 0);
        assertThat(usable(state)).containsExactly("10.0.0.1", "10.0.0.2");
    }

    @Test
    void failing_reportedByALoop_ejectsUntilTimeIsUp() throws InterruptedException {
        UpstreamState state = state("10.0.0.1", "10.0.0.2");
        Member member = state.endpoints().usable().get(0);
        for (int errors = 1; errors <= 3; errors++) {
            if (Objects.requireNonNull(member.streak()).failed()) {
                state.failing(member);
            }
        }
        assertThat(usable(state)).as("at once, from any thread").containsExactly("10.0.0.2");
        assertThat(state.status().endpoints().count(EndpointState.EJECTED)).isEqualTo(1);
        sweepAt(state, 10 * SECOND - 1);
        assertThat(usable(state)).containsExactly("10.0.0.2");
        sweepAt(state, 10 * SECOND);
        assertThat(usable(state)).containsExactly("10.0.0.1", "10.0.0.2");
    }
}
