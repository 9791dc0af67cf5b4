package dev.halftone.core.routing;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** A network: an address and how many of its leading bits count. An address alone stands for itself. */
public final class Cidr {
    private final byte[] network;
    private final int prefixLength;

    private Cidr(byte[] network, int prefixLength) {
        this.network = network;
        this.prefixLength = prefixLength;
    }

    /**
     * @param text as {@code 10.0.0.0/8}, {@code 2001:db8::/32} or one address; never a name that would be looked up
     * @throws IllegalArgumentException with the text and what was expected
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = parseLiteral(text, slash < 0 ? text : text.substring(0, slash));
        int bits = address.length * 8;
        int prefix = slash < 0 ? bits : parsePrefix(text, text.substring(slash + 1), bits);
        byte[] network = mask(address, prefix);
        if (!Arrays.equals(network, address)) {
            throw invalid(text, "no bits set beyond the prefix");
        }
        return new Cidr(network, prefix);
    }

    byte[] network() {
        return network;
    }

    int prefixLength() {
        return prefixLength;
    }

    /** Whether every address of the other lies in this one. */
    public boolean contains(Cidr other) {
        return other.prefixLength >= prefixLength && contains(other.network);
    }

    public boolean contains(InetAddress candidate) {
        return contains(candidate.getAddress());
    }

    private boolean contains(byte[] bytes) {
        if (bytes.length != network.length) {
            return false;
        }
        int whole = prefixLength >> 3;
        for (int i = 0; i < whole; i++) {
            if (bytes[i] != network[i]) {
                return false;
            }
        }
        int rest = prefixLength & 7;
        return rest == 0 || ((bytes[whole] ^ network[whole]) & 0xff) >>> (8 - rest) == 0;
    }

    private static byte[] parseLiteral(String text, String literal) {
        boolean looksNumeric = !literal.isEmpty()
                && literal.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == '.' || c == ':')
                && (literal.indexOf(':') >= 0
                        || literal.chars().filter(c -> c == '.').count() == 3);
        if (!looksNumeric) {
            throw invalid(text, "an IP address, or address/prefix");
        }
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw invalid(text, "an IP address, or address/prefix");
        }
    }

    private static int parsePrefix(String text, String digits, int bits) {
        try {
            int prefix = Integer.parseInt(digits);
            if (prefix >= 0 && prefix <= bits && digits.charAt(0) != '+') {
                return prefix;
            }
        } catch (NumberFormatException e) {
            throw invalid(text, "a prefix length of 0.." + bits);
        }
        throw invalid(text, "a prefix length of 0.." + bits);
    }

    private static byte[] mask(byte[] address, int prefix) {
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int keep = Math.max(0, Math.min(8, prefix - i * 8));
            masked[i] &= (byte) (0xff << (8 - keep));
        }
        return masked;
    }

    private static IllegalArgumentException invalid(String text, String expected) {
        return new IllegalArgumentException("\"" + text + "\" (expected: " + expected + ")");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr cidr && prefixLength == cidr.prefixLength && Arrays.equals(network, cidr.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + prefixLength;
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/" + prefixLength;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
