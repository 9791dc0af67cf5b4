package dev.halftone.server.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.halftone.server.config.Shape.ListOf;
import dev.halftone.server.config.Shape.OrNull;
import dev.halftone.server.config.Shape.Unavailable;
import java.nio.file.Path;

/** The configuration described for editors and for people, from the same declarations that the loader reads by. */
public final class ConfigSchema {
    private ConfigSchema() {}

    private static Struct root() {
        return new Grammar(new SettingsBuilder(Path.of(""))).root();
    }

    /** The JSON Schema (draft 2020-12) of the file. */
    public static String json() {
        ObjectNode schema = Shape.object()
                .put("$schema", "https://json-schema.org/draft/2020-12/schema")
                .put("title", "Halftone configuration");
        schema.setAll(root().schema());
        return schema.toPrettyString() + "\n";
    }

    /** The reference as Markdown: one table row for each key. */
    public static String reference() {
        StringBuilder out = new StringBuilder("| key | value | default | meaning |\n|---|---|---|---|\n");
        rows(root(), "", out);
        return out.toString();
    }

    private static void rows(Struct struct, String path, StringBuilder out) {
        for (Struct.Key key : struct.keys()) {
            if (key.shape() instanceof Unavailable) {
                continue;
            }
            Shape shape = key.shape();
            shape = shape instanceof StepsShape steps ? steps.list() : shape;
            String name = path + key.name();
            while (shape instanceof ListOf || shape instanceof OrNull) {
                name += shape instanceof ListOf ? "[]" : "";
                shape = shape instanceof ListOf list ? list.element() : ((OrNull) shape).shape();
            }
            String fallback = key.fallback() == null ? "**required**" : "`" + key.fallback() + "`";
            out.append("| `")
                    .append(name)
                    .append("` | ")
                    .append(cell(key.shape().expected()))
                    .append(" | ");
            out.append(fallback).append(" | ").append(cell(key.description())).append(" |\n");
            if (shape instanceof Struct inner) {
                rows(inner, name + ".", out);
            }
        }
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
