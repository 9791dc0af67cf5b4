package dev.halftone.core.backtest;

import dev.halftone.core.Outcome;
import dev.halftone.core.Version;
import dev.halftone.core.analysis.AnalysisSpec;
import java.util.BitSet;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A generated release: a daily load curve; slow noise of load and latency that both versions share, and some of each version's own;
 * pauses of single machines; a new version's cold start; users of very different activity who stay with their version and differ
 * in speed and in how often they fail; clients that retry; now and then an incident that hits both. The same seed gives the same
 * release. One thread.
 */
public final class Simulation {
    private static final double DAY_SECONDS = 86_400;
    private static final int STABLE_MACHINES = 8;
    private static final double CLICK_RATE = 0.05;
    private static final double FELT_SLOWDOWN = 1.05;

    private final Scenario scenario;
    private final Regression regression;
    private final Service service;
    private final double requestsPerSecond;
    private double canaryShare;
    private final int seconds;
    private final int onset;
    private final SplittableRandom random;
    private final double phase;
    private final Users users;
    private final Machine[][] machines = new Machine[2][];
    private final PriorityQueue<Retry> retries = new PriorityQueue<>(Comparator.comparingDouble(Retry::at));
    private final Noise load;
    private final Noise sharedLatency;
    private final Noise[] ownLatency;
    private final double[] incidentSlowdown;
    private final double[] incidentErrors;
    private final long[][] views = new long[2][2];
    private long requests;
    private long harmed;
    private long struck;
    private final BitSet struckUsers = new BitSet();

    private record Retry(double at, int user, Version version, double latencyMillis, boolean struck) {}

    /**
     * How a release ended.
     *
     * @param breach null if nothing was found
     * @param harmed failed requests of the canary since the onset
     * @param requests in all
     * @param struck requests that the regression made fail, slower by a twentieth at least, or lose their click; retries too
     * @param struckUsers who sent them
     */
    public record Result(
            Replay.@Nullable Breach breach, int onset, long harmed, long requests, long struck, long struckUsers) {
        /** Seconds from the onset to the breach; negative for one that came before; NaN without one. */
        public double delaySeconds() {
            return breach == null ? Double.NaN : breach.atNanos() / 1e9 - onset;
        }
    }

    /** Slow noise: an autoregressive walk around nothing. */
    private static final class Noise {
        private final double kept;
        private final double step;
        private double value;

        Noise(double seconds, double deviation) {
            kept = Math.exp(-1 / seconds);
            step = deviation * Math.sqrt(1 - kept * kept);
        }

        double next(SplittableRandom random) {
            value = kept * value + step * random.nextGaussian();
            return value;
        }
    }

    /** A machine that pauses about once a minute. */
    private static final class Machine {
        private double pauseAt;
        private double pauseEnd;

        /** Milliseconds that a request which comes now waits. */
        double wait(double now, SplittableRandom random) {
            while (now > pauseEnd) {
                pauseAt = pauseEnd - 60 * Math.log(1 - random.nextDouble());
                pauseEnd = pauseAt + 0.05 + 0.3 * random.nextDouble();
            }
            return now < pauseAt ? 0 : (pauseEnd - now) * 1000;
        }
    }

    /** Who comes how often (Walker's alias method), how slow and how unlucky. */
    private static final class Users {
        private final int[] alias;
        private final double[] own;
        private final float[] slowness;
        private final float[] errors;
        private final float[] place;

        Users(int count, SplittableRandom random) {
            alias = new int[count];
            own = new double[count];
            slowness = new float[count];
            errors = new float[count];
            place = new float[count];
            double sum = 0;
            for (int i = 0; i < count; i++) {
                own[i] = Math.exp(random.nextGaussian());
                sum += own[i];
                slowness[i] = (float) Math.exp(0.15 * random.nextGaussian());
                errors[i] = (float) -Math.log(1 - random.nextDouble());
                place[i] = (float) random.nextDouble();
            }
            int[] small = new int[count];
            int[] large = new int[count];
            int smalls = 0;
            int larges = 0;
            for (int i = 0; i < count; i++) {
                own[i] *= count / sum;
                alias[i] = i;
                if (own[i] < 1) {
                    small[smalls++] = i;
                } else {
                    large[larges++] = i;
                }
            }
            while (smalls > 0 && larges > 0) {
                int less = small[--smalls];
                int more = large[larges - 1];
                alias[less] = more;
                own[more] -= 1 - own[less];
                if (own[more] < 1) {
                    larges--;
                    small[smalls++] = more;
                }
            }
        }

        int draw(SplittableRandom random) {
            int i = random.nextInt(own.length);
            return random.nextDouble() < own[i] ? i : alias[i];
        }
    }

