package dev.halftone.core.routing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells classes of devices apart: whoever names itself a bot is one; then the client hints {@code Sec-CH-UA-Mobile} and
 * {@code Sec-CH-UA-Platform} are believed, and where there are none, the user agent. Allocates nothing. Any thread.
 */
final class DeviceClasses {
    private static final int BOT = 1;
    private static final int TV = 2;
    private static final int TABLET = 4;
    private static final int PHONE = 8;
    private static final int ANDROID = 16;
    private static final int MOBILE = 32;
    private static final int APP = 64;
    private static final int DESKTOP = 128;

    /** Letters of what a user agent may say, in lower case; found anywhere. */
    private record Word(String text, int meaning) {}

    /** By first letter. */
    private static final Word[][] WORDS = new Word[128][];

    static {
        List<Word> words = new ArrayList<>();
        for (String text : List.of(
                "bot/",
                "bot;",
                "bot ",
                "bot)",
                "bot,",
                "bot-",
                "bots",
                "robot",
                "crawl",
                "spider",
                "slurp",
                "headless",
                "facebookexternalhit",
                "bingpreview",
                "mediapartners-google",
                "google-inspectiontool",
                "lighthouse",
                "phantomjs",
                "curl/",
                "wget/",
                "python-",
                "go-http-client",
                "apache-httpclient",
                "libwww-perl",
                "java/",
                "kube-probe",
                "prometheus/",
                "pingdom",
                "postmanruntime",
                "httpie/")) {
            words.add(new Word(text, BOT));
        }
        for (String text : List.of(
                "smart-tv",
                "smarttv",
                "googletv",
                "android tv",
                "appletv",
                "apple tv",
                "hbbtv",
                "web0s",
                "bravia",
                "; aft",
                "crkey",
                "tizen 2.4; tv",
                "playstation",
                "xbox")) {
            words.add(new Word(text, TV));
        }
        for (String text : List.of("ipad", "tablet", "kindle", "silk/", "playbook")) {
            words.add(new Word(text, TABLET));
        }
        for (String text :
                List.of("iphone", "ipod", "windows phone", "blackberry", "bb10", "opera mini", "kaios", "(phone;")) {
            words.add(new Word(text, PHONE));
        }
        for (String text : List.of("windows nt", "macintosh", "x11;", "cros ", "win64")) {
            words.add(new Word(text, DESKTOP));
        }
        words.add(new Word("android", ANDROID));
        words.add(new Word("mobile", MOBILE));
        words.add(new Word("dalvik/", APP));
        words.add(new Word("okhttp/", APP));
        for (Word word : words) {
            char first = word.text.charAt(0);
            Word[] before = WORDS[first];
            Word[] with = before == null ? new Word[1] : java.util.Arrays.copyOf(before, before.length + 1);
            with[with.length - 1] = word;
            WORDS[first] = with;
        }
    }

    private DeviceClasses() {}

    /** @param byAgent what the user agent alone says; taken where the hints say nothing */
    static @Nullable Device byHints(RequestView request, @Nullable Device byAgent) {
        CharSequence mobile = request.header("Sec-CH-UA-Mobile");
        boolean said = mobile != null && mobile.length() == 2 && mobile.charAt(0) == '?';
        if (mobile == null || !said) {
            return byAgent;
        }
        // Read before the next header is: the text is gone then.
        char answer = mobile.charAt(1);
        if (answer == '1') {
            return Device.PHONE;
        }
        CharSequence platform = request.header("Sec-CH-UA-Platform");
        if (platform == null || answer != '0') {
            return byAgent;
        }
        if (is(platform, "Android") || is(platform, "iOS")) {
            return Device.TABLET;
        }
        boolean desk = is(platform, "Windows")
                || is(platform, "macOS")
                || is(platform, "Linux")
                || is(platform, "Chrome OS")
                || is(platform, "Chromium OS");
        return desk ? Device.DESKTOP : byAgent;
    }

    /** With or without the quotes of a structured field. */
    private static boolean is(CharSequence value, String name) {
        int length = value.length();
        boolean quoted = length >= 2 && value.charAt(0) == '"' && value.charAt(length - 1) == '"';
        int from = quoted ? 1 : 0;
        int to = quoted ? length - 1 : length;
        if (to - from != name.length()) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (value.charAt(i) != name.charAt(i - from)) {
                return false;
            }
        }
        return true;
    }

    /** Null for what cannot be told: televisions, apps that name no system, and what nobody knows. */
    static @Nullable Device byAgent(CharSequence agent) {
        int said = 0;
        int length = agent.length();
        for (int i = 0; i < length; i++) {
            char c = lower(agent.charAt(i));
            Word[] words = c < 128 ? WORDS[c] : null;
            if (words != null) {
                said |= words(agent, i, words);
            }
        }
        if ((said & BOT) != 0 || endsWithBot(agent)) {
            return Device.BOT;
        }
        return (said & TV) != 0 ? null : device(said);
    }

    private static @Nullable Device device(int said) {
        if ((said & PHONE) != 0) {
            return Device.PHONE;
        } else if ((said & TABLET) != 0) {
            return Device.TABLET;
        } else if ((said & (MOBILE | APP)) != 0 && (said & (ANDROID | MOBILE)) != 0) {
            return Device.PHONE;
        } else if ((said & ANDROID) != 0) {
            return Device.TABLET;
        }
        return (said & DESKTOP) != 0 ? Device.DESKTOP : null;
    }

    private static int words(CharSequence agent, int at, Word[] words) {
        int said = 0;
        for (Word word : words) {
            if (startsWith(agent, at, word.text) && !isExcepted(agent, at, word)) {
                said |= word.meaning;
            }
        }
        return said;
    }

    /** A maker of phones that is called Cubot; Windows computers that say Tablet PC. */
    private static boolean isExcepted(CharSequence agent, int at, Word word) {
        if (word.meaning == BOT && word.text.startsWith("bot")) {
            return at >= 2 && startsWith(agent, at - 2, "cubot");
        }
        return word.text.equals("tablet") && startsWith(agent, at, "tablet pc");
    }

    private static boolean endsWithBot(CharSequence agent) {
        int at = agent.length() - 3;
        return at >= 0 && startsWith(agent, at, "bot") && !(at >= 2 && startsWith(agent, at - 2, "cubot"));
    }

    private static boolean startsWith(CharSequence agent, int at, String word) {
        if (agent.length() - at < word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (lower(agent.charAt(at + i)) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }
}
