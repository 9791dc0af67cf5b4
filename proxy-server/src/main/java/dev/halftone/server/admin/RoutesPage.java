package dev.halftone.server.admin;

import dev.halftone.core.analysis.CheckResult;
import dev.halftone.core.analysis.VersionStats;
import dev.halftone.core.rollout.RolloutState;
import dev.halftone.server.control.RouteStatus;
import java.util.List;
import java.util.Locale;

/** The page at {@code /}: all routes at a glance, made on the server, without scripts; asks for itself anew. Any thread. */
final class RoutesPage {
    private static final String STYLE =
            "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1f;background:#fff}"
                    + "h1{font-size:1.3rem}h2{font-size:1.1rem;margin:1.8rem 0 .3rem}table{border-collapse:collapse;width:100%}"
                    + "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}td.n{text-align:right;font-variant-numeric:tabular-nums}"
                    + "th.n{text-align:right}.breach,.rolledBack,.aborted{color:#b3261e;font-weight:600}.healthy,.progressing,.promoted{color:#146c2e;font-weight:600}"
                    + ".muted{color:#666}@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16161a}th,td{border-color:#333}"
                    + ".breach,.rolledBack,.aborted{color:#ff8a80}.healthy,.progressing,.promoted{color:#7bd88f}.muted{color:#aaa}}";

    private RoutesPage() {}

    /** Allows this style and nothing else. */
    static String contentSecurityPolicy() {
        return "default-src 'none'; style-src 'sha256-" + sha256(STYLE)
                + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static String sha256(String text) {
        try {
            byte[] digest = java.security.MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return java.util.Base64.getEncoder().encodeToString(digest);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String html(List<RouteStatus> routes) {
        StringBuilder out = new StringBuilder(
                        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Halftone</title>")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .append("<meta http-equiv=\"refresh\" content=\"2\"><style>")
                .append(STYLE)
                .append(
                        "</style></head><body><h1>Halftone</h1><p class=\"muted\">Figures of the analysis window. This page asks anew every 2 seconds; commands are given with <code>halftone</code>.</p>");
        routes.forEach(route -> route(route, out));
        return out.append("</body></html>\n").toString();
    }

    private static void route(RouteStatus status, StringBuilder out) {
        RolloutState state = status.state();
        out.append("<h2>").append(escaped(status.route().name())).append("</h2>");
        if (state == null) {
            out.append("<p class=\"muted\">No canary: all requests go to ")
                    .append(escaped(status.route().stable().name()))
                    .append(".</p>");
        } else {
            String phase = state.phase().label();
            out.append("<p>Release <b>")
                    .append(escaped(state.release()))
                    .append("</b>: <span class=\"")
                    .append(phase)
                    .append("\">")
                    .append(phase)
                    .append("</span>, <b>")
                    .append(state.ratio())
                    .append(" %</b> of users on the canary. <span class=\"muted\">")
                    .append(escaped(state.reason()))
                    .append("</span></p>");
        }
        out.append(
                "<table><tr><th>version</th><th class=\"n\">requests</th><th class=\"n\">errors</th><th class=\"n\">error rate</th><th class=\"n\">p50</th><th class=\"n\">p99</th></tr>");
        version("stable", status.stable(), out);
        if (state != null) {
            version("canary", status.canary(), out);
        }
        out.append("</table>");
        for (CheckResult check : status.checks()) {
            String verdict = check.verdict().label();
            out.append("<p>Check ")
                    .append(escaped(check.check()))
                    .append(": <span class=\"")
                    .append(verdict)
                    .append("\">")
                    .append(verdict)
                    .append("</span> <span class=\"muted\">")
                    .append(escaped(check.why()))
                    .append("</span></p>");
        }
    }

    private static void version(String name, VersionStats stats, StringBuilder out) {
        out.append("<tr><td>").append(name).append("</td>");
        cell(Long.toString(stats.requests()), out);
        cell(Long.toString(stats.errors()), out);
        cell(figure("%.2f %%", stats.errorRate() * 100), out);
        cell(figure("%.1f ms", stats.p50()), out);
        cell(figure("%.1f ms", stats.p99()), out);
        out.append("</tr>");
    }

    private static void cell(String text, StringBuilder out) {
        out.append("<td class=\"n\">").append(text).append("</td>");
    }

    private static String figure(String format, double value) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, format, value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
