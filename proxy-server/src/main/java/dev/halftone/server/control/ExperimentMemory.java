package dev.halftone.server.control;

import dev.halftone.core.experiment.Finding;
import dev.halftone.core.experiment.Finding.ArmFinding;
import dev.halftone.core.experiment.Finding.Verdict;
import dev.halftone.core.experiment.FindingSeries.Moment;
import dev.halftone.core.window.ExperimentTally;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What an A/B test keeps for after a restart, as bytes: a version, then the fields, compressed. Immutable.
 *
 * @param test release and split that it is of; another one begins anew
 * @param startedMillis epoch milliseconds
 * @param alarm why the split is not trusted, or null
 */
record ExperimentMemory(
        String test,
        long startedMillis,
        double mismatch,
        @Nullable String alarm,
        ExperimentTally.Memory tally,
        List<Moment> series) {
    private static final int VERSION = 1;
    /** Nothing of ours is longer; a damaged length must not ask for the whole memory. */
    private static final int MOST_LONGS = 1 << 20;

    byte[] toBytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes))) {
            out.writeInt(VERSION);
            out.writeUTF(test);
            out.writeLong(startedMillis);
            out.writeDouble(mismatch);
            writeText(out, alarm);
            write(out, tally.cells());
            write(out, tally.answered());
            write(out, tally.reported());
            write(out, tally.users());
            out.writeInt(series.size());
            for (Moment moment : series) {
                write(out, moment);
            }
        }
        return bytes.toByteArray();
    }

    /** @throws IOException if these are not the bytes of a memory of this version */
    static ExperimentMemory of(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(bytes)))) {
            int version = in.readInt();
            if (version != VERSION) {
                throw new IOException("format " + version + " (expected: " + VERSION + ")");
            }
            String test = in.readUTF();
            long startedMillis = in.readLong();
            double mismatch = in.readDouble();
            String alarm = readText(in);
            ExperimentTally.Memory tally =
                    new ExperimentTally.Memory(readLongs(in), readLongs(in), readLongs(in), readLongs(in));
            List<Moment> series = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                series.add(readMoment(in, startedMillis));
            }
            return new ExperimentMemory(test, startedMillis, mismatch, alarm, tally, series);
        }
    }

    private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            out.writeUTF(text);
        }
    }

    private static @Nullable String readText(DataInputStream in) throws IOException {
        return in.readBoolean() ? in.readUTF() : null;
    }

    private static void write(DataOutputStream out, long[] values) throws IOException {
        out.writeInt(values.length);
        for (long value : values) {
            out.writeLong(value);
        }
    }

    private static long[] readLongs(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MOST_LONGS) {
            throw new IOException(length + " numbers (expected: at most " + MOST_LONGS + ")");
        }
        long[] values = new long[length];
        for (int i = 0; i < length; i++) {
            values[i] = in.readLong();
        }
        return values;
    }

    private static void write(DataOutputStream out, Moment moment) throws IOException {
        out.writeLong(moment.atMillis());
        out.writeDouble(moment.finding().mismatch());
        writeText(out, moment.finding().alarm());
        out.writeInt(moment.finding().arms().size());
        for (ArmFinding arm : moment.finding().arms()) {
            out.writeUTF(arm.name());
            out.writeDouble(arm.share());
            out.writeLong(arm.users());
            out.writeLong(arm.reported());
            out.writeLong(arm.trials());
            out.writeLong(arm.hits());
            out.writeDouble(arm.mean());
            out.writeDouble(arm.lift());
            out.writeDouble(arm.low());
            out.writeDouble(arm.high());
            out.writeUTF(arm.verdict().name());
        }
    }

    private static Moment readMoment(DataInputStream in, long startedMillis) throws IOException {
        long atMillis = in.readLong();
        double mismatch = in.readDouble();
        String alarm = readText(in);
        List<ArmFinding> arms = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            arms.add(new ArmFinding(
                    in.readUTF(),
                    in.readDouble(),
                    in.readLong(),
                    in.readLong(),
                    in.readLong(),
                    in.readLong(),
                    in.readDouble(),
                    in.readDouble(),
                    in.readDouble(),
                    in.readDouble(),
                    Verdict.valueOf(in.readUTF())));
        }
        return new Moment(atMillis, new Finding(startedMillis, arms, mismatch, alarm));
    }
}
