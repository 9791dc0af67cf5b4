package dev.halftone.server.http1;

/** The fields after a chunked body: validated like those of a head. Event loop only. */
final class TrailerFields extends MessageHead {
    TrailerFields() {
        super(new HeadLimits(0, Integer.MAX_VALUE, 100));
        startAtFields();
    }

    @Override
    boolean toleratesEmptyLine() {
        return false;
    }

    @Override
    void parseStartLine(int from, int to) {
        throw new IllegalStateException("trailers have no start line");
    }

    @Override
    void check() {
        // The grammar is all that is asked of them; what may pass is decided where they are sent.
    }

    @Override
    public boolean isHttp10() {
        return false;
    }
}
