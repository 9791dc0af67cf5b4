package dev.halftone.server.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.core.rollout.AuditEvent;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A POST ready to go. Signatures hold the time, so a letter is written anew at each try.
 *
 * @param to never printed whole
 * @param headers in the order of sending
 */
record Letter(URI to, Map<String, String> headers, String body) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SLACK_TITLE = 150;
    private static final int SLACK_SECTION = 3000;

    /** @param nowMillis epoch milliseconds, for the signature */
    static Letter write(Receiver receiver, Message message, long nowMillis) {
        return switch (receiver.format()) {
            case JSON -> generic(receiver, message, nowMillis);
            case SLACK -> plain(receiver.webhook(), message, slack(message));
            case FEISHU -> plain(receiver.webhook(), message, feishu(receiver, message, nowMillis));
            case DING_TALK -> plain(dingTalkAddress(receiver, nowMillis), message, dingTalk(message));
        };
    }

    private static Letter plain(URI to, Message message, ObjectNode body) {
        return new Letter(to, headers(message.id()), text(body));
    }

    private static Map<String, String> headers(String id) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/json; charset=utf-8");
        headers.put("User-Agent", "halftone");
        headers.put("Idempotency-Key", id);
        return headers;
    }

    static String text(ObjectNode body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of texts can be written", e);
        }
    }

    // Generic JSON: the trail's fields as the admin API has them, and the words.

    private static Letter generic(Receiver receiver, Message message, long nowMillis) {
        AuditEvent event = message.recorded().event();
        ObjectNode body = JSON.createObjectNode()
                .put("type", message.kind().label())
                .put("id", message.recorded().id())
                .put("time", Instant.ofEpochMilli(event.atMillis()).toString())
                .put("route", event.route())
                .put("release", event.release())
                .put("actor", event.actor())
                .put("action", event.action())
                .put("from", event.from())
                .put("to", event.to())
                .put("check", event.check().isEmpty() ? null : event.check())
                .put("reason", event.reason())
                .put("text", message.text())
                .put("link", message.link());
        return signed(receiver.webhook(), message.id(), receiver.secret(), text(body), nowMillis);
    }

    /** With the headers of the Standard Webhooks specification; the signature only if there is a key. */
    static Letter signed(
            URI to, String id, @org.jspecify.annotations.Nullable SigningKey key, String body, long nowMillis) {
        Map<String, String> headers = headers(id);
        headers.put("webhook-id", id);
        headers.put("webhook-timestamp", Long.toString(nowMillis / 1000));
        if (key != null) {
            headers.put("webhook-signature", key.webhook(id, nowMillis / 1000, body));
        }
        return new Letter(to, headers, body);
    }

    // Slack: incoming webhooks. The text is what a notification shows, the blocks what the channel shows.

    private static ObjectNode slack(Message message) {
        ObjectNode body = JSON.createObjectNode().put("text", escaped(message.title()));
        ArrayNode blocks = body.putArray("blocks");
        ObjectNode header = blocks.addObject().put("type", "header");
        header.putObject("text").put("type", "plain_text").put("text", cut(message.title(), SLACK_TITLE));
        StringBuilder text = new StringBuilder();
        for (String line : message.lines()) {
            int colon = line.indexOf(':');
            text.append('*')
                    .append(line, 0, colon + 1)
                    .append('*')
                    .append(escaped(line.substring(colon + 1)))
                    .append('\n');
        }
        if (message.link() != null) {
            text.append('<').append(escaped(message.link())).append("|Open the dashboard>\n");
        }
        ObjectNode section = blocks.addObject().put("type", "section");
        section.putObject("text").put("type", "mrkdwn").put("text", cut(text.toString(), SLACK_SECTION));
        return body;
    }

    /** Else an operator's words could address everybody in the channel. */
    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }

    // Feishu and Lark: a card of plain text, for in their markdown an operator's words could address everybody.

    private static ObjectNode feishu(Receiver receiver, Message message, long nowMillis) {
        ObjectNode body = JSON.createObjectNode();
        if (receiver.secret() != null) {
            long seconds = nowMillis / 1000;
            body.put("timestamp", Long.toString(seconds))
                    .put("sign", receiver.secret().feishu(seconds));
        }
        body.put("msg_type", "interactive");
        ObjectNode card = body.putObject("card");
        card.putObject("config").put("wide_screen_mode", true);
        ObjectNode header = card.putObject("header").put("template", colour(message.kind()));
        plainText(header.putObject("title"), message.title());
        ArrayNode elements = card.putArray("elements");
        ObjectNode text = elements.addObject().put("tag", "div").putObject("text");
        plainText(text, String.join("\n", message.lines()));
        if (message.link() != null) {
            ArrayNode actions = elements.addObject().put("tag", "action").putArray("actions");
            ObjectNode button = actions.addObject().put("tag", "button");
            plainText(button.putObject("text"), "Open the dashboard");
            button.put("type", "default").put("url", message.link());
        }
        return body;
    }

    private static void plainText(ObjectNode node, String text) {
        node.put("tag", "plain_text").put("content", text);
    }

    private static String colour(Kind kind) {
        return switch (kind) {
            case ROLLED_BACK, ABORTED, BREACH -> "red";
            case PROMOTED -> "green";
            case PAUSED -> "orange";
            case PROGRESSING, STEP -> "blue";
        };
    }

    // DingTalk: a text, which has no markup; time and signature go into the query.

    private static ObjectNode dingTalk(Message message) {
        ObjectNode body = JSON.createObjectNode().put("msgtype", "text");
        body.putObject("text").put("content", message.text());
        body.putObject("at").put("isAtAll", false);
        return body;
    }

    private static URI dingTalkAddress(Receiver receiver, long nowMillis) {
        URI webhook = receiver.webhook();
        SigningKey key = receiver.secret();
        if (key == null) {
            return webhook;
        }
        String sign = URLEncoder.encode(key.dingTalk(nowMillis), StandardCharsets.UTF_8);
        String joint = webhook.getRawQuery() == null ? "?" : "&";
        return URI.create(webhook + joint + "timestamp=" + nowMillis + "&sign=" + sign);
    }
}
