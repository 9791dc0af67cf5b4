package dev.halftone.server.cli;

import java.time.Instant;

/** For programs: the answer in a line, whenever it differs from the one before. */
final class JsonView implements WatchView {
    private final Terminal terminal;
    private String last = "";
    private boolean lost;

    JsonView(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void show(AdminClient.Answer answer, Instant now) {
        if (lost) {
            lost = false;
            terminal.problems("halftone: connected again");
        }
        String line = answer.json().toString();
        if (!line.equals(last)) {
            last = line;
            terminal.out().println(line);
        }
    }

    @Override
    public void lost(String problem, Instant since) {
        lost = true;
        terminal.problems("halftone: connection lost, retrying: " + problem);
    }

    @Override
    public boolean isUnread() {
        return terminal.out().checkError();
    }

    @Override
    public void close() {
        terminal.out().flush();
    }
}
