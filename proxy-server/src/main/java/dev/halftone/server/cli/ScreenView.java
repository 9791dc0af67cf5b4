package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The table on a terminal's second screen (xterm's 1049), written over each second. What is longer or wider than the terminal is
 * cut there. At the end the first screen is back, with what was seen last below. Closed by a signal's thread: the lock is this.
 */
final class ScreenView implements WatchView {
    private static final String ESCAPE = "\u001b[";
    private static final String ENTER = ESCAPE + "?1049h" + ESCAPE + "?25l" + ESCAPE + "?7l";
    private static final String LEAVE = ESCAPE + "?7h" + ESCAPE + "?25h" + ESCAPE + "?1049l";
    private static final String TO_LINE_END = ESCAPE + "K";
    private static final String TO_SCREEN_END = ESCAPE + "J";

    private final Terminal terminal;
    private final String address;
    private final Function<AdminClient.Answer, List<JsonNode>> routes;
    private List<JsonNode> last = List.of();
    private String asOf = "";
    private List<String> frame = List.of();
    private boolean closed;

    ScreenView(Terminal terminal, String address, Function<AdminClient.Answer, List<JsonNode>> routes) {
        this.terminal = terminal;
        this.address = address;
        this.routes = routes;
    }

    /** A view that is closed by Ctrl-C too. */
    static ScreenView open(Terminal terminal, String address, Function<AdminClient.Answer, List<JsonNode>> routes) {
        ScreenView view = new ScreenView(terminal, address, routes);
        Runtime.getRuntime().addShutdownHook(new Thread(view::close, "halftone-screen"));
        return view;
    }

    @Override
    public synchronized void show(AdminClient.Answer answer, Instant now) {
        last = routes.apply(answer);
        asOf = StoryLines.localTime(now.toString());
        Paint paint = terminal.paint();
        draw(paint.strong(address) + "  " + asOf + paint.faint("  (Ctrl-C ends)"), StatusTable.of(last, paint));
    }

    @Override
    public synchronized void lost(String problem, Instant since) {
        Paint paint = terminal.paint();
        List<String> old = new ArrayList<>();
        old.add(problem);
        old.add("What follows is of " + asOf + ".");
        old.add("");
        StatusTable.of(last, new Paint(false)).forEach(line -> old.add(paint.faint(line)));
        String title = paint.bad("connection lost, retrying") + "  since " + StoryLines.localTime(since.toString());
        draw(title, old);
    }

    private void draw(String title, List<String> lines) {
        if (closed) {
            return;
        }
        StringBuilder written = new StringBuilder(frame.isEmpty() ? ENTER : "");
        List<String> all = new ArrayList<>();
        all.add(title);
        all.add("");
        all.addAll(lines);
        for (int i = 0; i < all.size(); i++) {
            // A place below the terminal's last line is taken for that line.
            written.append(ESCAPE)
                    .append(i + 1)
                    .append(";1H")
                    .append(TO_LINE_END)
                    .append(all.get(i));
        }
        if (frame.size() > all.size()) {
            written.append(ESCAPE).append(all.size() + 1).append(";1H").append(TO_SCREEN_END);
        }
        terminal.out().print(written);
        terminal.out().flush();
        frame = all;
    }

    @Override
    public boolean isUnread() {
        return terminal.out().checkError();
    }

    @Override
    public synchronized void close() {
        if (closed || frame.isEmpty()) {
            closed = true;
            return;
        }
        closed = true;
        terminal.out().print(LEAVE);
        frame.forEach(terminal.out()::println);
        terminal.out().flush();
    }
}
