package dev.halftone.server.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.routing.CustomMetrics;
import dev.halftone.server.http1.HeadLimits;
import dev.halftone.server.http1.ResponseHead;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportHeaderTest {
    private static final List<String> NAMES = List.of("click", "ad", "false-alarm");
    private static final CustomMetrics METRICS = new CustomMetrics("X-Metrics", NAMES);

    private static ResponseHead head(String fields) {
        ResponseHead head = new ResponseHead(new HeadLimits(8192, 65_536, 1000));
        String text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + fields + "\r\n";
        assertThat(head.read(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)))
                .isTrue();
        assertThat(head.fault()).as(fields).isNull();
        return head;
    }

    private static String shown(long reported, List<String> names) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < names.size(); i++) {
            if ((ReportHeader.trials(reported) >>> i & 1) != 0) {
                text.append(names.get(i))
                        .append(ReportHeader.hits(reported) >>> i & 1)
                        .append(' ');
            }
        }
        return text.toString().strip();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            click=1              | click1
            click=0              | click0
            click=1, ad=0        | click1 ad0
            ' ad=1 ,\tclick=0\t' | click0 ad1
            false-alarm=1        | false-alarm1
            click=1,click=0      | click1
            click=0,click=1      | click0
            ,,click=1,,          | click1
            Click=1              | ''
            click=2              | ''
            click=10             | ''
            click = 1            | ''
            click=               | ''
            click                | ''
            =1                   | ''
            xclick=1             | ''
            clic=1               | ''
            other=1, ad=1        | ad1
            click=1; ad=1        | ''
            '"click=1"'          | ''
            ''                   | ''
            """)
    void parse_value_isWhatIsDeclared(String value, String expected) {
        assertThat(shown(ReportHeader.parse(value, NAMES, ReportHeader.NOTHING), NAMES))
                .isEqualTo(expected);
    }

    @Test
    void read_severalFields_areOneList() {
        ResponseHead head = head("x-metrics: click=1\r\nX-Other: ad=1\r\nX-METRICS: click=0, false-alarm=0\r\n");
        assertThat(shown(ReportHeader.read(head, METRICS), NAMES)).isEqualTo("click1 false-alarm0");
        assertThat(ReportHeader.read(head, new CustomMetrics(null, NAMES))).isEqualTo(ReportHeader.NOTHING);
        assertThat(ReportHeader.read(head(""), METRICS)).isEqualTo(ReportHeader.NOTHING);
    }

    @Test
    void parse_thirtyTwoNames_eachHasItsBits() {
        List<String> names =
                IntStream.range(0, CustomMetrics.MOST).mapToObj(i -> "m" + i).toList();
        for (int i = 0; i < names.size(); i++) {
            long hit = ReportHeader.parse("m" + i + "=1", names, ReportHeader.NOTHING);
            assertThat(ReportHeader.trials(hit)).isEqualTo(1 << i);
            assertThat(ReportHeader.hits(hit)).isEqualTo(1 << i);
            assertThat(ReportHeader.hits(ReportHeader.parse("m" + i + "=0", names, ReportHeader.NOTHING)))
                    .isZero();
        }
    }

    /** Any text: it never throws, and says exactly what a plain reading of the items says. */
    @Test
    void parse_anyText_isAPlainReadingOfItsItems() {
        Random random = new Random(4);
        String alphabet = "click=1,ad=0, \tfalse-alarm;\"\u00e9\u00ffABZ~=,=,1010";
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(6); j > 0; j--) {
                String item = random.nextBoolean()
                        ? NAMES.get(random.nextInt(3)) + "=" + random.nextInt(2)
                        : alphabet.substring(random.nextInt(20), 20 + random.nextInt(20));
                text.append(item).append(random.nextInt(4) > 0 ? "," : "");
            }
            for (int j = random.nextInt(3); j > 0 && text.length() > 0; j--) {
                int at = random.nextInt(text.length());
                text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
                text.setLength(at + random.nextInt(text.length() - at + 1));
            }
            long reported = ReportHeader.parse(text, NAMES, ReportHeader.NOTHING);
            Map<String, Character> plain = plainly(text.toString());
            Set<String> expected = new HashSet<>();
            plain.forEach((name, outcome) -> expected.add(name + outcome));
            String shown = shown(reported, NAMES);
            assertThat(shown.isEmpty() ? Set.of() : Set.of(shown.split(" ", -1)))
                    .as(text.toString())
                    .isEqualTo(expected);
            assertThat(ReportHeader.trials(reported) & ~0b111).isZero();
            assertThat(ReportHeader.hits(reported) & ~ReportHeader.trials(reported))
                    .isZero();
        }
    }

    private static Map<String, Character> plainly(String value) {
        Map<String, Character> outcomes = new HashMap<>();
        for (String item : value.split(",", -1)) {
            String bare = item.replaceAll("^[ \t]+|[ \t]+$", "");
            for (String name : NAMES) {
                if (bare.equals(name + "=0") || bare.equals(name + "=1")) {
                    outcomes.putIfAbsent(name, bare.charAt(bare.length() - 1));
                }
            }
        }
        return outcomes;
    }

    @Test
    void read_presentOrAbsent_allocatesNothing() {
        ResponseHead[] heads = {
            head("Server: nginx\r\nDate: today\r\n"), head("Server: nginx\r\nX-Metrics: click=1, ad=0\r\n")
        };
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
            sum += ReportHeader.read(heads[i & 1], METRICS);
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            sum += ReportHeader.read(heads[i & 1], METRICS);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(sum).isNotZero();
        assertThat(allocated).as("bytes in 100 000 readings").isLessThan(10_000);
    }
}
