package dev.halftone.server.notify;

/** How a message is written and signed; the labels are the words of the configuration. */
public enum Format {
    JSON("json"),
    SLACK("slack"),
    /** Also Lark, its name outside China. */
    FEISHU("feishu"),
    DING_TALK("dingtalk");

    private final String label;

    Format(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** Whether its receivers can check a signature. Slack's address is the secret itself. */
    public boolean isSigned() {
        return this != SLACK;
    }
}
