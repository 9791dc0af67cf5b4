package dev.halftone.bench;

import dev.halftone.core.Ratio;
import dev.halftone.core.routing.Forwarding;
import dev.halftone.core.routing.Gray;
import dev.halftone.core.routing.MissingKey;
import dev.halftone.core.routing.RequestMatch;
import dev.halftone.core.routing.RequestMatch.PathMatch;
import dev.halftone.core.routing.Route;
import dev.halftone.core.routing.RoutingTable;
import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.UserKeySource;
import dev.halftone.server.http1.HeadLimits;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.http1.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Messages as browsers and servers send them, and routes as a large configuration has them. Any thread. */
public final class Samples {
    /** How many different users the requests come from: a power of two, small enough to stay in the caches. */
    public static final int USERS = 64;

    public static final HeadLimits LIMITS = new HeadLimits(8192, 32_768, 100);

    private static final int ROUTES_OF_A_HOST = 100;

    private Samples() {}

    /** The number of the route that the requests ask for: one in the middle. */
    private static int wanted(int routes) {
        return routes / 2;
    }

    /** One request of each user, each in a buffer of its own. */
    public static ByteBuf[] requests(int routes) {
        ByteBuf[] requests = new ByteBuf[USERS];
        for (int user = 0; user < USERS; user++) {
            requests[user] = buffer(request(wanted(routes), user));
        }
        return requests;
    }

    /** The same requests, read. */
    public static RequestHead[] requestHeads(int routes) {
        ByteBuf[] requests = requests(routes);
        RequestHead[] heads = new RequestHead[USERS];
        for (int user = 0; user < USERS; user++) {
            heads[user] = new RequestHead(LIMITS);
            if (!heads[user].read(requests[user]) || !heads[user].isUnderstood()) {
                throw new IllegalStateException("request: " + heads[user].detail());
            }
        }
        return heads;
    }

    private static String request(int route, int user) {
        return "GET " + prefix(route) + "/items/4711?sort=price&page=2 HTTP/1.1\r\n"
                + "Host: " + host(route) + "\r\n"
                + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
                + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
                + "Accept-Language: en-US,en;q=0.5\r\n"
                + "Accept-Encoding: gzip, deflate, br\r\n"
                + "Referer: http://" + host(route) + "/\r\n"
                + "Connection: keep-alive\r\n"
                + "Cookie: sid=5f2b8c0de1a94c73; user_id=u" + (100_000_007L * (user + 1)) + "; theme=dark\r\n"
                + "Upgrade-Insecure-Requests: 1\r\n"
                + "Cache-Control: max-age=0\r\n\r\n";
    }

    public static ByteBuf response() {
        return buffer("HTTP/1.1 200 OK\r\n"
                + "Server: nginx/1.22.1\r\n"
                + "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n"
                + "Content-Type: text/html; charset=utf-8\r\n"
                + "Content-Length: 100\r\n"
                + "Connection: keep-alive\r\n"
                + "ETag: \"6563c1f0-64\"\r\n"
                + "Cache-Control: private, max-age=0\r\n\r\n");
    }

    /** The same response, read. */
    public static ResponseHead responseHead() {
        ResponseHead head = new ResponseHead(LIMITS);
        if (!head.read(response()) || !head.isUnderstood()) {
            throw new IllegalStateException("response: " + head.detail());
        }
        return head;
    }

    /** In direct memory, as bytes from a socket are. */
    public static ByteBuf buffer(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
    }

    /** So many routes, a hundred for each host, each with a release that has a tenth of the users. */
    public static RoutingTable table(int routes) {
        List<Route> all = new ArrayList<>();
        for (int i = 0; i < routes; i++) {
            all.add(route(i));
        }
        return new RoutingTable(all);
    }

    private static Route route(int number) {
        RequestMatch match = new RequestMatch(
                List.of(host(number)),
                new PathMatch.Prefix(prefix(number)),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
        Gray gray = new Gray(
                upstream("canary"),
                "v2",
                0,
                List.of(new UserKeySource.Cookie("user_id")),
                MissingKey.STABLE,
                null,
                List.of(),
                new Ratio(1000),
                true);
        return new Route(number, "route-" + number, match, upstream("stable"), gray, Forwarding.DEFAULT);
    }

    private static Upstream upstream(String name) {
        return new Upstream(
                name,
                List.of(new Upstream.Endpoint("127.0.0.1", 8081, 1)),
                Upstream.LoadBalancing.LEAST_REQUEST,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Upstream.Pool.DEFAULT);
    }

    private static String host(int route) {
        return "shop-" + route / ROUTES_OF_A_HOST + ".example.com";
    }

    private static String prefix(int route) {
        return "/service-" + route % ROUTES_OF_A_HOST;
    }
}
