package dev.halftone.core.routing;

import dev.halftone.core.Ratio;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gray part of a route: who is sent to the canary now.
 *
 * @param canary the new version's upstream
 * @param release the name of what is being rolled out
 * @param epoch counts the releases that this route has seen in this process; outcomes of an earlier epoch are not analysed
 * @param userKey where the user key comes from, the first source that has one
 * @param onMissingKey what happens to requests that have none
 * @param salt the secret salt, or null for {@code route/release}
 * @param rules looked at before the ratio, first match wins
 * @param ratio share of users that go to the canary
 * @param open whether anything may reach the canary; false after a rollback or an abort: rules that send to the canary then
 *     send to stable, so that not one request reaches it
 * @param net what spares users its faults
 * @param sides the endpoints of the one upstream that a rolling release parts, or null
 * @param variants of an A/B test, or null; then the canary is the first of them that is not the control
 */
public record Gray(
        Upstream canary,
        String release,
        int epoch,
        List<UserKeySource> userKey,
        MissingKey onMissingKey,
        @Nullable Salt salt,
        List<Rule> rules,
        Ratio ratio,
        boolean open,
        SafetyNet net,
        @Nullable Sides sides,
        @Nullable Variants variants) {

    public Gray {
        userKey = List.copyOf(userKey);
        rules = List.copyOf(rules);
    }

    /** Of a release with an upstream of its own, without variants. */
    public Gray(
            Upstream canary,
            String release,
            int epoch,
            List<UserKeySource> userKey,
            MissingKey onMissingKey,
            @Nullable Salt salt,
            List<Rule> rules,
            Ratio ratio,
            boolean open,
            SafetyNet net) {
        this(canary, release, epoch, userKey, onMissingKey, salt, rules, ratio, open, net, null, null);
    }

    /** Without a net. */
    public Gray(
            Upstream canary,
            String release,
            int epoch,
            List<UserKeySource> userKey,
            MissingKey onMissingKey,
            @Nullable Salt salt,
            List<Rule> rules,
            Ratio ratio,
            boolean open) {
        this(canary, release, epoch, userKey, onMissingKey, salt, rules, ratio, open, SafetyNet.NONE, null, null);
    }

    /** Whether an A/B test splits users as its file says: not once it is won for everybody, or held. */
    boolean isTesting() {
        return variants != null
                && open
                && ratio.hundredths() == variants.treated().hundredths();
    }

    public Gray withVariants(@Nullable Variants newVariants) {
        return new Gray(
                canary, release, epoch, userKey, onMissingKey, salt, rules, ratio, open, net, sides, newVariants);
    }

    public Gray withUserKey(List<UserKeySource> sources) {
        return new Gray(canary, release, epoch, sources, onMissingKey, salt, rules, ratio, open, net, sides, variants);
    }

    public Gray withRatio(Ratio newRatio) {
        return new Gray(
                canary, release, epoch, userKey, onMissingKey, salt, rules, newRatio, open, net, sides, variants);
    }

    public Gray withSides(@Nullable Sides newSides) {
        return new Gray(
                canary, release, epoch, userKey, onMissingKey, salt, rules, ratio, open, net, newSides, variants);
    }

    public Gray withOpen(boolean nowOpen) {
        return new Gray(
                canary, release, epoch, userKey, onMissingKey, salt, rules, ratio, nowOpen, net, sides, variants);
    }
}