    /** The same for a scenario alone and the service that goes with it. */
    public Simulation(
            Scenario scenario, double requestsPerSecond, double canaryShare, long seed, int seconds, int onset) {
        this(Regression.of(scenario), Service.of(scenario), requestsPerSecond, canaryShare, seed, seconds, onset);
    }

    /**
     * @param requestsPerSecond of both versions, on average over a day
     * @param canaryShare 0..1
     * @param onset when the regression begins
     */
    public Simulation(
            Regression regression,
            Service service,
            double requestsPerSecond,
            double canaryShare,
            long seed,
            int seconds,
            int onset) {
        this.scenario = regression.scenario();
        this.regression = regression;
        this.service = service;
        this.requestsPerSecond = requestsPerSecond;
        this.canaryShare = canaryShare;
        this.seconds = seconds;
        this.onset = onset;
        random = new SplittableRandom(seed * 1_000_003 + scenario.ordinal() * 7919L + (long) (requestsPerSecond * 100));
        phase = random.nextDouble() * 2 * Math.PI;
        users = new Users((int) Math.max(2000, requestsPerSecond * 250), random);
        int canaries = requestsPerSecond >= 200 ? 2 : 1;
        for (int version = 0; version < 2; version++) {
            machines[version] = new Machine[version == 0 ? STABLE_MACHINES : canaries];
            for (int i = 0; i < machines[version].length; i++) {
                machines[version][i] = new Machine();
            }
        }
        load = new Noise(120, 0.15 * service.noise());
        sharedLatency = new Noise(60, 0.10 * service.noise());
        ownLatency = new Noise[] {new Noise(30, 0.03 * service.noise()), new Noise(30, 0.03 * service.noise())};
        incidentSlowdown = new double[seconds];
        incidentErrors = new double[seconds];
        java.util.Arrays.fill(incidentSlowdown, 1);
        placeIncidents();
    }

    private void placeIncidents() {
        long incidents = poisson(service.incidentsPerDay() * seconds / DAY_SECONDS);
        for (long i = 0; i < incidents; i++) {
            int from = random.nextInt(seconds);
            incident(from, from + random.nextInt(60, 300), 1.5 + 2.5 * random.nextDouble(), 0.08 * random.nextDouble());
        }
        if (scenario == Scenario.SHARED_INCIDENT || scenario == Scenario.RAMP_IN_INCIDENT) {
            incident(onset, onset + 1200, 4, 0.1);
        }
    }

    private void incident(int from, int to, double slowdown, double errors) {
        for (int second = from; second < Math.min(to, seconds); second++) {
            incidentSlowdown[second] = slowdown;
            incidentErrors[second] = errors;
        }
    }

    private double share(int second) {
        if (scenario != Scenario.RAMP_IN_INCIDENT) {
            return canaryShare;
        }
        return second < onset - 60 ? 0.01 : second < onset + 300 ? 0.05 : second < onset + 800 ? 0.2 : 0.5;
    }

    /** Plays the release against these checks until it ends, with the first breach whatever the route would do about it. */
    public Result run(AnalysisSpec spec) {
        Replay replay = new Replay(spec.with(AnalysisSpec.OnBreach.ROLLBACK), 0);
        feed(replay);
        return new Result(replay.breach(), onset, harmed, requests, struck, struckUsers());
    }

    /** Plays the release once, from second 0 on. */
    void feed(Replay replay) {
        for (int second = 0; second < seconds && replay.breach() == null; second++) {
            play(replay, second);
        }
        if (replay.breach() == null) {
            replay.advance(seconds * 1_000_000_000L);
        }
    }

    /** Sends another share of the users to the canary from the next second on, as a ramp does; 0..1. */
    void share(double nextShare) {
        canaryShare = nextShare;
    }

    /** Failed requests of the canary since the onset, so far. */
    long harmed() {
        return harmed;
    }

    /** Requests that the regression struck so far, see {@link Result}. */
    long struck() {
        return struck;
    }

    /** Who sent them. */
    long struckUsers() {
        return struckUsers.cardinality();
    }

    /** How long it may be played. */
    int seconds() {
        return seconds;
    }

    /** The second at which the regression begins. */
    int onset() {
        return onset;
    }

