package dev.halftone.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.halftone.core.rollout.AuditEvent;
import dev.halftone.server.store.EmbeddedStore;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotifierTest {
    private static final Backoff QUICK = new Backoff(Duration.ofMillis(1), Duration.ofMillis(2), 3);
    private static final Receiver A = receiver("http://a/", Kind.ROLLED_BACK);
    private static final Receiver B = receiver("http://b/", Kind.ROLLED_BACK);

    @TempDir
    Path folder;

    private EmbeddedStore store;
    private final Post post = new Post();

    /** Notes what is posted and answers as it is told; null: never. */
    private static final class Post implements Transport {
        private final List<String> letters = new CopyOnWriteArrayList<>();
        private volatile CompletableFuture<Reply> answer = CompletableFuture.completedFuture(new Reply(200, "", 0));

        @Override
        public CompletableFuture<Reply> post(Letter letter, Duration timeout) {
            Matcher reason = Pattern.compile("\"reason\":\"([^\"]*)\"").matcher(letter.body());
            letters.add(letter.to() + " " + (reason.find() ? reason.group(1) : "?"));
            return answer;
        }
    }

    @BeforeEach
    void openStore() throws IOException {
        store = EmbeddedStore.open(folder);
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
    }

    private static Receiver receiver(String url, Kind... kinds) {
        return new Receiver(URI.create(url), Set.of(kinds), Format.JSON, null, null, Duration.ofSeconds(1));
    }

    private Notifier start(Receiver... receivers) {
        return Notifier.start(List.of(receivers), store, post, QUICK);
    }

    private void happens(String action, String to, String reason) throws IOException {
        happened(System.currentTimeMillis(), action, to, reason);
    }

    private void happened(long atMillis, String action, String to, String reason) throws IOException {
        store.append(List.of(new AuditEvent(atMillis, "shop", "v2", "op", action, "progressing 1", to, "", reason)));
    }

    private void rollback(String reason) throws IOException {
        happens("rollback", "rolledBack 0", reason);
    }

    private void awaitLetters(String... letters) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .untilAsserted(() -> assertThat(post.letters).containsExactly(letters));
    }

    private static void awaitResult(Notifier notifier, String result, long count) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .untilAsserted(() -> assertThat(notifier.results()).containsEntry(result, count));
    }

    @Test
    void event_thatIsWanted_isToldOnceToEachInOrder() throws IOException {
        rollback("before");
        try (Notifier notifier = start(A)) {
            happens("pause", "paused 1", "unwanted");
            rollback("one");
            awaitResult(notifier, "delivered", 1);
            rollback("two");
            awaitResult(notifier, "delivered", 2);
        }
        assertThat(post.letters).containsExactly("http://a/ one", "http://a/ two");
    }

    @Test
    void start_afterAStop_tellsWhatWasNotToldYet() throws IOException {
        post.answer = new CompletableFuture<>();
        try (Notifier notifier = start(A)) {
            rollback("lost");
            awaitLetters("http://a/ lost");
            rollback("waiting");
            assertThat(notifier.results()).containsEntry("delivered", 0L);
        }
        happened(System.currentTimeMillis() - Duration.ofDays(2).toMillis(), "rollback", "rolledBack 0", "stale");
        rollback("while it was down");
        post.letters.clear();
        post.answer = CompletableFuture.completedFuture(new Reply(200, "", 0));
        store.close();
        store = EmbeddedStore.open(folder);
        try (Notifier notifier = start(A, B)) {
            awaitResult(notifier, "delivered", 3);
        }
        assertThat(post.letters)
                .as("B is new")
                .containsExactly("http://a/ lost", "http://a/ waiting", "http://a/ while it was down");
        post.letters.clear();
        try (Notifier notifier = start(A, B)) {
            rollback("next");
            awaitResult(notifier, "delivered", 2);
        }
        assertThat(post.letters).containsExactlyInAnyOrder("http://a/ next", "http://b/ next");
    }

    @Test
    void answer_isNotGood_isTriedAgainThenGivenUp() throws IOException {
        post.answer = CompletableFuture.completedFuture(new Reply(500, "", 0));
        try (Notifier notifier = start(A)) {
            rollback("one");
            awaitResult(notifier, "gaveUp", 1);
            assertThat(notifier.results()).containsEntry("retried", 2L).containsEntry("delivered", 0L);
            post.answer = CompletableFuture.completedFuture(new Reply(200, "", 0));
            rollback("two");
            awaitResult(notifier, "delivered", 1);
        }
        assertThat(post.letters).containsExactly("http://a/ one", "http://a/ one", "http://a/ one", "http://a/ two");
        assertThat(Files.readString(folder.resolve("marks.json"))).contains(":2}");
    }

    @Test
    void reload_receiverGoes_isStillToldWhatWaitsAndNothingNew() throws Exception {
        CompletableFuture<Reply> late = new CompletableFuture<>();
        post.answer = late;
        try (Notifier notifier = start(A)) {
            rollback("one");
            awaitLetters("http://a/ one");
            rollback("two");
            notifier.reload(List.of(B)).join();
            post.answer = CompletableFuture.completedFuture(new Reply(200, "", 0));
            late.complete(new Reply(200, "", 0));
            awaitResult(notifier, "delivered", 2);
            rollback("three");
            awaitLetters("http://a/ one", "http://a/ two", "http://b/ three");
            Awaitility.await().until(() -> !store.marks().containsKey(A.id()));
        }
        assertThat(store.marks()).containsOnlyKeys(B.id());
    }

    @Test
    void reload_sameReceiver_keepsWhatWaitsAndTakesTheNewWishes() throws Exception {
        CompletableFuture<Reply> late = new CompletableFuture<>();
        post.answer = late;
        try (Notifier notifier = start(A)) {
            rollback("one");
            awaitLetters("http://a/ one");
            notifier.reload(List.of(receiver("http://a/", Kind.PAUSED))).join();
            rollback("unwanted");
            happens("pause", "paused 1", "wanted");
            post.answer = CompletableFuture.completedFuture(new Reply(200, "", 0));
            late.complete(new Reply(200, "", 0));
            awaitResult(notifier, "delivered", 2);
        }
        assertThat(post.letters).containsExactly("http://a/ one", "http://a/ wanted");
    }

    @Test
    void queue_isFull_dropsAndCounts() throws IOException {
        post.answer = new CompletableFuture<>();
        try (Notifier notifier = start(A)) {
            for (int i = 0; i < Outbox.MOST + 5; i++) {
                rollback("n" + i);
            }
            awaitResult(notifier, "dropped", 5);
        }
    }

    @Test
    void named_failure_neverShowsTheAddress() {
        assertThat(Notifier.named(new CompletionException(new TimeoutException("http://x/secret")), A))
                .isEqualTo("no answer within 1000 ms");
        assertThat(Notifier.named(new ConnectException("http://x/secret"), A)).isEqualTo("no connection");
        assertThat(Notifier.named(new IOException("http://x/secret"), A)).isEqualTo("IOException");
        Receiver secret = receiver("https://hooks.example.com:8443/T/secret?token=secret", Kind.PAUSED);
        assertThat(secret.toString() + secret.shown() + secret.id())
                .contains("json https://hooks.example.com:8443")
                .doesNotContain("secret");
    }
}
