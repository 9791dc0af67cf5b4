package dev.halftone.server.cohort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.halftone.core.routing.Cidr;
import dev.halftone.core.routing.RegionCode;
import dev.halftone.core.routing.Regions;
import dev.halftone.core.routing.RequestView;
import dev.halftone.core.routing.SampleRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegionsTest {
    @TempDir
    Path folder;

    private static SampleRequest from(String address) throws IOException {
        return new SampleRequest("GET", "a", "/", Map.of(), Map.of(), Map.of(), InetAddress.getByName(address));
    }

    private static String text(long region) {
        String first = (int) region == 0 ? "-" : RegionCode.text((int) region);
        int second = (int) (region >>> 32);
        return second == 0 ? first : first + "+" + RegionCode.text(second);
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, CN-BJ",
        "10.2.2.3, CN-TJ",
        "10.9.9.9, CN",
        "11.0.0.1, -",
        "2001:db8::1, GB-ENG+GB-LND",
        "2001:db9::1, -",
        "10.2.255.255, CN-TJ",
        "10.3.0.0, CN"
    })
    void of_address_asTheFileSays(String address, String expected) throws IOException {
        Path file = folder.resolve("geo.mmdb");
        new MmdbWriter()
                .add("10.0.0.0/8", "CN")
                .add("10.1.0.0/16", "CN", "BJ")
                .add("10.2.0.0/16", "CN", "TJ")
                .add("2001:db8::/32", "GB", "ENG", "LND")
                .write(file);
        Regions regions = RegionDatabase.open(file);
        Files.delete(file);
        assertThat(text(regions.of(from(address)))).isEqualTo(expected);
        assertThat(text(regions.of(from(address)))).as("from memory").isEqualTo(expected);
    }

    /** Random networks and addresses: the longest network that holds the address says where it is. */
    @Test
    void of_randomAddresses_longestNetworkWins() throws IOException {
        Random random = new Random(17);
        List<Integer> lengths = List.of(4, 6, 8, 9, 12, 16);
        List<String> networks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int length = lengths.get(random.nextInt(lengths.size()));
            int bits = random.nextInt() & -1 << (32 - length);
            networks.add(address(bits) + "/" + length);
        }
        networks.sort(Comparator.comparing(network -> Integer.parseInt(network.substring(network.indexOf('/') + 1))));
        MmdbWriter writer = new MmdbWriter();
        for (int i = 0; i < networks.size(); i++) {
            writer.add(networks.get(i), "CN", Integer.toString(100 + i));
        }
        Path file = folder.resolve("random.mmdb");
        writer.write(file);
        Regions regions = RegionDatabase.open(file);
        for (int i = 0; i < 20_000; i++) {
            String address = address(random.nextInt());
            String expected = "-";
            for (int n = 0; n < networks.size(); n++) {
                if (Cidr.parse(networks.get(n)).contains(InetAddress.getByName(address))) {
                    expected = "CN-" + (100 + n);
                }
            }
            assertThat(text(regions.of(from(address)))).as(address).isEqualTo(expected);
        }
    }

    private static String address(int bits) {
        return (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
    }

    @Test
    void open_notADatabase_saysSo() throws IOException {
        Path file = Files.writeString(folder.resolve("x.mmdb"), "no database");
        assertThatThrownBy(() -> RegionDatabase.open(file))
                .isInstanceOf(IOException.class)
                .hasMessage("is no MaxMind DB file");
    }

    @Test
    void of_header_onlyFromATrustedProxy() throws IOException {
        RegionHeader header = new RegionHeader("X-Region");
        SampleRequest trusted = new SampleRequest(
                "GET", "a", "/", Map.of("x-region", "cn-bj"), Map.of(), Map.of(), InetAddress.getLoopbackAddress());
        assertThat(text(header.of(trusted))).isEqualTo("CN-BJ");
        assertThat(header.of(new Untrusted(trusted))).isZero();
        assertThat(header.of(from("10.0.0.1"))).as("no header").isZero();
    }

    private record Untrusted(RequestView of) implements RequestView {
        @Override
        public CharSequence method() {
            return of.method();
        }

        @Override
        public CharSequence host() {
            return of.host();
        }

        @Override
        public CharSequence path() {
            return of.path();
        }

        @Override
        public @Nullable CharSequence header(String name) {
            return of.header(name);
        }

        @Override
        public @Nullable CharSequence cookie(String name) {
            return of.cookie(name);
        }

        @Override
        public @Nullable CharSequence query(String name) {
            return of.query(name);
        }

        @Override
        public InetAddress clientAddress() {
            return of.clientAddress();
        }
    }
}
