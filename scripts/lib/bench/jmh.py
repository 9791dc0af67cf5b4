"""JMH's result file as a table: medians of ns and of bytes for each operation."""

import json
import statistics
import sys

import report

ALLOCATED = "gc.alloc.rate.norm"
# Below this it is what JMH's own machinery takes, spread over all operations.
NOTHING_BYTES = 0.5


def _median(metric):
    return statistics.median(value for fork in metric["rawData"] for value in fork)


def _allocated(metrics):
    # JMH marks its secondary metrics with a middle dot in some versions.
    for name, metric in metrics.items():
        if name.lstrip("·") == ALLOCATED:
            return _median(metric)
    raise KeyError(ALLOCATED)


def rows(results):
    """(benchmark, ns for each operation, bytes for each operation)"""
    for result in results:
        name = ".".join(result["benchmark"].split(".")[-2:])
        parameters = result.get("params") or {}
        if parameters:
            name += " " + ", ".join(f"{value} {key}" for key, value in parameters.items())
        allocated = _allocated(result["secondaryMetrics"])
        shown = "0" if allocated < NOTHING_BYTES else f"{allocated:.0f}"
        yield [name, f"{_median(result['primaryMetric']):.1f}", shown]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    if results:
        print(f"Java {results[0]['jdkVersion']}, medians")
    print(report.table([["", "ns/op", "B/op"], *rows(results)], markdown=False))


if __name__ == "__main__":
    main()
