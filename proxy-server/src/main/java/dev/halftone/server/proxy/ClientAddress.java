package dev.halftone.server.proxy;

import dev.halftone.core.routing.Cidr;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the client behind proxies that the configuration trusts: the rightmost hop that is not one of them. */
final class ClientAddress {
    private ClientAddress() {}

    /** @param forwardedFor the values of X-Forwarded-For as received; believed only as far as the chain is trusted */
    static InetAddress of(InetAddress remote, List<String> forwardedFor, List<Cidr> trusted) {
        if (trusted.isEmpty() || forwardedFor.isEmpty() || !isTrusted(remote, trusted)) {
            return remote;
        }
        List<String> hops = new ArrayList<>();
        for (String value : forwardedFor) {
            for (String hop : value.split(",", -1)) {
                hops.add(hop.trim());
            }
        }
        InetAddress client = remote;
        for (int i = hops.size() - 1; i >= 0; i--) {
            InetAddress hop = parse(hops.get(i));
            if (hop == null) {
                return client;
            }
            client = hop;
            if (!isTrusted(hop, trusted)) {
                return client;
            }
        }
        return client;
    }

    static boolean isTrusted(InetAddress address, List<Cidr> trusted) {
        for (Cidr network : trusted) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable InetAddress parse(String literal) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(literal);
        if (bytes == null) {
            return null;
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
    }
}
