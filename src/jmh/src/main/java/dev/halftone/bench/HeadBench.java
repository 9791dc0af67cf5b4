package dev.halftone.bench;

import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.http1.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Reading a head: bytes of the socket into the places of its fields. */
@State(Scope.Thread)
public class HeadBench {
    private final RequestHead requestHead = new RequestHead(Samples.LIMITS);
    private final ResponseHead responseHead = new ResponseHead(Samples.LIMITS);
    private final ByteBuf[] requests = Samples.requests(1);
    private final ByteBuf response = Samples.response();
    private int next;

    @Benchmark
    public boolean readRequest() {
        ByteBuf request = requests[next++ & (Samples.USERS - 1)];
        request.readerIndex(0);
        requestHead.reset();
        return requestHead.read(request);
    }

    @Benchmark
    public boolean readResponse() {
        response.readerIndex(0);
        responseHead.reset();
        return responseHead.read(response);
    }
}
