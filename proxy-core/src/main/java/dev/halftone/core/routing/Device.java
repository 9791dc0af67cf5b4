package dev.halftone.core.routing;

/** The class of device that a request comes from. */
public enum Device {
    PHONE("phone"),
    TABLET("tablet"),
    DESKTOP("desktop"),
    /** Crawlers, monitors and tools that name themselves. */
    BOT("bot");

    private final String label;

    Device(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
