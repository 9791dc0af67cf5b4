package dev.halftone.core.routing;

import org.jspecify.annotations.Nullable;

/**
 * What rules ask of a request beyond its text, found out when the first rule asks and kept for the others. Reused from request to
 * request, so that nothing is allocated. One event loop.
 */
final class RequestFacts {
    private final DeviceCache devices = new DeviceCache();
    private @Nullable RequestView request;
    private @Nullable GrayRoute route;
    private Regions regions = Regions.NONE;
    private @Nullable SipHash listHash;
    private boolean regionAsked;
    private long region;
    private boolean deviceAsked;
    private @Nullable Device device;
    private boolean userAsked;
    private boolean userFound;
    private long position;
    private long listed;

    /** @param listHash the hash of all lists that may be asked for, or null if none is */
    void begin(RequestView of, GrayRoute on, Regions known, @Nullable SipHash listHash) {
        request = of;
        route = on;
        regions = known;
        this.listHash = listHash;
        regionAsked = false;
        deviceAsked = false;
        userAsked = false;
        userFound = false;
    }

    private RequestView request() {
        RequestView present = request;
        if (present == null) {
            throw new IllegalStateException("no request is under way");
        }
        return present;
    }

    /** See {@link Regions#of}. */
    long region() {
        if (!regionAsked) {
            regionAsked = true;
            region = regions.of(request());
        }
        return region;
    }

    /** Null for what cannot be told. */
    @Nullable
    Device device() {
        if (!deviceAsked) {
            deviceAsked = true;
            device = devices.of(request());
        }
        return device;
    }

    boolean isOn(UserList list) {
        askUser();
        return userFound && list.contains(listed);
    }

    private void askUser() {
        GrayRoute on = route;
        SipHash hash = listHash;
        if (userAsked || on == null || hash == null) {
            return;
        }
        userAsked = true;
        CharSequence key = on.userKey(request());
        if (key != null) {
            userFound = true;
            // Both at once: the text may be gone when the next question comes.
            position = on.position(key);
            listed = hash.hash(key);
        }
    }

    /** Whether somebody has asked for the user already. */
    boolean isUserAsked() {
        return userAsked;
    }

    boolean isUserFound() {
        return userFound;
    }

    /** Of no meaning unless a user was found. */
    long position() {
        return position;
    }
}
