package dev.halftone.server.control;

import dev.halftone.core.rollout.Progress;
import dev.halftone.core.rollout.RolloutEvent.Command;
import dev.halftone.core.rollout.RolloutEvent.Promote;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.core.rollout.Transition;
import dev.halftone.core.routing.Variant;
import dev.halftone.core.routing.Variants;
import dev.halftone.server.config.Settings.GraySettings;
import org.jspecify.annotations.Nullable;

/** Which variant of an A/B test a promotion is about; the file's names, which the machine does not know. Stateless. */
final class VariantNames {
    private VariantNames() {}

    private static String treated(Variants variants) {
        return String.join(
                ", ", variants.all().stream().skip(1).map(Variant::name).toList());
    }

    /** Why a promotion cannot be about the variant that it names; null if it can. */
    static Transition.@Nullable Refused refusal(@Nullable GraySettings gray, Command command) {
        String name = command instanceof Promote promote ? promote.variant() : null;
        Variants variants = gray == null ? null : gray.variants();
        if (name == null) {
            return null;
        }
        if (variants == null) {
            return new Transition.Refused("variant " + name + ", but no A/B test runs here (expected: none)");
        }
        if (variants.numberOf(name) == 0) {
            return new Transition.Refused("variant " + name
                    + " is the control (expected: `halftone abort`, which gives everybody the control, or one of "
                    + treated(variants) + ")");
        }
        return variants.numberOf(name) > 0
                ? null
                : new Transition.Refused("unknown variant " + name + " (expected: one of " + treated(variants) + ")");
    }

    /** The same command; where only one variant can be meant, with its name. */
    static Command named(@Nullable GraySettings gray, @Nullable RolloutState state, Command command) {
        Variants variants = gray == null ? null : gray.variants();
        Progress at = state == null ? null : state.progress();
        if (variants == null || variants.all().size() != 2 || (at != null && at.winner() != null)) {
            return command;
        }
        return command instanceof Promote promote && promote.variant() == null
                ? new Promote(
                        promote.actor(), promote.reason(), variants.all().get(1).name())
                : command;
    }
}
