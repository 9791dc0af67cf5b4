package dev.halftone.core.window;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the users of one A/B test did, in constant memory: 8 KiB for each variant and 256 KiB besides. Users fall by hash into {@value #CELLS}
 * cells of each variant, which keep how often the goal was reported and how often it happened. Each user is counted once for its
 * variant when its hash, among {@value #SLOTS} slots that all variants share, is first seen; a user whose slot was taken by another
 * is not counted, whichever variant either has, so what is lost does not depend on the variant.
 *
 * <p>Written by any thread, without locks and without allocation; read by any. A reading may be a moment old.
 */
public final class ExperimentTally {
    public static final int CELLS = 1024;
    private static final int SLOTS = 1 << 20;
    private static final int WORDS = SLOTS / Long.SIZE;
    private static final int HALF = 32;
    private static final long LOW = 0xffffffffL;

    private final int variants;
    private final String goal;
    // Of variant v and cell c at v * CELLS + c: trials in the low half, hits in the high half, so that one addition
    // moves both.
    private final AtomicLongArray cells;
    private final AtomicLongArray answered = new AtomicLongArray(WORDS);
    private final AtomicLongArray reported = new AtomicLongArray(WORDS);
    // Users of variant v: answered at v, reported at variants + v.
    private final AtomicLongArray users;

    /**
     * @param variants how many, the control among them
     * @param goal the custom metric's name
     */
    public ExperimentTally(int variants, String goal) {
        this.variants = variants;
        this.goal = goal;
        this.cells = new AtomicLongArray(variants * CELLS);
        this.users = new AtomicLongArray(2 * variants);
    }

    /** All that a tally holds, to be kept. The arrays are not copied; whoever has one must not write to it. */
    public static final class Memory {
        private final long[] cells;
        private final long[] answered;
        private final long[] reported;
        private final long[] users;

        /** @param users answered and then reported, of each variant */
        public Memory(long[] cells, long[] answered, long[] reported, long[] users) {
            this.cells = cells;
            this.answered = answered;
            this.reported = reported;
            this.users = users;
        }

        public long[] cells() {
            return cells;
        }

        public long[] answered() {
            return answered;
        }

        public long[] reported() {
            return reported;
        }

        public long[] users() {
            return users;
        }
    }

    /** @throws IllegalArgumentException if the memory is of another number of variants */
    public static ExperimentTally restored(int variants, String goal, Memory memory) {
        boolean fits = memory.cells.length == variants * CELLS
                && memory.answered.length == WORDS
                && memory.reported.length == WORDS
                && memory.users.length == 2 * variants;
        if (!fits) {
            throw new IllegalArgumentException("a memory of other measures (expected: of " + variants + " variants)");
        }
        ExperimentTally tally = new ExperimentTally(variants, goal);
        copy(memory.cells, tally.cells);
        copy(memory.answered, tally.answered);
        copy(memory.reported, tally.reported);
        copy(memory.users, tally.users);
        return tally;
    }

    private static void copy(long[] from, AtomicLongArray to) {
        for (int i = 0; i < from.length; i++) {
            to.set(i, from[i]);
        }
    }

    private static long[] copy(AtomicLongArray from) {
        long[] to = new long[from.length()];
        for (int i = 0; i < to.length; i++) {
            to[i] = from.get(i);
        }
        return to;
    }

    public Memory memory() {
        return new Memory(copy(cells), copy(answered), copy(reported), copy(users));
    }

    public boolean isGoal(String metric) {
        return goal.equals(metric);
    }

    /**
     * A user was answered.
     *
     * @param user spread over all bits but the lowest three
     */
    public void answered(int variant, long user) {
        see(answered, variant, variant, user);
    }

    /** An answer told of the goal. */
    public void reported(int variant, long user, long hits) {
        see(reported, variant, variants + variant, user);
        add(variant, user, 1, hits);
    }

    private void see(AtomicLongArray slots, int variant, int count, long user) {
        int slot = (int) (user >>> 20) & (SLOTS - 1);
        int word = slot >>> 6;
        long bit = 1L << slot;
        long before = variant < variants ? slots.get(word) : bit;
        while ((before & bit) == 0) {
            if (slots.compareAndSet(word, before, before | bit)) {
                users.incrementAndGet(count);
                return;
            }
            before = slots.get(word);
        }
    }

    /**
     * The goal was reported of a user.
     *
     * @param trials 1..1000000
     */
    public void add(int variant, long user, long trials, long hits) {
        if (variant < variants) {
            cells.addAndGet(variant * CELLS + ((int) (user >>> 3) & (CELLS - 1)), hits << HALF | trials);
        }
    }

    /** Reports of each cell of a variant. */
    public long[] trials(int variant) {
        long[] trials = new long[CELLS];
        for (int i = 0; i < CELLS; i++) {
            trials[i] = cells.get(variant * CELLS + i) & LOW;
        }
        return trials;
    }

    /** Those of them in which the goal happened. */
    public long[] hits(int variant) {
        long[] hits = new long[CELLS];
        for (int i = 0; i < CELLS; i++) {
            hits[i] = cells.get(variant * CELLS + i) >>> HALF;
        }
        return hits;
    }

    /** Users of each variant who were answered and whose slot was free. */
    public long[] answeredUsers() {
        return users(0);
    }

    /** Users of each variant of whom an answer told the goal and whose slot was free. */
    public long[] reportedUsers() {
        return users(variants);
    }

    private long[] users(int from) {
        long[] counts = new long[variants];
        for (int i = 0; i < variants; i++) {
            counts[i] = users.get(from + i);
        }
        return counts;
    }

    /**
     * How many users those counted stand for, estimated by linear counting (Whang, Vander-Zanden and Taylor 1990).
     *
     * @param counted of all variants together
     */
    public static double usersFor(long counted) {
        double free = Math.max(1, SLOTS - counted);
        return SLOTS * Math.log(SLOTS / free);
    }
}
