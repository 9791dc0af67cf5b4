package dev.halftone.server.proxy;

import dev.halftone.core.routing.Cidr;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a connection says about all its requests, worked out once. Immutable, any thread. */
final class ClientConnection {
    private final InetAddress remote;
    private final String address;
    private final byte[] forwardedForLine;
    private final boolean trusted;

    ClientConnection(InetAddress remote, List<Cidr> trustedProxies) {
        this.remote = remote;
        address = NetUtil.toAddressString(remote);
        forwardedForLine = ("X-Forwarded-For: " + address + "\r\nX-Real-IP: " + address + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        trusted = ClientAddress.isTrusted(remote, trustedProxies);
    }

    InetAddress remote() {
        return remote;
    }

    /** The peer's address as text. */
    String address() {
        return address;
    }

    /** X-Forwarded-For and X-Real-IP of a peer that is the client itself. */
    byte[] forwardedForLine() {
        return forwardedForLine;
    }

    /** Whether what the peer says of those before it is believed. */
    boolean isTrusted() {
        return trusted;
    }
}
