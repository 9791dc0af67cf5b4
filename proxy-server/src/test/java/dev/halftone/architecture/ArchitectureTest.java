package dev.halftone.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may know whom. Each rule holds for the product and is broken by a class made to break it. */
class ArchitectureTest {
    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.halftone.core", "dev.halftone.server");
    private static final String BAD = "dev.halftone.architecture.bad";

    private record Rule(String name, ArchRule rule, String badPackage) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static ArchRule onlyKnows(String who, String... allowed) {
        return classes()
                .that()
                .resideInAnyPackage(who, BAD + who.substring("dev.halftone".length()))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed);
    }

    private static String[] with(String... more) {
        return Stream.concat(Stream.of("java..", "org.jspecify..", "dev.halftone.core"), Stream.of(more))
                .toArray(String[]::new);
    }

    private static ArchRule neverSees(String who, String whom) {
        return noClasses()
                .that()
                .resideInAnyPackage("dev.halftone.server." + who + "..", BAD + ".server." + who + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(whom);
    }

    static Stream<Rule> rules() {
        return Stream.of(
                new Rule(
                        "routing knows the core",
                        onlyKnows("dev.halftone.core.routing", with("dev.halftone.core.routing")),
                        "core.routing"),
                new Rule(
                        "endpoint knows core and routing",
                        onlyKnows(
                                "dev.halftone.core.endpoint",
                                with("dev.halftone.core.endpoint", "dev.halftone.core.routing")),
                        "core.endpoint"),
                new Rule(
                        "window knows core and routing",
                        onlyKnows(
                                "dev.halftone.core.window",
                                with("dev.halftone.core.window", "dev.halftone.core.routing")),
                        "core.window"),
                new Rule(
                        "analysis knows core and window",
                        onlyKnows(
                                "dev.halftone.core.analysis",
                                with("dev.halftone.core.analysis", "dev.halftone.core.window")),
                        "core.analysis"),
                new Rule(
                        "experiment knows core and window",
                        onlyKnows(
                                "dev.halftone.core.experiment",
                                with("dev.halftone.core.experiment", "dev.halftone.core.window")),
                        "core.experiment"),
                new Rule(
                        "rollout knows core, analysis and experiment",
                        onlyKnows(
                                "dev.halftone.core.rollout",
                                with(
                                        "dev.halftone.core.rollout",
                                        "dev.halftone.core.analysis",
                                        "dev.halftone.core.experiment")),
                        "core.rollout"),
                new Rule(
                        "proxy never sees control",
                        neverSees("proxy", "dev.halftone.server.control.."),
                        "server.proxy"),
                new Rule(
                        "http1 knows routing's view of a request, and Netty's buffers and how they are counted",
                        onlyKnows(
                                "dev.halftone.server.http1",
                                with(
                                        "dev.halftone.server.http1",
                                        "dev.halftone.core.routing",
                                        "io.netty.buffer",
                                        "io.netty.util")),
                        "server.http1"),
                new Rule(
                        "cohort knows what routing asks for and the formats of its files",
                        onlyKnows(
                                "dev.halftone.server.cohort",
                                with(
                                        "dev.halftone.server.cohort",
                                        "dev.halftone.core.routing",
                                        "javax.crypto..",
                                        "com.maxmind.db",
                                        "com.nimbusds..",
                                        "org.slf4j")),
                        "server.cohort"),
                new Rule(
                        "control never sees proxy",
                        neverSees("control", "dev.halftone.server.proxy.."),
                        "server.control"),
                new Rule(
                        "metrics never see control",
                        neverSees("metrics", "dev.halftone.server.control.."),
                        "server.metrics"),
                new Rule(
                        "notify knows rollout and store",
                        onlyKnows(
                                "dev.halftone.server.notify",
                                with(
                                        "dev.halftone.server.notify",
                                        "dev.halftone.core.rollout",
                                        "dev.halftone.server.store",
                                        "javax.crypto..",
                                        "com.fasterxml.jackson..",
                                        "org.slf4j")),
                        "server.notify"),
                new Rule(
                        "tracing knows OpenTelemetry and nothing of ours",
                        onlyKnows(
                                "dev.halftone.server.tracing",
                                with(
                                        "dev.halftone.server.tracing",
                                        "io.opentelemetry..",
                                        "org.jctools.queues",
                                        "org.slf4j")),
                        "server.tracing"),
                new Rule(
                        "store never sees control",
                        neverSees("store", "dev.halftone.server.control.."),
                        "server.store"),
                new Rule(
                        "core has no clock",
                        noClasses()
                                .that()
                                .resideInAnyPackage("dev.halftone.core..", BAD + ".core..")
                                .should()
                                .callMethod(System.class, "nanoTime")
                                .orShould()
                                .callMethod(System.class, "currentTimeMillis")
                                .orShould()
                                .callMethod(java.time.Instant.class, "now"),
                        "core.clock"),
                new Rule(
                        "core has no threads",
                        noClasses()
                                .that()
                                .resideInAnyPackage("dev.halftone.core..", BAD + ".core..")
                                .should()
                                .dependOnClassesThat()
                                .areAssignableTo(Thread.class)
                                .orShould()
                                .dependOnClassesThat()
                                .areAssignableTo(java.util.concurrent.Executor.class),
                        "core.threads"),
                new Rule(
                        "no class is a helper",
                        noClasses()
                                .that()
                                .resideInAPackage("dev.halftone..")
                                .should()
                                .haveNameMatching(".*(Util|Utils|Helper|Common|Manager)"),
                        "naming"));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void rule_product_holds(Rule rule) {
        rule.rule.check(PRODUCT);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void rule_badExample_bites(Rule rule) {
        JavaClasses bad = new ClassFileImporter().importPackages(BAD + "." + rule.badPackage);
        assertThat(bad).as("the bad example").isNotEmpty();
        assertThat(rule.rule.evaluate(bad).hasViolation()).as(rule.name).isTrue();
    }
}
