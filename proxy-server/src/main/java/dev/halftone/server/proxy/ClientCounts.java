package dev.halftone.server.proxy;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Open connections by client: an IPv4 address, or the /64 network of an IPv6 one, since whoever has one address of that has
 * them all. Holds no more entries than connections are open. Any thread.
 */
final class ClientCounts {
    private final Map<Long, Integer> counts = new ConcurrentHashMap<>();

    /** Counts one more, whatever the limit; the caller takes it back if this is too many. */
    int add(InetAddress client) {
        return counts.merge(key(client), 1, Integer::sum);
    }

    void remove(InetAddress client) {
        counts.computeIfPresent(key(client), (key, count) -> count == 1 ? null : count - 1);
    }

    int size() {
        return counts.size();
    }

    /** IPv4 addresses lie in ::/32, which no IPv6 client has. */
    private static long key(InetAddress client) {
        byte[] bytes = client.getAddress();
        int length = client instanceof Inet4Address ? 4 : 8;
        long key = 0;
        for (int i = 0; i < length; i++) {
            key = (key << 8) | (bytes[i] & 0xff);
        }
        return key;
    }
}
