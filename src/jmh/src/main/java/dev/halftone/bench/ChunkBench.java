package dev.halftone.bench;

import dev.halftone.server.http1.ChunkScanner;
import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A chunked body of 16 KB that has arrived whole; one operation is the whole body. */
@State(Scope.Thread)
public class ChunkBench {
    private static final int BODY_BYTES = 16 * 1024;

    /** Bytes of data in each chunk. */
    @Param({"256", "4096"})
    public int chunk;

    private final ChunkScanner scanner = new ChunkScanner();
    private ByteBuf body = Samples.buffer("");

    @Setup
    public void encode() {
        String one = Integer.toHexString(chunk) + "\r\n" + "x".repeat(chunk) + "\r\n";
        body = Samples.buffer(one.repeat(BODY_BYTES / chunk) + "0\r\n\r\n");
    }

    /** With the framing, as bodies pass from HTTP/1.1 to HTTP/1.1. */
    @Benchmark
    public int passFramed() {
        return scan(true);
    }

    /** The data alone, as an old client gets it. */
    @Benchmark
    public int passData() {
        return scan(false);
    }

    private int scan(boolean framing) {
        body.readerIndex(0);
        scanner.reset(framing);
        int passed = 0;
        while (!scanner.isEnded() && body.isReadable()) {
            ByteBuf part = scanner.scan(body);
            passed += part.readableBytes();
            part.release();
        }
        return passed;
    }
}
