package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.server.store.StateStore.Recorded;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The bodies as the receivers' documentation has them. */
class LetterTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long NOW = 1_599_360_473_999L;
    private static final URI LINK = URI.create("https://gray.example.com/");

    private static Letter letter(
            Format format, String url, String secret, @org.jspecify.annotations.Nullable URI linkBase) {
        SigningKey key = secret.isEmpty() ? null : new SigningKey(secret.getBytes(StandardCharsets.UTF_8));
        Receiver receiver =
                new Receiver(URI.create(url), Set.of(Kind.ROLLED_BACK), format, key, linkBase, Duration.ofSeconds(1));
        return Letter.write(receiver, Message.of(Trail.rollback(7), Kind.ROLLED_BACK, linkBase), NOW);
    }

    private static JsonNode body(Letter letter) throws IOException {
        return JSON.readTree(letter.body());
    }

    @Test
    void write_json_holdsTheTrailsFieldsAndTheWords() throws IOException {
        Letter letter = letter(Format.JSON, "http://a/hook?k=1", "", LINK);
        assertThat(letter.to()).hasToString("http://a/hook?k=1");
        assertThat(letter.headers())
                .containsEntry("Content-Type", "application/json; charset=utf-8")
                .containsEntry("Idempotency-Key", "evt_1795600800250_7")
                .containsEntry("webhook-id", "evt_1795600800250_7")
                .containsEntry("webhook-timestamp", "1599360473")
                .doesNotContainKey("webhook-signature");
        assertThat(body(letter)).isEqualTo(JSON.readTree("""
                {"type": "rolledBack", "id": 7, "time": "2026-11-25T10:00:00.250Z", "route": "shop", "release": "v2",
                 "actor": "halftone", "action": "rollback", "from": "progressing 12.5", "to": "rolledBack 0",
                 "check": "errors", "reason": "12 % <failed>",
                 "text": "Halftone: release v2 on route shop was rolled back\\nFrom: progressing, 12.5 % of users on the new version\\nTo: rolled back, 0 % of users on the new version\\nWho: Halftone itself, by check errors\\nWhy: 12 % <failed>\\nWhen: 2026-11-25T10:00:00Z\\nhttps://gray.example.com/?route=shop",
                 "link": "https://gray.example.com/?route=shop"}
                """));
    }

    @Test
    void write_jsonWithASecret_isSignedOverIdTimeAndBody() {
        Letter letter = letter(Format.JSON, "http://a/hook", "sixteen bytes it is", null);
        String expected = new SigningKey("sixteen bytes it is".getBytes(StandardCharsets.UTF_8))
                .webhook("evt_1795600800250_7", 1_599_360_473, letter.body());
        assertThat(letter.headers()).containsEntry("webhook-signature", expected);
        assertThat(letter.body()).contains("\"link\":null");
    }

    @Test
    void write_slack_isATextAndBlocksWithoutMarkupOfOthers() throws IOException {
        Letter letter = letter(Format.SLACK, "https://hooks.slack.com/services/T/B/x", "", LINK);
        assertThat(body(letter)).isEqualTo(JSON.readTree("""
                {"text": "Halftone: release v2 on route shop was rolled back",
                 "blocks": [
                   {"type": "header", "text": {"type": "plain_text", "text": "Halftone: release v2 on route shop was rolled back"}},
                   {"type": "section", "text": {"type": "mrkdwn", "text": "*From:* progressing, 12.5 % of users on the new version\\n*To:* rolled back, 0 % of users on the new version\\n*Who:* Halftone itself, by check errors\\n*Why:* 12 % &lt;failed&gt;\\n*When:* 2026-11-25T10:00:00Z\\n<https://gray.example.com/?route=shop|Open the dashboard>\\n"}}]}
                """));
    }

    @Test
    void write_feishu_isASignedCardOfPlainText() throws IOException {
        Letter letter =
                letter(Format.FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/x", "demo-feishu-secret", LINK);
        assertThat(letter.to()).hasToString("https://open.feishu.cn/open-apis/bot/v2/hook/x");
        assertThat(body(letter)).isEqualTo(JSON.readTree("""
                {"timestamp": "1599360473", "sign": "I14G+BylJBIS1VqI4nUg1mKqMAjMGZlFJGT36IJRUr8=",
                 "msg_type": "interactive",
                 "card": {"config": {"wide_screen_mode": true},
                   "header": {"template": "red", "title": {"tag": "plain_text", "content": "Halftone: release v2 on route shop was rolled back"}},
                   "elements": [
                     {"tag": "div", "text": {"tag": "plain_text", "content": "From: progressing, 12.5 % of users on the new version\\nTo: rolled back, 0 % of users on the new version\\nWho: Halftone itself, by check errors\\nWhy: 12 % <failed>\\nWhen: 2026-11-25T10:00:00Z"}},
                     {"tag": "action", "actions": [{"tag": "button", "text": {"tag": "plain_text", "content": "Open the dashboard"}, "type": "default", "url": "https://gray.example.com/?route=shop"}]}]}}
                """));
        assertThat(body(letter(Format.FEISHU, "https://a/x", "", null)).has("sign"))
                .isFalse();
    }

    @Test
    void write_dingTalk_isATextSignedInTheQuery() throws IOException {
        Letter letter = letter(
                Format.DING_TALK,
                "https://oapi.dingtalk.com/robot/send?access_token=x",
                "this is secret of DingTalk",
                null);
        String sign = new SigningKey("this is secret of DingTalk".getBytes(StandardCharsets.UTF_8)).dingTalk(NOW);
        String encoded = sign.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D");
        assertThat(letter.to())
                .hasToString(
                        "https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1599360473999&sign=" + encoded);
        assertThat(body(letter)).isEqualTo(JSON.readTree("""
                {"msgtype": "text", "at": {"isAtAll": false},
                 "text": {"content": "Halftone: release v2 on route shop was rolled back\\nFrom: progressing, 12.5 % of users on the new version\\nTo: rolled back, 0 % of users on the new version\\nWho: Halftone itself, by check errors\\nWhy: 12 % <failed>\\nWhen: 2026-11-25T10:00:00Z"}}
                """));
        assertThat(letter(Format.DING_TALK, "https://a/x?access_token=x", "", null)
                        .to())
                .hasToString("https://a/x?access_token=x");
    }

    @Test
    void of_operatorsWords_stayOnOneLineAndAreCut() {
        AuditEvent event = new AuditEvent(
                1,
                "shop",
                "v2",
                "configuration",
                "pause",
                "progressing 1",
                "paused 1",
                "",
                "a\nb\r\u2028c" + "😀".repeat(600));
        Message message = Message.of(new Recorded(1, event), Kind.PAUSED, null);
        assertThat(message.lines()).noneMatch(line -> line.contains("\n"));
        assertThat(message.lines().get(3))
                .startsWith("Why: a b c😀")
                .endsWith("😀…")
                .hasSizeLessThan(1010);
        assertThat(message.lines().get(2)).isEqualTo("Who: the configuration file");
    }
}
