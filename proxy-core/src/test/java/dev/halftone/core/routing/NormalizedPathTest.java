package dev.halftone.core.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NormalizedPathTest {
    @ParameterizedTest
    @CsvSource({
        "/,/",
        "/a/b,/a/b",
        "/a//b,/a/b",
        "/a/./b,/a/b",
        "/a/../b,/b",
        "/a/b/..,/a/",
        "/a/.,/a/",
        "/%61dmin,/admin",
        "/a%2eb,/a.b",
        "/%2e%2e/a/..,",
        "/a/%2e%2E/b,/b",
        "/%e4%bd%a0,/%E4%BD%A0",
        "/.hidden,/.hidden",
        "/a/..b/,/a/..b/"
    })
    void of_path_isBroughtToOneForm(String raw, String expected) {
        assertThat(NormalizedPath.of(raw)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%00", "/a%2Fb", "/a%5cb", "/..", "/a/../../b", "/%zz", "/%4", "/a\\b", "", "a", "/%"})
    void of_ambiguousPath_isRefused(String raw) {
        assertThat(NormalizedPath.of(raw)).isNull();
    }

    @Test
    void of_encodedSlashAllowed_staysEscapedAndNothingElseIsAllowed() {
        assertThat(NormalizedPath.of("/a%2f..%5C/../%62", true)).isEqualTo("/b");
        assertThat(NormalizedPath.of("/a%2f..%5C/b", true)).isEqualTo("/a%2F..%5C/b");
        assertThat(NormalizedPath.of("/%00", true)).isNull();
        assertThat(NormalizedPath.of("/a\\b", true)).isNull();
        assertThat(NormalizedPath.of("/..%2f..", true)).isEqualTo("/..%2F..");
    }

    @Test
    void cookie_doubled_firstCounts() {
        assertThat(CookieHeader.first("a=1; user_id=42; user_id=43", "user_id")).isEqualTo("42");
        assertThat(CookieHeader.first("xuser_id=1;user_id=\"7\"", "user_id")).isEqualTo("7");
        assertThat(CookieHeader.first("USER_ID=1; user_idx=2; user_id", "user_id"))
                .isNull();
        assertThat(CookieHeader.first("user_id=", "user_id")).isEmpty();
    }

    @Test
    void query_doubledOrEscaped_firstDecodedCounts() {
        assertThat(QueryString.first("a=1&u=4%32&u=5", "u")).isEqualTo("42");
        assertThat(QueryString.first("u=a+b", "u")).isEqualTo("a b");
        assertThat(QueryString.first("u", "u")).isEmpty();
        assertThat(QueryString.first("u=%zz", "u")).isEqualTo("%zz");
        assertThat(QueryString.first("U=1&uu=2", "u")).isNull();
    }
}
