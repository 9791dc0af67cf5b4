package dev.halftone.server.config;

import dev.halftone.core.rollout.Hooks;
import dev.halftone.server.config.RolloutSettings.Call;
import dev.halftone.server.config.RolloutSettings.Hook;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Struct.Key;
import dev.halftone.server.config.Struct.Values;
import dev.halftone.server.notify.CommandCall;
import dev.halftone.server.notify.HookCall;
import dev.halftone.server.notify.HookCall.Otherwise;
import dev.halftone.server.notify.SigningKey;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys of those who are asked whether a release may go on: {@code hooks}, and whatever else calls out. One thread. */
final class HookSection {
    private static final Duration LEAST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration DEFAULT_WITHIN = Duration.ofHours(1);
    private static final Duration DEFAULT_EVERY = Duration.ofSeconds(5);

    private final SettingsBuilder builder;

    HookSection(SettingsBuilder builder) {
        this.builder = builder;
    }

    private enum When {
        BEFORE_STEP("beforeStep"),
        AFTER_STEP("afterStep");

        private final String label;

        When(String label) {
            this.label = label;
        }
    }

    /** A hook before it is known how many of its kind there are. */
    private record HookDraft(When when, Call call, Duration within, Duration every) {}

    Key hooks() {
        Map<String, When> words = new LinkedHashMap<>();
        for (When when : When.values()) {
            words.put(when.label, when);
        }
        List<Key> keys = new ArrayList<>();
        keys.add(new Key(
                "when",
                Scalars.oneOf(words),
                null,
                "Before a step with a ratio is entered, or after one is passed; all must say go."));
        keys.addAll(callKeys());
        Struct hook = new Struct("a mapping with when, and url or command", keys, this::hook);
        return new Key("hooks", new ListOf(hook), "[]", "Who is asked between steps; see docs/strategies.md.");
    }

    /** One call and how it is asked again. */
    List<Key> callKeys() {
        Map<String, Otherwise> others = new LinkedHashMap<>();
        others.put("fail", Otherwise.FAIL);
        others.put("wait", Otherwise.WAIT);
        return List.of(
                may("url", new NotificationsSection.HiddenUrl(), "none", "Asked by POST. Never printed whole."),
                may(
                        "secret",
                        new OrNull(new NotificationsSection(builder).secretFile()),
                        "null",
                        "Signs what is posted to url."),
                may(
                        "command",
                        new ListOf(Scalars.TEXT),
                        "none",
                        "A program and its arguments, run without a shell; a path with / is relative to this file."),
                may("timeout", Scalars.DURATION_VALUE, "10s", "For one answer, 100ms..1h; a command is then killed."),
                may("otherwise", Scalars.oneOf(others), "fail", "What any answer but go and wait means, or none."),
                may(
                        "every",
                        Scalars.DURATION_VALUE,
                        "5s",
                        "From one time it is asked to the next, while it says wait."),
                may("within", Scalars.DURATION_VALUE, "1h", "How long it may say wait; then that is a failure."));
    }

    private static Key may(String name, Shape shape, String fallback, String description) {
        return new Key(name, shape, fallback, description);
    }

    private @Nullable Object hook(Values values) {
        When when = values.get("when", When.class);
        Call call = call(values);
        return when == null || call == null ? null : new HookDraft(when, call, within(values), every(values));
    }

    static Duration within(Values values) {
        return values.get("within", Duration.class, DEFAULT_WITHIN);
    }

    /** Longest time of one call. */
    static Duration timeout(Hook hook) {
        return hook.call() instanceof Call.Webhook webhook
                ? webhook.hook().timeout()
                : ((Call.Program) hook.call()).command().timeout();
    }

    static Duration every(Values values) {
        return values.get("every", Duration.class, DEFAULT_EVERY);
    }

