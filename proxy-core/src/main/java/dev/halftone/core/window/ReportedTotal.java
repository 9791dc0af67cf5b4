package dev.halftone.core.window;

import dev.halftone.core.Version;

/** All that was reported of one custom metric of one route and version since the process began, counted or not. */
public record ReportedTotal(int routeId, Version version, String metric, Reported reported) {}