    /** Plays one second, each once and in order. */
    void play(Replay replay, int second) {
        double rate = requestsPerSecond
                * (1 + 0.5 * Math.sin(2 * Math.PI * second / DAY_SECONDS + phase))
                * Math.exp(load.next(random));
        double shared = Math.exp(sharedLatency.next(random))
                * Math.pow(rate / requestsPerSecond, 0.15)
                * incidentSlowdown[second];
        double[] slow = {shared * Math.exp(ownLatency[0].next(random)), shared * Math.exp(ownLatency[1].next(random))};
        double share = share(second);
        long count = poisson(rate);
        double attacks = second < onset ? 0 : scenario.hasAttacker() ? 5 : scenario == Scenario.BAD_USER ? 0.2 : 0;
        long attacking = attacks == 0 ? 0 : poisson(attacks);
        for (long i = 0; i < count + attacking && !replay.isRolledBack(); i++) {
            double at = second + (i + random.nextDouble()) / (count + attacking);
            playRetries(replay, at);
            if (attacking > 0 && random.nextDouble() * (count + attacking - i) < attacking) {
                attacking--;
                count++;
                send(replay, at, -1, Version.CANARY, true, Math.exp(3 + 0.3 * random.nextGaussian()), false);
            } else {
                request(replay, second, at, slow, share);
            }
        }
        for (Version version : Version.values()) {
            long[] seen = views[version.ordinal()];
            replay.report(version, "click", seen[0], seen[1]);
            java.util.Arrays.fill(seen, 0);
        }
    }

    private void playRetries(Replay replay, double now) {
        while (!retries.isEmpty() && retries.peek().at <= now && !replay.isRolledBack()) {
            Retry retry = retries.remove();
            send(replay, retry.at, retry.user, retry.version, true, retry.latencyMillis, retry.struck);
        }
    }

    private void request(Replay replay, int second, double at, double[] slow, double share) {
        int user = users.draw(random);
        Version version = users.place[user] < share ? Version.CANARY : Version.STABLE;
        boolean canary = version == Version.CANARY;
        boolean bad = canary && at >= onset;
        double kind = random.nextDouble();
        double millis = (kind < 0.6 ? 25 : kind < 0.9 ? 60 : 200)
                * Math.exp(0.45 * random.nextGaussian())
                * service.latencyFactor()
                * users.slowness[user]
                * slow[version.ordinal()];
        if (random.nextDouble() < 0.01) {
            millis *= 3 / Math.sqrt(1 - random.nextDouble());
        }
        Machine[] of = machines[version.ordinal()];
        millis += of[of.length == 1 ? 0 : random.nextInt(of.length)].wait(at, random);
        double errors = service.errorRate() * users.errors[user] + incidentErrors[second];
        if (canary && at < 600) {
            millis *= 1 + 1.5 * Math.exp(-at / 40);
            errors += 0.005 * Math.exp(-at / 20);
        }
        double clicks = CLICK_RATE;
        double errorsAnyway = errors;
        boolean slower = false;
        if (bad) {
            double slowdown = regression.slowdown(at - onset);
            errors += regression.moreErrors(at - onset);
            millis *= slowdown;
            slower = slowdown >= FELT_SLOWDOWN;
            if (scenario == Scenario.P99_ONLY && random.nextDouble() < 0.02) {
                millis += 1500 * Math.exp(0.3 * random.nextGaussian());
                slower = true;
            } else if (scenario == Scenario.BIMODAL && random.nextDouble() < 0.15) {
                millis += 150 * Math.exp(0.3 * random.nextGaussian());
                slower = true;
            } else if (scenario == Scenario.CLICKS_DOWN_30) {
                clicks *= 0.7;
            }
        }
        double fate = random.nextDouble();
        boolean failed = fate < errors;
        boolean hit = slower || (failed && fate >= errorsAnyway);
        if (failed && random.nextDouble() < 0.1) {
            millis = 5000;
        }
        if (kind < 0.6) {
            views[version.ordinal()][0]++;
            double interest = failed ? 1 : random.nextDouble();
            views[version.ordinal()][1] += interest < clicks ? 1 : 0;
            hit |= interest >= clicks && interest < CLICK_RATE;
        }
        if (failed && random.nextDouble() < 0.3) {
            for (int more = random.nextInt(1, 4); more > 0; more--) {
                retries.add(new Retry(at + 0.1 + 2.9 * random.nextDouble(), user, version, millis, hit));
            }
        }
        send(replay, at, user, version, failed, millis, hit);
    }

    private void send(Replay replay, double at, int user, Version version, boolean failed, double millis, boolean hit) {
        requests++;
        if (hit) {
            struck++;
            struckUsers.set(user);
        }
        harmed += failed && version == Version.CANARY && at >= onset ? 1 : 0;
        replay.request(
                (long) (at * 1e9),
                version,
                true,
                spread(user),
                failed ? Outcome.ERROR : Outcome.SUCCESS,
                failed ? 503 : 200,
                (long) (millis * 1e6));
    }

    private static long spread(long user) {
        long hash = (user + 1) * 0x9e3779b97f4a7c15L;
        hash = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        return hash ^ (hash >>> 29);
    }

    private long poisson(double mean) {
        if (mean > 60) {
            return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
        }
        double limit = Math.exp(-mean);
        double product = random.nextDouble();
        long count = 0;
        while (product > limit) {
            product *= random.nextDouble();
            count++;
        }
        return count;
    }
}
