package dev.halftone.server.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection as we read it.
 *
 * @param messages those that are complete
 * @param ends where each of them ends
 * @param openEnd whether the last one has no other end than the connection's
 * @param fault why reading stopped, or null
 */
public record OwnReading(
        List<Message> messages,
        List<Integer> ends,
        boolean openEnd,
        @Nullable String fault) {
    /** Small ones, so that they are met. */
    public static final HeadLimits LIMITS = new HeadLimits(200, 2000, 20);

    /** What we write ourselves may be longer. */
    public static final HeadLimits WIDE = new HeadLimits(8192, 64 * 1024, 1000);

    /** Reads requests; checks that cuts change nothing and that Netty reads them alike. */
    public static OwnReading ofRequests(byte[] stream, HeadLimits limits) {
        return checked(stream, NettyReading.ofRequests(), () -> new RequestHead(limits));
    }

    /** Like {@link #ofRequests}; stops at a switch of protocols. */
    public static OwnReading ofResponses(byte[] stream, HeadLimits limits) {
        return checked(stream, NettyReading.ofResponses(), () -> new ResponseHead(limits));
    }

    private static OwnReading checked(byte[] stream, NettyReading netty, Supplier<MessageHead> head) {
        OwnReading whole = new Reader(head.get()).read(Cuts.none(stream));
        assertSame(new Reader(head.get()).read(Cuts.some(stream)), whole);
        assertSame(new Reader(head.get()).read(Cuts.everywhere(stream)), whole);
        try (netty) {
            whole.agreesWith(netty, stream);
        }
        return whole;
    }

    private static void assertSame(OwnReading cut, OwnReading whole) {
        assertThat(cut.messages).isEqualTo(whole.messages);
        assertThat(cut.ends).isEqualTo(whole.ends);
        assertThat(cut.openEnd).isEqualTo(whole.openEnd);
        HeadReading.assertSameFault(cut.fault, whole.fault);
    }

    private void agreesWith(NettyReading netty, byte[] stream) {
        int from = 0;
        for (int i = 0; i < messages.size(); i++) {
            Message ours = messages.get(i);
            if (isOldWebSocket(ours)) {
                return;
            }
            int to = ends.get(i);
            boolean last = openEnd && i == messages.size() - 1;
            Message theirs = last ? netty.lastMessage(stream, from, to) : netty.message(stream, from, to);
            assertThat(theirs).isEqualTo(ours);
            from = to;
        }
    }

    /** Netty gives these a body that no field tells of (a draft before RFC 6455); we never pass them on as they are. */
    private static boolean isOldWebSocket(Message message) {
        return message.has("sec-websocket-key1") && message.has("sec-websocket-key2");
    }

    private static final class Reader {
        private final MessageHead head;
        private final ChunkScanner scanner = new ChunkScanner();
        private final StringBuilder body = new StringBuilder();
        private final List<Message> messages = new ArrayList<>();
        private final List<Integer> ends = new ArrayList<>();
        private boolean inBody;
        private boolean openEnd;
        private boolean stopped;
        private long remaining;
        private @Nullable String fault;

        private Reader(MessageHead head) {
            this.head = head;
        }

        OwnReading read(List<ByteBuf> parts) {
            int at = 0;
            for (ByteBuf part : parts) {
                while (part.isReadable() && fault == null && !stopped) {
                    int before = part.readerIndex();
                    boolean ended = inBody ? readBody(part) : readHead(part);
                    at += part.readerIndex() - before;
                    if (ended) {
                        end(at);
                    }
                }
                assertThat(part.refCnt()).isEqualTo(1);
            }
            if (openEnd) {
                end(at);
            }
            return new OwnReading(messages, ends, openEnd, fault);
        }

        private boolean readHead(ByteBuf in) {
            boolean complete = head.read(in);
            if (!complete) {
                return false;
            }
            Fault found = head.fault();
            if (found != null) {
                fault = found + " " + head.detail();
                return false;
            }
            return startBody();
        }

        /** Whether there is none. */
        private boolean startBody() {
            body.setLength(0);
            remaining = head.contentLength();
            inBody = !(head instanceof ResponseHead response && response.isBodiless());
            stopped = head instanceof ResponseHead response && response.status() == 101;
            if (head.isChunked()) {
                scanner.reset(false);
            } else if (remaining < 0 && head instanceof ResponseHead) {
                openEnd = inBody;
            } else if (remaining <= 0) {
                inBody = false;
            }
            return !inBody && !stopped;
        }

        private boolean readBody(ByteBuf in) {
            if (head.isChunked()) {
                take(scanner.scan(in));
                fault = scanner.isFaulty() ? "chunks " + scanner.detail() : null;
                return scanner.isEnded();
            }
            int take = openEnd ? in.readableBytes() : (int) Math.min(remaining, in.readableBytes());
            take(in.readRetainedSlice(take));
            remaining -= take;
            return !openEnd && remaining == 0;
        }

        private void take(ByteBuf part) {
            body.append(Message.latin(part));
        }

        private void end(int at) {
            Message read = head instanceof RequestHead request ? Message.of(request) : Message.of((ResponseHead) head);
            messages.add(read.with(body.toString(), trailers()));
            ends.add(at);
            inBody = false;
            body.setLength(0);
            head.reset();
        }

        private List<String> trailers() {
            ByteBuf lines = inBody && head.isChunked() ? scanner.trailers() : null;
            return lines == null ? List.of() : Message.trailers(lines);
        }
    }
}
