package dev.halftone.core.endpoint;

import dev.halftone.core.routing.Upstream;
import dev.halftone.core.routing.Upstream.Endpoint;
import dev.halftone.core.routing.Upstream.HealthCheck;
import dev.halftone.core.routing.Upstream.OutlierDetection;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an upstream's addresses and what is known of each. Every method that may change something returns the changes;
 * {@link #snapshot} then shows them. One thread at a time.
 */
public final class Roster {
    private final Upstream upstream;
    private final List<Known> all = new ArrayList<>();

    /** What is known of one address. */
    private static final class Known {
        private final Member member;
        private final @Nullable CheckHistory checks;
        private final @Nullable Ejection ejection;

        Known(Upstream upstream, Endpoint endpoint, InetSocketAddress address) {
            HealthCheck check = upstream.healthCheck();
            OutlierDetection outliers = upstream.outlierDetection();
            checks = check == null ? null : new CheckHistory(check.unhealthyThreshold(), check.healthyThreshold());
            ejection = outliers == null
                    ? null
                    : new Ejection(outliers.ejectionTime().toNanos());
            member = new Member(
                    endpoint, address, outliers == null ? null : new ErrorStreak(outliers.consecutiveErrors()));
            if (checks == null) {
                member.markKnown();
            }
        }

        EndpointState state() {
            if (checks != null && !checks.isHealthy()) {
                return EndpointState.UNHEALTHY;
            }
            return ejection != null && ejection.isEjected() ? EndpointState.EJECTED : EndpointState.HEALTHY;
        }
    }

    /** @param addresses one for each endpoint of the upstream, unresolved where it is a name */
    public Roster(Upstream upstream, List<InetSocketAddress> addresses) {
        this.upstream = upstream;
        for (int i = 0; i < addresses.size(); i++) {
            all.add(new Known(upstream, upstream.endpoints().get(i), addresses.get(i)));
        }
    }

    public EndpointSet snapshot() {
        return new EndpointSet(all.stream()
                .map(known -> new EndpointSet.Entry(known.member, known.state()))
                .toList());
    }

    /** Whether this address still serves the upstream. */
    public boolean has(Member member) {
        return find(member) != null;
    }

    private @Nullable Known find(Member member) {
        for (Known known : all) {
            if (known.member == member) {
                return known;
            }
        }
        return null;
    }

    /**
     * A name was looked up.
     *
     * @param addresses at least one
     * @return whether they differ from those it had
     */
    public boolean resolved(Endpoint endpoint, List<InetSocketAddress> addresses) {
        List<Known> next = new ArrayList<>();
        boolean changed = false;
        for (Known known : all) {
            boolean stays = !known.member.endpoint().equals(endpoint) || addresses.contains(known.member.address());
            if (stays) {
                next.add(known);
            }
            changed |= !stays;
        }
        for (InetSocketAddress address : addresses) {
            if (all.stream()
                    .noneMatch(known -> known.member.endpoint().equals(endpoint)
                            && known.member.address().equals(address))) {
                next.add(new Known(upstream, endpoint, address));
                changed = true;
            }
        }
        if (changed) {
            all.clear();
            all.addAll(next);
        }
        return changed;
    }

    /**
     * A health check ended.
     *
     * @param result in words, as {@code HTTP 503}
     */
    public List<Change> checked(Member member, boolean passed, String result) {
        Known known = find(member);
        if (known == null || known.checks == null) {
            return List.of();
        }
        EndpointState before = known.state();
        boolean changed = known.checks.add(passed);
        member.markKnown();
        if (!changed) {
            return List.of();
        }
        ErrorStreak streak = member.streak();
        if (passed && streak != null) {
            streak.reset();
        }
        return changes(known, before, "health check: " + result);
    }

    private static List<Change> changes(Known known, EndpointState before, String why) {
        EndpointState after = known.state();
        return before == after ? List.of() : List.of(new Change(known.member, before, after, why));
    }

    /** An endpoint's row of errors is long enough: it is ejected unless too many are already. */
    public List<Change> failing(Member member, long nowNanos) {
        Known known = find(member);
        OutlierDetection outliers = upstream.outlierDetection();
        ErrorStreak streak = member.streak();
        if (known == null || known.ejection == null || outliers == null || streak == null) {
            return List.of();
        }
        int allowed = all.size() * outliers.maxEjectedPercent() / 100;
        if (known.ejection.isEjected() || ejected() >= allowed) {
            // Counts anew, so that it is looked at again after as many errors.
            streak.reset();
            return List.of();
        }
        EndpointState before = known.state();
        known.ejection.begin(nowNanos);
        long seconds = TimeUnit.NANOSECONDS.toSeconds(known.ejection.lastNanos());
        return changes(known, before, outliers.consecutiveErrors() + " errors in a row, for " + seconds + " s");
    }

    private int ejected() {
        int count = 0;
        for (Known known : all) {
            count += known.ejection != null && known.ejection.isEjected() ? 1 : 0;
        }
        return count;
    }

    /** Ends ejections whose time is up. The first error of who comes back ejects it again, the first success clears it. */
    public List<Change> tick(long nowNanos) {
        List<Change> changes = List.of();
        for (Known known : all) {
            EndpointState before = known.state();
            if (known.ejection != null && known.ejection.endIfDue(nowNanos)) {
                ErrorStreak streak = known.member.streak();
                if (streak != null) {
                    streak.onProbation();
                }
                changes = joined(changes, changes(known, before, "the ejection is over"));
            }
        }
        return changes;
    }

    private static List<Change> joined(List<Change> first, List<Change> second) {
        List<Change> joined = new ArrayList<>(first);
        joined.addAll(second);
        return joined;
    }
}
