package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientCountsTest {
    private final ClientCounts counts = new ClientCounts();

    @Test
    void add_addresses_areCountedApartAndIpv6ByNetwork() throws Exception {
        assertThat(counts.add(InetAddress.getByName("10.0.0.1"))).isEqualTo(1);
        assertThat(counts.add(InetAddress.getByName("10.0.0.1"))).isEqualTo(2);
        assertThat(counts.add(InetAddress.getByName("10.0.0.129"))).isEqualTo(1);
        assertThat(counts.add(InetAddress.getByName("2001:db8:0:1::1"))).isEqualTo(1);
        assertThat(counts.add(InetAddress.getByName("2001:db8:0:1:ffff::2"))).isEqualTo(2);
        assertThat(counts.add(InetAddress.getByName("2001:db8:0:2::1"))).isEqualTo(1);
    }

    @Test
    void remove_theLastOfAClient_leavesNothing() throws Exception {
        InetAddress client = InetAddress.getByName("10.0.0.1");
        counts.add(client);
        counts.add(client);
        counts.remove(client);
        assertThat(counts.size()).isEqualTo(1);
        counts.remove(client);
        assertThat(counts.size()).isZero();
        assertThat(counts.add(client)).isEqualTo(1);
    }

    @Test
    void counts_fromSeveralThreads_comeOutEven() throws Exception {
        InetAddress client = InetAddress.getByName("10.0.0.1");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 20_000; n++) {
                    counts.add(client);
                    counts.remove(client);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(counts.size()).isZero();
    }
}
