package dev.halftone.server.proxy;

import dev.halftone.core.routing.Choice;
import dev.halftone.core.routing.MirrorPolicy;
import dev.halftone.core.routing.MirrorPolicy.Aspect;
import dev.halftone.core.window.SideCounts.Mirrored;
import dev.halftone.server.http1.HeadBuffer;
import dev.halftone.server.http1.RequestHead;
import dev.halftone.server.http1.ResponseHead;
import dev.halftone.server.proxy.ProxyError.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a client's request for the canary. While stable answers, it notes what there is to compare; once the client has its
 * answer, the copy is sent, its answer compared and thrown away. Never touches the client's exchange. Event loop only.
 */
final class MirrorCopy extends UpstreamRequest {
    private static final int MAX_INTERIM = 16;
    /** A canary that takes twice as long and this much more is slower; less is chance. */
    private static final long LATENCY_FLOOR_NANOS = 25_000_000L;

    private final LoopContext context;
    private final Mirrors.Lane lane;
    private final MirrorPolicy policy;
    private final Choice choice;
    private final @Nullable BodyHash originalHash;
    private final @Nullable BodyHash hash;
    private final Deadline deadline = new Deadline();
    private @Nullable ByteBuf body;
    private @Nullable ByteBuf sentHead;
    private @Nullable BackendHandler backend;
    private boolean tooLong;
    private boolean entered;
    private boolean finished;
    private boolean refreshed;
    private boolean headRequest;
    private boolean repeatable;
    private int interim;
    private int originalStatus;
    private long originalBytes;
    private long originalNanos;
    private int status;
    private long declaredBytes = -1;
    private long bytes;
    private long sentNanos;
    private long startNanos;

    /** The copy's entry in the loop's timer. */
    private final class Deadline extends Sweeper.Sweepable {
        @Override
        void sweep(long nowNanos) {
            if (nowNanos - sentNanos > policy.timeout().toNanos()) {
                fail(ProxyError.of(Kind.RESPONSE_TIMEOUT));
            }
        }
    }

    MirrorCopy(LoopContext context, Mirrors.Lane lane, Choice choice) {
        this.context = context;
        this.lane = lane;
        this.policy = lane.policy();
        this.choice = choice;
        boolean hashes = policy.compare().contains(Aspect.BODY_HASH);
        originalHash = hashes ? new BodyHash(policy.maxBodyBytes()) : null;
        hash = hashes ? new BodyHash(policy.maxBodyBytes()) : null;
    }

    // ---- while the original is under way ----

    /** Whether one more copy may be under way; those with a body are so from its first byte, as it is held in memory. */
    boolean enter() {
        entered = entered || lane.enter();
        return entered;
    }

    /** The next part of the request's body, which is only looked at. */
    void requestContent(ByteBuf content) {
        ByteBuf present = body == null ? Unpooled.EMPTY_BUFFER : body;
        if (tooLong || present.readableBytes() + content.readableBytes() > policy.maxBodyBytes()) {
            tooLong = true;
            releaseBody();
            return;
        }
        if (body == null) {
            body = ByteBufAllocator.DEFAULT.directBuffer();
        }
        body.writeBytes(content, content.readerIndex(), content.readableBytes());
    }

    /** @param takesChunks whether the client does */
    void originalHead(ResponseHead response, boolean takesChunks) {
        if (originalHash != null) {
            originalHash.reset(response.isChunked() && takesChunks);
        }
    }

    /** The next part of stable's answer, which is only looked at. */
    void originalContent(ByteBuf content) {
        if (originalHash != null) {
            originalHash.add(content);
        }
    }

    /** The original came to nothing that could be compared. */
    void forget() {
        releaseBody();
        leave();
    }

    private void leave() {
        if (entered) {
            entered = false;
            lane.leave();
        }
    }

    private void releaseBody() {
        ByteBuf present = body;
        body = null;
        if (present != null) {
            present.release();
        }
    }

    /**
     * The client has its answer.
     *
     * @param answered stable's status
     * @param answeredBytes length of stable's body
     * @param latencyNanos how long stable took
     */
    void send(
            int answered,
            long answeredBytes,
            long latencyNanos,
            RequestHead head,
            ClientConnection client,
            RequestId id) {
        if (tooLong || !enter()) {
            forget();
            context.mirrors().count(choice, Mirrored.DROPPED);
            return;
        }
        originalStatus = answered;
        originalBytes = answeredBytes;
        originalNanos = latencyNanos;
        headRequest = head.isHead();
        repeatable = head.isIdempotent() && body == null;
        HeadBuffer out = context.headBuffer();
        context.forwarding().writeCopy(head, choice, client, id, out);
        sentHead = out.copy(ByteBufAllocator.DEFAULT);
        sentNanos = context.nowNanos();
        context.sweeper().add(deadline);
        lane.pool().acquire(this, false);
    }

