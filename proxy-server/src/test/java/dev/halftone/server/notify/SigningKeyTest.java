package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SigningKeyTest {
    private static SigningKey key(String secret) {
        return new SigningKey(secret.getBytes(StandardCharsets.UTF_8));
    }

    /** The vector that the specification's own libraries are tested with. */
    @Test
    void webhook_vectorOfTheSpecification_isReached() {
        String sign = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                .webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}");
        assertThat(sign).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /** Computed apart, with Python's hmac as Feishu's documentation shows it. */
    @Test
    void feishu_vectorOfAnotherProgram_isReached() {
        assertThat(key("demo-feishu-secret").feishu(1599360473))
                .isEqualTo("I14G+BylJBIS1VqI4nUg1mKqMAjMGZlFJGT36IJRUr8=");
    }

    /** Computed apart, with Python's hmac as DingTalk's documentation shows it. */
    @Test
    void dingTalk_vectorOfAnotherProgram_isReached() {
        assertThat(key("this is secret").dingTalk(1577262236757L))
                .isEqualTo("hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=");
    }

    @Test
    void webhook_secretWithoutPrefix_isTheKeyItself() {
        String body = "{}";
        assertThat(key("sixteen bytes it is").webhook("a", 1, body))
                .isNotEqualTo(key("sixteen bytes it iz").webhook("a", 1, body))
                .hasSize(47);
    }

    @Test
    void key_isComparedAndNeverShown() {
        assertThat(key("hunter2hunter2hunter2")).hasToString("(secret)").isEqualTo(key("hunter2hunter2hunter2"));
        assertThatThrownBy(() -> key("whsec_###")).isInstanceOf(IllegalArgumentException.class);
    }
}
