package dev.halftone.core.routing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds the networks that an address lies in: one look into a hash table for each length of prefix that there is. Immutable, any
 * thread.
 */
final class NetworkTable {
    private static final int[] NONE = {};
    private static final int V4_BYTES = 4;

    private final Length[] v4;
    private final Length[] v6;

    /** @param members positions in ascending order, for each network */
    NetworkTable(Map<Cidr, List<Integer>> members) {
        v4 = lengths(members, V4_BYTES);
        v6 = lengths(members, 16);
    }

    /** The same for a set of networks, whose positions do not matter. */
    static NetworkTable of(List<Cidr> networks) {
        Map<Cidr, List<Integer>> members = new HashMap<>();
        networks.forEach(network -> members.put(network, List.of(0)));
        return new NetworkTable(members);
    }

    private static Length[] lengths(Map<Cidr, List<Integer>> members, int bytes) {
        Map<Integer, Map<Cidr, List<Integer>>> byLength = new TreeMap<>();
        members.forEach((network, positions) -> {
            if (network.network().length == bytes) {
                byLength.computeIfAbsent(network.prefixLength(), length -> new HashMap<>())
                        .put(network, positions);
            }
        });
        List<Length> lengths = new ArrayList<>();
        byLength.forEach((length, networks) -> lengths.add(new Length(length, networks)));
        return lengths.toArray(new Length[0]);
    }

    boolean isEmpty() {
        return v4.length + v6.length == 0;
    }

    boolean contains(byte[] address) {
        for (int i = 0; i < lengths(address); i++) {
            if (find(address, i).length > 0) {
                return true;
            }
        }
        return false;
    }

    /** How many lengths of prefix there are for addresses of this family. */
    int lengths(byte[] address) {
        return address.length == V4_BYTES ? v4.length : v6.length;
    }

    /** What was given for the network of that many-th length that this address lies in; empty if there is none. */
    int[] find(byte[] address, int length) {
        long high = word(address, 0);
        long low = address.length == V4_BYTES ? 0 : word(address, 8);
        return (address.length == V4_BYTES ? v4 : v6)[length].find(high, low);
    }

    /** Eight bytes; an IPv4 address fills the upper half. */
    private static long word(byte[] bytes, int from) {
        long word = 0;
        for (int i = from; i < from + 8; i++) {
            word = word << 8 | (i < bytes.length ? bytes[i] & 0xff : 0);
        }
        return word;
    }

    /** All networks with one length of prefix. */
    private static final class Length {
        private final long highMask;
        private final long lowMask;
        private final long[] high;
        private final long[] low;
        private final int[][] positions;

        Length(int prefix, Map<Cidr, List<Integer>> networks) {
            highMask = mask(prefix);
            lowMask = mask(prefix - 64);
            int slots = Integer.highestOneBit(networks.size()) * 4;
            high = new long[slots];
            low = new long[slots];
            positions = new int[slots][];
            networks.forEach((network, members) -> {
                byte[] bytes = network.network();
                long upper = word(bytes, 0);
                long lower = bytes.length == V4_BYTES ? 0 : word(bytes, 8);
                int slot = slot(upper, lower);
                while (positions[slot] != null) {
                    slot = (slot + 1) & (slots - 1);
                }
                high[slot] = upper;
                low[slot] = lower;
                positions[slot] = members.stream().mapToInt(Integer::intValue).toArray();
            });
        }

        private static long mask(int bits) {
            return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
        }

        private int slot(long upper, long lower) {
            long mixed = (upper ^ Long.rotateLeft(lower, 29)) * 0x9E3779B97F4A7C15L;
            return (int) (mixed >>> 32) & (positions.length - 1);
        }

        int[] find(long upper, long lower) {
            long wantedHigh = upper & highMask;
            long wantedLow = lower & lowMask;
            int slot = slot(wantedHigh, wantedLow);
            while (positions[slot] != null) {
                if (high[slot] == wantedHigh && low[slot] == wantedLow) {
                    return positions[slot];
                }
                slot = (slot + 1) & (positions.length - 1);
            }
            return NONE;
        }
    }
}
