package dev.halftone.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads the admin API's JSON. */
final class Nodes {
    private Nodes() {}

    /** The elements of the array that this answer is, or that it holds under this name. */
    static List<JsonNode> list(JsonNode answer, String name) {
        JsonNode array = answer.isArray() ? answer : answer.path(name);
        List<JsonNode> elements = new ArrayList<>();
        array.forEach(elements::add);
        return elements;
    }

    /** A number, or NaN where the API has none. */
    static double number(JsonNode node) {
        return node.isNumber() ? node.doubleValue() : Double.NaN;
    }

    /** Text without what would steer a terminal; names and reasons come from outside. */
    static String text(JsonNode node) {
        return node.isNull() || node.isMissingNode() ? "" : plain(node.asText());
    }

    static String plain(String text) {
        return text.replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "?");
    }
}
