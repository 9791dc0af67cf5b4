package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplyTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            JSON      | 204 | ''                                            | -
            JSON      | 302 | ''                                            | status 302
            SLACK     | 200 | ok                                            | -
            SLACK     | 403 | invalid_token                                 | status 403
            FEISHU    | 200 | {"code":0,"msg":"success","data":{}}          | -
            FEISHU    | 200 | {"Extra":null,"StatusCode":0,"StatusMessage":"success"} | -
            FEISHU    | 200 | {"code":19021,"msg":"sign match fail","data":{}} | code 19021
            FEISHU    | 200 | <html>                                        | status 200 with a body that is not JSON
            FEISHU    | 200 | {"msg":"success"}                             | status 200 without a code
            DING_TALK | 200 | {"errcode":0,"errmsg":"ok"}                   | -
            DING_TALK | 200 | {"errcode":310000,"errmsg":"sign not match"}  | errcode 310000
            DING_TALK | 500 | {"errcode":0}                                 | status 500
            """)
    void problem_answer_isReadAsTheFormatHasIt(Format format, int status, String body, String expected) {
        assertThat(new Reply(status, body, 0).problem(format)).isEqualTo(expected);
    }
}
