package dev.halftone.core.endpoint;

import java.util.List;

/** All addresses of an upstream and how each is, at one moment. Immutable. */
public record EndpointSet(List<Entry> entries) {
    public EndpointSet {
        entries = List.copyOf(entries);
    }

    public record Entry(Member member, EndpointState state) {}

    /** Whether none is well: then all are used, since some answers are better than none. */
    public boolean isPanic() {
        return count(EndpointState.HEALTHY) == 0;
    }

    public int count(EndpointState state) {
        int count = 0;
        for (Entry entry : entries) {
            count += entry.state == state ? 1 : 0;
        }
        return count;
    }

    /** Those that get requests; never empty. */
    public List<Member> usable() {
        boolean panic = isPanic();
        return entries.stream()
                .filter(entry -> panic || entry.state == EndpointState.HEALTHY)
                .map(Entry::member)
                .toList();
    }
}
