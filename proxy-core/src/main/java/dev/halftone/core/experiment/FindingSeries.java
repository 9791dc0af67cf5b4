package dev.halftone.core.experiment;

import java.util.ArrayList;
import java.util.List;

/**
 * What was found over time, in at most {@value #MOST} moments: when they are too many every second one goes, and later ones are taken
 * half as often. One thread.
 */
public final class FindingSeries {
    public static final int MOST = 400;
    private static final long FIRST_SPACING_MILLIS = 1000;

    private final List<Moment> moments;

    /** @param atMillis epoch milliseconds */
    public record Moment(long atMillis, Finding finding) {}

    /** @param moments oldest first, at most {@value #MOST} */
    public FindingSeries(List<Moment> moments) {
        this.moments = new ArrayList<>(moments);
    }

    private long spacingMillis() {
        if (moments.size() < 2) {
            return FIRST_SPACING_MILLIS;
        }
        long whole = moments.get(moments.size() - 1).atMillis() - moments.get(0).atMillis();
        long spacing = FIRST_SPACING_MILLIS;
        while (whole >= spacing * MOST) {
            spacing *= 2;
        }
        return spacing;
    }

    /** Takes a moment, unless the last one is too near. */
    public void add(long nowMillis, Finding finding) {
        boolean isNear = !moments.isEmpty()
                && nowMillis - moments.get(moments.size() - 1).atMillis() < spacingMillis();
        if (isNear) {
            return;
        }
        if (moments.size() >= MOST) {
            List<Moment> kept = new ArrayList<>();
            for (int i = 0; i < moments.size(); i += 2) {
                kept.add(moments.get(i));
            }
            moments.clear();
            moments.addAll(kept);
        }
        moments.add(new Moment(nowMillis, finding));
    }

    public List<Moment> moments() {
        return List.copyOf(moments);
    }
}