    /** Null after a problem. */
    @Nullable
    Call call(Values values) {
        boolean isGood = areTimesOrderly(values);
        if (!SettingsBuilder.exactlyOne(values, "url", "command")) {
            return null;
        }
        if (values.has("command") && values.has("secret") && !values.isNull("secret")) {
            values.error("secret", "a command is not signed", "leave it out");
            isGood = false;
        }
        URI url = values.get("url", URI.class);
        Duration timeout = values.get("timeout", Duration.class, DEFAULT_TIMEOUT);
        Otherwise otherwise = values.get("otherwise", Otherwise.class, Otherwise.FAIL);
        if (url != null) {
            if (url.getScheme().equals("http") && !NotificationsSection.isLoopback(url.getHost())) {
                values.warning("url", "the question travels in clear text", "https, or a network that you trust");
            }
            SigningKey secret = values.get("secret", SigningKey.class);
            return isGood ? new Call.Webhook(new HookCall.Hook(url, timeout, otherwise, secret)) : null;
        }
        List<String> arguments = arguments(values);
        Path folder = builder.folder().toAbsolutePath();
        return isGood && arguments != null
                ? new Call.Program(new CommandCall.Command(arguments, folder, timeout, otherwise))
                : null;
    }

    private static boolean areTimesOrderly(Values values) {
        Duration timeout = values.get("timeout", Duration.class, DEFAULT_TIMEOUT);
        boolean isGood = true;
        if (timeout.compareTo(LEAST) < 0 || timeout.compareTo(LONGEST) > 0) {
            values.error("timeout", values.shown("timeout"), "100ms..1h");
            isGood = false;
        }
        if (every(values).compareTo(LEAST) < 0) {
            values.error("every", values.shown("every"), "100ms or more");
            isGood = false;
        }
        if (within(values).compareTo(timeout) < 0) {
            String key = values.has("within") ? "within" : "timeout";
            values.error(
                    key, "within is shorter than timeout, so an answer may come too late", "within the longer one");
            isGood = false;
        }
        return isGood;
    }

    /** The program with its place, and its arguments; null after a problem. */
    private @Nullable List<String> arguments(Values values) {
        List<String> arguments = new ArrayList<>(values.list("command", String.class));
        if (arguments.isEmpty()
                || arguments.get(0).isEmpty()
                || arguments.stream().anyMatch(HookSection::hasNul)) {
            values.error("command", "no program", "a program and its arguments, as [./smoke-test, --quick]");
            return null;
        }
        String program = arguments.get(0);
        if (program.indexOf('/') < 0) {
            if (!isOnPath(program)) {
                values.warning("command", program + " is not on this machine's PATH", "a program that can be run");
            }
            return arguments;
        }
        Path file = builder.folder().resolve(program).toAbsolutePath().normalize();
        if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
            values.error("command", program + " cannot be run", "an executable file");
            return null;
        }
        arguments.set(0, file.toString());
        return arguments;
    }

    private static boolean hasNul(String argument) {
        return argument.indexOf('\0') >= 0;
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv("PATH");
        for (String folder : (path == null ? "" : path).split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder).resolve(program))) {
                return true;
            }
        }
        return false;
    }

    /** All of a canary, each with a name of its own. */
    static List<Hook> hooks(Values canary) {
        List<Hook> hooks = new ArrayList<>();
        for (When when : When.values()) {
            int number = 0;
            for (HookDraft draft : canary.list("hooks", HookDraft.class)) {
                if (draft.when() == when) {
                    String name = when.label + (++number == 1 ? "" : "-" + number);
                    hooks.add(new Hook(name, when.label, draft.call(), draft.within(), draft.every()));
                }
            }
        }
        return hooks;
    }

    /** The same by name, as the plan knows them. */
    static Hooks order(Values canary) {
        return new Hooks(names(canary, When.BEFORE_STEP), names(canary, When.AFTER_STEP));
    }

    private static List<String> names(Values canary, When when) {
        return hooks(canary).stream()
                .filter(hook -> hook.when().equals(when.label))
                .map(Hook::name)
                .toList();
    }
}
