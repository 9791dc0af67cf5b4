package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.halftone.core.Ratio;
import dev.halftone.core.routing.ActiveRouting;
import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.server.http1.HeadLimits;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.proxy.ProxyError.Kind;
import dev.halftone.server.tracing.Sampling;
import dev.halftone.server.tracing.Tracing;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLinesTest {
    private static final String RELEASE = "v2 \"beta\" \u4e2d\u6587";

    @TempDir
    Path folder;

    private final ClientConnection client = new ClientConnection(InetAddress.getLoopbackAddress(), List.of());

    private static RoutingTable table() {
        Upstream shop = new Upstream(
                "shop-v1",
                List.of(new Upstream.Endpoint("127.0.0.1", 8081, 1)),
                Upstream.LoadBalancing.LEAST_REQUEST,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Upstream.Pool.DEFAULT);
        Gray gray = new Gray(
                shop,
                RELEASE,
                0,
                List.of(new UserKeySource.Cookie("user_id")),
                MissingKey.STABLE,
                null,
                List.of(),
                new Ratio(1000),
                true);
        return new RoutingTable(List.of(new Route(0, "shop", RequestMatch.ANY, shop, gray, Forwarding.DEFAULT)));
    }

    private static RequestHead head(String request) {
        RequestHead head = new RequestHead(new HeadLimits(8192, 32768, 100), false);
        head.read(Unpooled.wrappedBuffer(request.getBytes(StandardCharsets.ISO_8859_1)));
        return head;
    }

    private interface Filling {
        void fill(AccessLines lines, RoutingTable table) throws IOException;
    }

    private List<JsonNode> written(Filling filling) throws IOException {
        Path file = folder.resolve("access.log");
        RoutingTable table = table();
        AccessLog log = AccessLog.open(file);
        DataPlane plane = new DataPlane(
                new ActiveRouting(table),
                () -> 0,
                NioSocketChannel.class,
                DefaultAddressResolverGroup.INSTANCE,
                1,
                log,
                Tracing.off());
        AccessLines lines = new AccessLines(plane);
        filling.fill(lines, table);
        lines.handOver(log);
        log.close();
        List<JsonNode> read = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            read.add(new ObjectMapper().readTree(line));
        }
        return read;
    }

    private void serve(
            AccessLines lines, RoutingTable table, RequestHead head, String endpoint, @Nullable ProxyError error) {
        Choice choice = table.choose(head);
        assertThat(choice).isNotNull();
        RequestId id = new RequestId(head);
        id.renew(new SplittableRandom(1), Sampling.NEVER);
        head.clientAddress(client.remote());
        if (choice != null) {
            lines.served(
                    head,
                    client,
                    id,
                    choice,
                    1_764_000_000_007L,
                    12_345_678,
                    200,
                    10,
                    1_234_567_890_123L,
                    endpoint,
                    null,
                    error);
        }
    }

    @Test
    void served_ordinaryRequest_allMembersInPlace() throws Exception {
        RequestHead head =
                head("GET /p?secret=1 HTTP/1.1\r\nHost: a\r\nX-Request-Id: r-1\"\r\nX-Request-Id: r\r\n\r\n");
        List<JsonNode> lines = written((to, table) -> serve(to, table, head, "10.0.0.1:80", null));
        assertThat(lines).hasSize(1);
        JsonNode line = lines.get(0);
        assertThat(line.get("time").asText()).isEqualTo("2025-11-24T16:00:00.007Z");
        assertThat(line.get("requestId").asText()).hasSize(32);
        assertThat(line.get("clientIp").asText()).isEqualTo("127.0.0.1");
        assertThat(line.get("path").asText()).isEqualTo("/p");
        assertThat(line.get("durationMs").asDouble()).isEqualTo(12.346);
        assertThat(line.get("release").asText()).isEqualTo(RELEASE);
        assertThat(line.get("version").asText()).isEqualTo("stable");
        assertThat(line.get("endpoint").asText()).isEqualTo("10.0.0.1:80");
        assertThat(line.get("responseBytes").asLong()).isEqualTo(1_234_567_890_123L);
        assertThat(line.has("error")).isFalse();
    }

    /** Texts of any bytes and lengths: every line stays valid JSON that says what was said, cut at its limit. */
    @Test
    void lines_anyText_areValidJsonAndNoneIsLost() throws Exception {
        Random random = new Random(20261124);
        List<String> details = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        List<JsonNode> lines = written((to, table) -> {
            for (int i = 0; i < 3000; i++) {
                StringBuilder detail = new StringBuilder();
                for (int length = random.nextInt(random.nextInt(40) == 0 ? 5000 : 60); length > 0; length--) {
                    detail.append((char) random.nextInt(256));
                }
                String path = "/" + "x\"\\".repeat(random.nextInt(random.nextInt(40) == 0 ? 1500 : 5));
                details.add(detail.toString());
                paths.add(path);
                ProxyError error = ProxyError.of(Kind.RESET, detail.toString());
                if (random.nextBoolean()) {
                    serve(
                            to,
                            table,
                            head("GET " + path.replace("\\", "y") + " HTTP/1.1\r\nHost: a\r\n\r\n"),
                            "e",
                            error);
                } else {
                    RequestHead head = head("GET " + path.replace("\\", "y") + " HTTP/1.1\r\nHost: a\r\n\r\n");
                    to.refused(error, "id", client, head, i, 502);
                }
            }
        });
        assertThat(lines).hasSize(3000);
        for (int i = 0; i < lines.size(); i++) {
            String detail = details.get(i);
            String path = paths.get(i).replace("\\", "y");
            assertThat(lines.get(i).get("detail").asText())
                    .isEqualTo(detail.substring(0, Math.min(2048, detail.length())));
            assertThat(lines.get(i).get("path").asText()).isEqualTo(path.substring(0, Math.min(2048, path.length())));
            assertThat(lines.get(i).get("error").asText()).isEqualTo("reset");
        }
    }

    @Test
    void refused_notUnderstood_showsNothingOfTheHead() throws Exception {
        List<JsonNode> lines = written((to, table) -> to.refused(
                ProxyError.of(Kind.MALFORMED_REQUEST, "Host"),
                "",
                client,
                head("GET /secret HTTP/1.1\r\n\r\n"),
                0,
                400));
        assertThat(lines.get(0).toString()).doesNotContain("secret");
        assertThat(lines.get(0).get("status").asInt()).isEqualTo(400);
        assertThat(lines.get(0).get("time").asText()).isEqualTo("1970-01-01T00:00:00.000Z");
    }
}
