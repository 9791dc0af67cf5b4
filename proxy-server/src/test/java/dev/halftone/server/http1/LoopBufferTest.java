package dev.halftone.server.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LoopBufferTest {
    private final LoopBuffer buffer = new LoopBuffer(64);

    private ByteBuf take() {
        return Objects.requireNonNull(buffer.take());
    }

    @Test
    void take_releasedBefore_sameBufferEmpty() {
        ByteBuf first = take();
        first.writeBytes("abc".getBytes(StandardCharsets.US_ASCII));
        assertThat(first.release()).as("its loop still has it").isFalse();
        assertThat(take()).isSameAs(first).extracting(ByteBuf::readableBytes).isEqualTo(0);
    }

    @Test
    void take_heldByAPartOfIt_nullUntilThatIsReleased() {
        ByteBuf whole = take().writeZero(10);
        ByteBuf copy = whole.retainedDuplicate();
        ByteBuf part = whole.readRetainedSlice(4);
        whole.release();
        assertThat(buffer.take()).isNull();
        copy.release();
        assertThat(buffer.take()).isNull();
        part.release();
        assertThat(take()).isSameAs(whole);
    }

    @Test
    void take_missedManyTimes_holderKeepsItAndItIsFreedWithHim() {
        ByteBuf held = take().writeByte(7);
        for (int missed = 0; missed < 128; missed++) {
            assertThat(buffer.take()).isNull();
        }
        assertThat(take()).isNotSameAs(held);
        assertThat(held.refCnt()).isEqualTo(1);
        assertThat(held.readByte()).isEqualTo((byte) 7);
        assertThat(held.release()).isTrue();
        assertThatThrownBy(held::readByte).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void release_onceTooOften_fails() {
        ByteBuf held = take();
        assertThat(held.release(2)).isTrue();
        assertThatThrownBy(held::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(held::retain).isInstanceOf(IllegalStateException.class);
    }
}
