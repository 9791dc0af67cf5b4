package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/**
 * The classes of the user agents that came last: as many as there are slots, each new one in the place of the one that had its
 * slot. One event loop.
 */
final class DeviceCache {
    private static final int SLOTS = 512;
    /** Longer ones are rare and are not kept. */
    private static final int MAX_CHARS = 512;

    private @Nullable String @Nullable [] agents;
    private @Nullable Device @Nullable [] classes;

    /** The request's class, or null for what cannot be told. */
    @Nullable
    Device of(RequestView request) {
        CharSequence agent = request.header("User-Agent");
        Device byAgent = agent == null ? null : byAgent(agent);
        return byAgent == Device.BOT ? byAgent : DeviceClasses.byHints(request, byAgent);
    }

    private @Nullable Device byAgent(CharSequence agent) {
        if (agent.length() > MAX_CHARS) {
            return DeviceClasses.byAgent(agent);
        }
        @Nullable String[] known = agents;
        @Nullable Device[] found = classes;
        if (known == null || found == null) {
            known = new @Nullable String[SLOTS];
            found = new @Nullable Device[SLOTS];
            agents = known;
            classes = found;
        }
        int slot = slot(agent);
        String there = known[slot];
        if (there == null || !there.contentEquals(agent)) {
            known[slot] = agent.toString();
            found[slot] = DeviceClasses.byAgent(agent);
        }
        return found[slot];
    }

    private static int slot(CharSequence agent) {
        int hash = agent.length();
        for (int i = 0; i < agent.length(); i++) {
            hash = hash * 31 + agent.charAt(i);
        }
        int mixed = hash * 0x9E3779B9;
        return mixed >>> 23;
    }
}
