package dev.halftone.core.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route: what it matches and where its requests go.
 *
 * @param id small dense number that stays with the route's name for the life of the process; counters are indexed by it
 * @param gray the release's part, or null if only stable is served
 */
public record Route(
        int id,
        String name,
        RequestMatch match,
        Upstream stable,
        @Nullable Gray gray,
        Forwarding forwarding) {

    /** The same, with the user key taken as it is where a token or a signature would have to prove it: to ask what if. */
    public Route withUnprovenKeys() {
        Gray present = gray;
        if (present == null) {
            return this;
        }
        List<UserKeySource> plain =
                present.userKey().stream().map(Route::unproven).toList();
        return withGray(present.withUserKey(plain));
    }

    private static UserKeySource unproven(UserKeySource source) {
        if (source instanceof UserKeySource.JwtClaim claim) {
            return claim.token();
        }
        return source instanceof UserKeySource.Assigned assigned
                ? new UserKeySource.Cookie(assigned.assignment().cookie())
                : source;
    }

    public Route withGray(@Nullable Gray newGray) {
        return new Route(id, name, match, stable, newGray, forwarding);
    }
}
