package dev.halftone.server.http1;

/** The head of a response. Event loop only. */
public final class ResponseHead extends MessageHead {
    private int status;
    private int afterVersion;
    private boolean http10;

    public ResponseHead(HeadLimits limits) {
        super(limits);
    }

    @Override
    boolean toleratesEmptyLine() {
        return false;
    }

    @Override
    void parseStartLine(int from, int to) {
        boolean version = to - from >= 12
                && isProtocolName(from)
                && bytes[from + 5] == '1'
                && bytes[from + 6] == '.'
                && (bytes[from + 7] == '0' || bytes[from + 7] == '1')
                && bytes[from + 8] == ' '
                && (to - from == 12 || bytes[from + 12] == ' ');
        int code = 0;
        for (int i = from + 9; version && i < from + 12; i++) {
            version = bytes[i] >= '0' && bytes[i] <= '9';
            code = code * 10 + bytes[i] - '0';
        }
        if (!version || code < 100 || code > 599) {
            fail(Fault.MALFORMED, "status line");
            return;
        }
        status = code;
        afterVersion = from + 8;
        http10 = bytes[from + 7] == '0';
    }

    @Override
    void check() {
        // What is in a status line was checked as it was read.
    }

    /** 100..599. */
    public int status() {
        return status;
    }

    @Override
    public boolean isHttp10() {
        return http10;
    }

    public boolean isWebSocketUpgrade() {
        return webSocket && upgradeToken;
    }

    /** Whether this status never has a body (RFC 9110, 6.4.1). */
    public boolean isBodiless() {
        return status < 200 || status == 204 || status == 304;
    }

    /** Copies status and reason with our own version before it, and the line's end. */
    public void copyStatusLine(HeadBuffer out) {
        out.put(VERSION).put(bytes, afterVersion, lineStart(0));
        if (lineStart(0) - afterVersion == 6) {
            // A status without the space after it (RFC 9112, section 4, wants one even if no reason follows).
            out.shorten(2).put(SPACE).end();
        }
    }

    private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/', '1', '.', '1'};
    private static final byte[] SPACE = {' '};
}
