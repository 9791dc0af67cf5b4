package dev.halftone.server;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operating system's signals. The JDK's class for them is not part of the standard, so it is looked up by name; where it
 * is missing, only the JVM's own reaction is left.
 */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
    private static final int EXIT_AT_ONCE = 130;

    private Signals() {}

    static void onHangUp(Runnable action) {
        handle("HUP", action);
    }

    /** The first SIGTERM or SIGINT runs the action, a second one ends the process at once. */
    static void onTerminate(Runnable action) {
        AtomicBoolean asked = new AtomicBoolean();
        Runnable once = () -> {
            if (asked.getAndSet(true)) {
                Runtime.getRuntime().halt(EXIT_AT_ONCE);
            }
            action.run();
        };
        handle("TERM", once);
        handle("INT", once);
    }

    private static void handle(String name, Runnable action) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (self, method, args) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                            return null;
                        }
                        return switch (method.getName()) {
                            case "hashCode" -> System.identityHashCode(self);
                            case "equals" -> self == args[0];
                            default -> name;
                        };
                    });
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOG.warn("signal SIG{} cannot be handled here: {}", name, e.toString());
        }
    }
}
