package dev.halftone.server.proxy;

import dev.halftone.core.endpoint.EndpointSet;
import dev.halftone.core.endpoint.Member;
import dev.halftone.core.routing.Upstream.HealthCheck;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks each address of one upstream how it is, on a connection of its own each time. Home loop only. */
final class HealthChecker {
    private final UpstreamState state;
    private final HealthCheck check;
    private final Map<Member, Schedule> schedules = new IdentityHashMap<>();

    private static final class Schedule {
        private long dueNanos;
        private boolean running;

        Schedule(long dueNanos) {
            this.dueNanos = dueNanos;
        }
    }

    HealthChecker(UpstreamState state, HealthCheck check) {
        this.state = state;
        this.check = check;
    }

    /** Starts the checks that are due; a new address is checked at once. */
    void sweep(EndpointSet endpoints, long nowNanos) {
        Set<Member> present = new HashSet<>();
        for (EndpointSet.Entry entry : endpoints.entries()) {
            Member member = entry.member();
            present.add(member);
            Schedule schedule = schedules.computeIfAbsent(member, key -> new Schedule(nowNanos));
            boolean due = nowNanos - schedule.dueNanos >= 0;
            if (due && !schedule.running && !member.address().isUnresolved()) {
                schedule.running = true;
                schedule.dueNanos = nowNanos + check.interval().toNanos();
                new Probe(member, schedule).start();
            }
        }
        schedules.keySet().retainAll(present);
    }

    /** One check. */
    private final class Probe extends ChannelInboundHandlerAdapter {
        private final Member member;
        private final Schedule schedule;
        private @Nullable Channel channel;
        private @Nullable Future<?> timeout;
        private boolean ended;

        Probe(Member member, Schedule schedule) {
            this.member = member;
            this.schedule = schedule;
        }

        void start() {
            LoopContext home = state.home();
            long millis = Math.max(1, check.timeout().toMillis());
            timeout = home.loop()
                    .schedule(() -> end(false, "no answer within " + millis + " ms"), millis, TimeUnit.MILLISECONDS);
            new Bootstrap()
                    .group(home.loop())
                    .channel(home.plane().channelType())
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, millis))
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel opening) {
                            channel = opening;
                            opening.pipeline().addLast(new HttpClientCodec(), Probe.this);
                        }
                    })
                    .connect(member.address())
                    .addListener(done -> {
                        if (!done.isSuccess()) {
                            home.loop().execute(() -> notConnected(done.cause()));
                        }
                    });
        }

        private void notConnected(Throwable cause) {
            if (!ended && Descriptors.ranOut(cause)) {
                // Our own shortage says nothing about the endpoint.
                finish();
            } else {
                end(false, String.valueOf(cause.getMessage()));
            }
        }

        private void end(boolean passed, String result) {
            if (!ended) {
                finish();
                state.checked(member, passed, result);
            }
        }

        private void finish() {
            ended = true;
            schedule.running = false;
            if (timeout != null) {
                timeout.cancel(false);
            }
            if (channel != null) {
                channel.close();
            }
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            FullHttpRequest request = new DefaultFullHttpRequest(
                    HttpVersion.HTTP_1_1, HttpMethod.GET, check.path(), Unpooled.EMPTY_BUFFER);
            String host = check.host();
            request.headers()
                    .set(HttpHeaderNames.HOST, host == null ? member.endpoint().toString() : host)
                    .set(HttpHeaderNames.USER_AGENT, "halftone-health-check")
                    .set(HttpHeaderNames.CONNECTION, "close");
            ctx.writeAndFlush(request);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (msg instanceof HttpResponse response) {
                int status = response.status().code();
                if (response.decoderResult().isFailure()) {
                    end(false, "the answer is not HTTP");
                } else if (status >= 200) {
                    end(status < 400, "HTTP " + status);
                }
            }
            ReferenceCountUtil.release(msg);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end(false, "closed without an answer");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(false, String.valueOf(cause.getMessage()));
        }
    }
}
