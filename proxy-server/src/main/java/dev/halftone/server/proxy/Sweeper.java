package dev.halftone.server.proxy;

import java.util.ArrayList;
import java.util.List;

/**
 * One coarse timer for all connections of an event loop, in place of a timer for each request. Deadlines are met within one
 * period. Event loop only.
 */
final class Sweeper {
    static final long PERIOD_MILLIS = 100;

    private final List<Sweepable> members = new ArrayList<>();

    /** Something with deadlines. */
    abstract static class Sweepable {
        private int index = -1;

        /** Acts on whatever deadline has passed. */
        abstract void sweep(long nowNanos);
    }

    void add(Sweepable member) {
        member.index = members.size();
        members.add(member);
    }

    void remove(Sweepable member) {
        int index = member.index;
        if (index < 0) {
            return;
        }
        Sweepable last = members.remove(members.size() - 1);
        if (last != member) {
            members.set(index, last);
            last.index = index;
        }
        member.index = -1;
    }

    /** Backwards, because a sweep may remove its member. */
    void sweep(long nowNanos) {
        for (int i = members.size() - 1; i >= 0; i--) {
            if (i < members.size()) {
                members.get(i).sweep(nowNanos);
            }
        }
    }
}
