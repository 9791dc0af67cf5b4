"""Results as text, Markdown or JSON."""

import dataclasses
import json

MIB = 1024 * 1024
HEAD = ["", "requests/s", "CPU µs/req", "user", "system", "p50 ms", "p99 ms", "PSS MiB", "failed", "alloc B/req"]
HEAD += ["× nginx", "× haproxy", "× relay"]
MEASURES = {"cpu": "CPU per request", "per_second": "requests/s", "p99": "p99"}


def _rows(result):
    names = [entry.name for entry in result.scenario.entries]
    rows = []
    for name in names:
        allocated = result.allocated(name)
        row = [
            name,
            f"{result.median(name, 'per_second'):.0f}",
            _figure(result.median(name, "cpu")),
            _figure(result.median(name, "user")),
            _figure(result.median(name, "system")),
            f"{result.median(name, 'p50'):.2f}",
            f"{result.median(name, 'p99'):.2f}",
            f"{result.median(name, 'pss') / MIB:.0f}",
            str(result.failed(name)),
            f"{allocated:.0f}" if allocated is not None else "",
        ]
        for peer in ("nginx", "haproxy", "relay"):
            compared = peer in names and peer != name
            row.append(f"{result.ratio('cpu', name, peer):.2f}" if compared else "")
        rows.append(row)
    return rows


def _figure(value):
    return f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def _without_empty_columns(table):
    kept = [i for i in range(len(table[0])) if any(row[i] for row in table[1:])]
    return [[row[i] for i in kept] for row in table]


def _verdicts(result):
    """(what, ratio with its range, wanted, reached or not)"""
    for target in result.scenario.targets:
        if target.row not in result.samples or target.beside not in result.samples:
            continue
        ratios = result.ratios(target.measure, target.row, target.beside)
        ratio = result.ratio(target.measure, target.row, target.beside)
        yield [
            f"{MEASURES[target.measure]}: {target.row} / {target.beside}",
            f"{ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
            f"{'at least' if target.at_least else 'at most'} {target.limit:.2f}",
            "reached" if target.is_reached(ratio) else "NOT REACHED",
        ]


VERDICT_HEAD = ["ratio, round by round", "median (range)", "wanted", ""]


def _aligned(table):
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _markdown_table(table):
    lines = ["| " + " | ".join(table[0]) + " |", "|---" * len(table[0]) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in table[1:]]
    return "\n".join(lines)


def table(rows, markdown):
    return _markdown_table(rows) if markdown else _aligned(rows)


def heading(text, markdown):
    return f"## {text}" if markdown else f"== {text}"


def scenario(result, markdown):
    parts = [
        heading(result.scenario.title, markdown),
        table(_without_empty_columns([HEAD, *_rows(result)]), markdown),
    ]
    verdicts = list(_verdicts(result))
    if verdicts:
        parts.append(table([VERDICT_HEAD, *verdicts], markdown))
    return "\n\n".join(parts) + "\n"


def facts(lines, markdown):
    mark = "- " if markdown else ""
    return "\n".join(f"{mark}{name}: {text}" for name, text in lines) + "\n"


def notes(lines, markdown):
    return "\n".join(("- " if markdown else "") + line for line in lines)


def write_json(path, facts_, results, extra):
    """Everything that was measured, each round."""
    content = {
        "facts": dict(facts_),
        "scenarios": [
            {
                "name": result.scenario.name,
                "title": result.scenario.title,
                "rounds": {
                    name: [dataclasses.asdict(sample) for sample in samples]
                    for name, samples in result.samples.items()
                },
                "targets": [dict(zip(("what", "ratio", "wanted", "verdict"), line)) for line in _verdicts(result)],
            }
            for result in results
        ],
        **extra,
    }
    with open(path, "w", encoding="utf-8") as out:
        json.dump(content, out, indent=2)
        out.write("\n")
