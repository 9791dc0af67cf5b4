package dev.halftone.core.routing;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** A request whose every answer is written over by the next, as {@link RequestView} allows. */
final class OneTextView implements RequestView {
    private final RequestView of;
    private final StringBuilder text = new StringBuilder();

    OneTextView(RequestView of) {
        this.of = of;
    }

    private CharSequence say(CharSequence answer) {
        text.setLength(0);
        return text.append(answer);
    }

    private @Nullable CharSequence maybe(@Nullable CharSequence answer) {
        return answer == null ? null : say(answer);
    }

    @Override
    public CharSequence method() {
        return say(of.method());
    }

    @Override
    public CharSequence host() {
        return say(of.host());
    }

    @Override
    public CharSequence path() {
        return say(of.path());
    }

    @Override
    public @Nullable CharSequence header(String name) {
        return maybe(of.header(name));
    }

    @Override
    public @Nullable CharSequence cookie(String name) {
        return maybe(of.cookie(name));
    }

    @Override
    public @Nullable CharSequence query(String name) {
        return maybe(of.query(name));
    }

    @Override
    public InetAddress clientAddress() {
        return of.clientAddress();
    }

    @Override
    public boolean isFromTrustedProxy() {
        return of.isFromTrustedProxy();
    }
}
