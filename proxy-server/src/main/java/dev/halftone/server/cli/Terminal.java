package dev.halftone.server.cli;

import java.io.PrintWriter;
import java.util.Map;

/** Where a command writes, and in which colours. One thread. */
final class Terminal {
    private final PrintWriter out;
    private final PrintWriter err;
    private final Map<String, String> environment;
    private Paint paint = new Paint(false);
    private Paint errPaint = new Paint(false);

    /** Colours as if {@code --color} was not given. */
    Terminal(PrintWriter out, PrintWriter err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.environment = environment;
        use(Paint.When.auto);
    }

    void use(Paint.When when) {
        String noColor = environment.getOrDefault("NO_COLOR", "");
        String type = environment.getOrDefault("TERM", "");
        paint = Paint.of(when, Tty.isAt(Tty.OUT), noColor, type);
        errPaint = Paint.of(when, Tty.isAt(Tty.ERR), noColor, type);
    }

    PrintWriter out() {
        return out;
    }

    PrintWriter err() {
        return err;
    }

    /** Of standard output. */
    Paint paint() {
        return paint;
    }

    /** Whether what is on standard output can be written over: a terminal is there, and it knows how. */
    boolean isScreen() {
        return Tty.isAt(Tty.OUT) && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** Problems, a line each; where they are or who says so stands out. */
    void problems(String lines) {
        for (String line : lines.split("\n", -1)) {
            int end = line.indexOf(": ");
            err.println(end < 0 ? line : errPaint.bad(line.substring(0, end + 1)) + line.substring(end + 1));
        }
    }

    void warning(String text) {
        err.println(errPaint.doubtful("warning:") + " " + text);
    }

    String bad(String text) {
        return paint.bad(text);
    }

    String doubtful(String text) {
        return paint.doubtful(text);
    }

    String good(String text) {
        return paint.good(text);
    }
}
