package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DescriptorsTest {
    /** Netty's exception asks the library for its texts, and nothing else here may have loaded it. */
    @BeforeAll
    static void loadNativeLibrary() {
        Epoll.ensureAvailability();
    }

    @Test
    void ranOut_asNettyTellsIt_isSeen() {
        assertThat(Descriptors.ranOut(new NativeIoException("accept", -24, false)))
                .isTrue();
        assertThat(Descriptors.ranOut(new NativeIoException("accept", -23, false)))
                .isTrue();
        assertThat(Descriptors.ranOut(new ChannelException(
                        "Unable to create Channel",
                        new InvocationTargetException(
                                new ChannelException(new NativeIoException("newSocketStream", -24, false))))))
                .isTrue();
        assertThat(Descriptors.ranOut(new IOException("Too many open files"))).isTrue();
    }

    @Test
    void ranOut_otherFailures_areNot() {
        assertThat(Descriptors.ranOut(new NativeIoException("connect", -111, false)))
                .isFalse();
        assertThat(Descriptors.ranOut(new IOException("Connection refused"))).isFalse();
        assertThat(Descriptors.ranOut(null)).isFalse();
    }

    @Test
    void areScarce_afterAFailure_untilNoneHasComeForAWhile() {
        Descriptors descriptors = new Descriptors();
        long second = TimeUnit.SECONDS.toNanos(1);
        assertThat(descriptors.areScarce()).isFalse();
        descriptors.failed("test", second);
        descriptors.failed("test", 2 * second);
        descriptors.sweep(4 * second);
        assertThat(descriptors.areScarce()).isTrue();
        descriptors.sweep(5 * second);
        assertThat(descriptors.areScarce()).isFalse();
        assertThat(descriptors.failures()).isEqualTo(2);
    }
}
