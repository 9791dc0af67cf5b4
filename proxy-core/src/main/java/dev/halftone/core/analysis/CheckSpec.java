package dev.halftone.core.analysis;

/**
 * One rule over closed slices.
 *
 * @param consecutive how many breaching points in a row make a breach, 1..1000
 */
public record CheckSpec(String name, Metric metric, DetectorSpec detector, int consecutive) {}