    // ---- the copy's own way ----

    @Override
    int number() {
        return 0;
    }

    @Override
    Choice choice() {
        return choice;
    }

    @Override
    boolean isFinished() {
        return finished;
    }

    @Override
    void connected(BackendHandler handler) {
        if (finished) {
            handler.releaseUnused();
            return;
        }
        backend = handler;
        startNanos = context.nowNanos();
        handler.begin(this);
        ByteBuf content = body;
        if (content != null && backend == handler) {
            handler.write(content.retainedDuplicate());
        }
        if (backend == handler) {
            handler.flush();
        }
    }

    @Override
    ByteBuf writeHead(ByteBufAllocator allocator) {
        ByteBuf head = sentHead;
        if (head == null) {
            throw new IllegalStateException("not sent, or finished");
        }
        return head.retainedDuplicate();
    }

    @Override
    boolean isHead() {
        return headRequest;
    }

    @Override
    boolean isWebSocketUpgrade() {
        return false;
    }

    @Override
    boolean takesChunks() {
        return false;
    }

    @Override
    void interimResponse(ResponseHead response) {
        interim++;
        if (interim > MAX_INTERIM) {
            fail(ProxyError.of(Kind.BAD_RESPONSE));
        }
    }

    @Override
    void responseHead(ResponseHead response) {
        status = response.status();
        declaredBytes = headRequest || response.isBodiless() ? -1 : response.contentLength();
        if (hash != null) {
            hash.reset(false);
        }
    }

    @Override
    void responseContent(ByteBuf content, long data) {
        bytes += data;
        if (hash != null) {
            hash.add(content);
        }
        content.release();
        if (bytes > policy.maxBodyBytes()) {
            // What follows would be read for nothing.
            abandonBackend();
            end(compared(true));
        }
    }

    @Override
    void responseEnded(@Nullable ByteBuf trailers) {
        if (trailers != null) {
            trailers.release();
        }
        BackendHandler done = backend;
        backend = null;
        if (done != null) {
            done.exchangeEnded(true);
        }
        end(compared(false));
    }

    private Mirrored compared(boolean cut) {
        if (policy.compare().contains(Aspect.STATUS) && status != originalStatus) {
            return Mirrored.STATUS;
        }
        if (policy.compare().contains(Aspect.SIZE) && isOtherSize(cut)) {
            return Mirrored.SIZE;
        }
        if (hash != null && originalHash != null && hash.value() != originalHash.value()) {
            return Mirrored.BODY;
        }
        long nanos = context.nowNanos() - startNanos;
        boolean slow = !cut && nanos > 2 * originalNanos && nanos - originalNanos > LATENCY_FLOOR_NANOS;
        return policy.compare().contains(Aspect.LATENCY) && slow ? Mirrored.LATENCY : Mirrored.SAME;
    }

    /** Of an answer that was not read to its end and tells no length, only that it is longer than was read. */
    private boolean isOtherSize(boolean cut) {
        if (!cut) {
            return bytes != originalBytes;
        }
        return declaredBytes >= 0 ? declaredBytes != originalBytes : originalBytes < bytes;
    }

    @Override
    void switched(ResponseHead response) {
        fail(ProxyError.of(Kind.BAD_RESPONSE));
    }

    @Override
    void upstreamGone(ProxyError error, boolean reused) {
        backend = null;
        if (reused && repeatable && status == 0 && interim == 0 && !refreshed && !finished) {
            refreshed = true;
            lane.pool().acquire(this, true);
        } else {
            fail(error);
        }
    }

    @Override
    void connectFailed(UpstreamPool.Target target, ProxyError error) {
        fail(error);
    }

    @Override
    void fail(ProxyError error) {
        if (finished) {
            return;
        }
        abandonBackend();
        end(error.kind() == Kind.POOL_EXHAUSTED ? Mirrored.DROPPED : Mirrored.FAILED);
    }

    private void abandonBackend() {
        BackendHandler abandoned = backend;
        backend = null;
        if (abandoned != null) {
            abandoned.abandon(true);
        }
    }

    private void end(Mirrored result) {
        if (finished) {
            return;
        }
        finished = true;
        context.sweeper().remove(deadline);
        leave();
        releaseBody();
        ByteBuf head = sentHead;
        sentHead = null;
        if (head != null) {
            head.release();
        }
        context.mirrors().count(choice, result);
    }

    @Override
    void upstreamWritable(boolean writable) {
        // All there is to send was sent at once.
    }

    @Override
    void flushResponse() {
        // Nobody waits for it.
    }
}
