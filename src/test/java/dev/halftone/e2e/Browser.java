package dev.halftone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A real headless Chromium, which notes what its console said and which hosts it asked. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ChromeDriver driver;
    private final Set<String> hosts = new TreeSet<>();

    Browser(int width, int height) {
        ChromeOptions options = new ChromeOptions();
        options.addArguments(
                "--headless=new", "--no-sandbox", "--hide-scrollbars", "--window-size=" + width + "," + height);
        options.setBinary("/usr/bin/chromium");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        driver = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(new File("/usr/bin/chromedriver"))
                        .usingAnyFreePort()
                        .build(),
                options);
        if (width < 500) {
            driver.executeCdpCommand(
                    "Emulation.setDeviceMetricsOverride",
                    Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", true));
        }
    }

    void open(String url) {
        driver.get(url);
    }

    void remember(String key, String value) {
        script("localStorage.setItem(arguments[0], arguments[1])", key, value);
    }

    Object script(String code, Object... arguments) {
        return ((JavascriptExecutor) driver).executeScript(code, arguments);
    }

    /** The text of the page as a person sees it. */
    String text() {
        return driver.findElement(By.tagName("body")).getText();
    }

    void awaitText(String wanted) {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(text()).contains(wanted));
    }

    String text(String css) {
        return driver.findElement(By.cssSelector(css)).getText();
    }

    void press(String name) {
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptionsMatching(StaleElementReferenceException.class::isInstance)
                .until(() -> {
                    for (WebElement button :
                            driver.findElements(By.cssSelector("dialog[open] button, :not(dialog) button"))) {
                        boolean inFront = driver.findElements(By.cssSelector("dialog[open]"))
                                        .isEmpty()
                                || !button.findElements(By.xpath("ancestor::dialog"))
                                        .isEmpty();
                        if (inFront
                                && button.isDisplayed()
                                && button.isEnabled()
                                && button.getText().equals(name)) {
                            button.click();
                            return true;
                        }
                    }
                    return false;
                });
    }

    boolean isEnabled(String name) {
        return driver.findElements(By.tagName("button")).stream()
                .anyMatch(button -> button.getText().equals(name) && button.isEnabled());
    }

    void type(String id, String text) {
        WebElement field = driver.findElement(By.id(id));
        field.clear();
        field.sendKeys(text);
    }

    void follow(String linkText) {
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            driver.findElement(By.linkText(linkText)).click();
            return true;
        });
    }

    String cookie(String name) {
        var cookie = driver.manage().getCookieNamed(name);
        return cookie == null ? "" : "HttpOnly " + cookie.isHttpOnly() + ", SameSite " + cookie.getSameSite();
    }

    void screenshot(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    }

    /** What the page's console said so far, but for answers that a test provoked. */
    List<String> console() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(entry -> entry.getMessage())
                .toList();
    }

    /** Hosts and ports that were asked for anything so far. */
    Set<String> hosts() {
        java.util.regex.Pattern url = java.util.regex.Pattern.compile("\"url\":\"(?:https?|wss?)://([^/\"]+)");
        driver.manage().logs().get(LogType.PERFORMANCE).getAll().forEach(entry -> {
            if (entry.getMessage().contains("Network.requestWillBeSent\"")) {
                var found = url.matcher(entry.getMessage());
                while (found.find()) {
                    hosts.add(found.group(1));
                }
            }
        });
        return hosts;
    }

    /** Accessibility faults of the page as it is, by axe-core: serious and critical ones. */
    List<String> faults() {
        return new AxeBuilder()
                .analyze(driver).getViolations().stream()
                        .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
                        .map(Browser::words)
                        .toList();
    }

    private static String words(Rule rule) {
        StringBuilder words = new StringBuilder(rule.getId() + ": " + rule.getHelp());
        rule.getNodes().forEach(node -> words.append("\n  ").append(node.getHtml()));
        return words.toString();
    }

    boolean isWiderThanScreen() {
        return (Boolean) script("return document.documentElement.scrollWidth > document.documentElement.clientWidth");
    }

    @Override
    public void close() {
        driver.quit();
    }
}
