package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Option;

/** For commands that find their answer themselves: as text for people, or as JSON for programs. */
final class JsonOption {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    boolean isOn() {
        return json;
    }

    static void print(Terminal terminal, JsonNode answer) {
        terminal.out().println(answer.toPrettyString());
    }
}
