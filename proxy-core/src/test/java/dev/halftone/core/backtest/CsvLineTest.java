package dev.halftone.core.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CsvLineTest {
    @Test
    void fields_plain_areStripped() {
        assertThat(CsvLine.fields("a, b ,c")).isEqualTo(List.of("a", "b", "c"));
        assertThat(CsvLine.fields(",a,")).isEqualTo(List.of("", "a", ""));
        assertThat(CsvLine.fields("")).isEqualTo(List.of(""));
    }

    @Test
    void fields_quoted_keepCommasSpacesAndQuotes() {
        assertThat(CsvLine.fields("\"a,b\",\" c\",\"say \"\"hi\"\"\"")).isEqualTo(List.of("a,b", " c", "say \"hi\""));
        assertThat(CsvLine.fields("\"\",x,\"\"")).isEqualTo(List.of("", "x", ""));
        assertThat(CsvLine.fields("a\"b,c")).isEqualTo(List.of("a\"b", "c"));
    }

    @Test
    void fields_quoteThatDoesNotClose_isNone() {
        assertThat(CsvLine.fields("\"a,b")).isNull();
        assertThat(CsvLine.fields("\"a\"b,c")).isNull();
        assertThat(CsvLine.fields("\"a\"\"")).isNull();
    }
}
