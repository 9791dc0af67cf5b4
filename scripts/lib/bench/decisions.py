"""Judges beside each other on generated releases: plays them in the JVM, sums them up as tables."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys

import machine
import report

MAIN = "dev.halftone.core.backtest.DecisionBench"
SAFE = ["none", "attacker", "badUser", "sharedIncident", "rampInIncident"]
BAD = [
    "errors0.1to0.5", "errors1to3", "errors30", "errorsLeak", "totalFailure", "median10", "median20", "median50", "p99", "bimodal",
    "drift", "clicksDown30", "attackerAndMedian20", "attackerAndMedian50",
]  # fmt: skip
TITLES = {
    "none": "no change",
    "attacker": "one attacker sends failing requests",
    "badUser": "one user whose data breaks",
    "sharedIncident": "incident of both versions, 20 min",
    "rampInIncident": "1 to 50 % during such an incident",
    "errors0.1to0.5": "errors 0.1 to 0.5 %",
    "errors1to3": "errors 1 to 3 %",
    "errors30": "30 % errors, two minutes",
    "errorsLeak": "errors rising to 2 % in half an hour",
    "totalFailure": "every request fails",
    "median10": "all requests +10 %",
    "median20": "all requests +20 %",
    "median50": "all requests +50 %",
    "p99": "2 % of requests +1.5 s",
    "bimodal": "15 % of requests +150 ms",
    "drift": "slower and slower, +50 % in 40 min",
    "clicksDown30": "click rate -30 %",
    "attackerAndMedian20": "attacker, and +20 %",
    "attackerAndMedian50": "attacker, and +50 %",
}
FAILING = {"errors0.1to0.5", "errors1to3", "errors30", "errorsLeak", "totalFailure"}
JUDGES = ["default", "flagger", "mann-whitney", "z-peeked", "sprt", "movingAverage-60s"]
SINGLES = [
    "threshold", "cusum", "comparison-errors", "comparison-latency", "movingAverage", "movingAverage-3", "ewma", "mannWhitney",
    "mannWhitney-10m", "decomposition-1h", "stream-10s",
]  # fmt: skip
# Canary requests a second: requests of both versions, the canary's share, runs.
TRAFFIC = {0.2: (4, 0.05, 40), 1: (20, 0.05, 40), 10: (200, 0.05, 10), 100: (1000, 0.1, 3)}
ONSET = 900
DAY = 86400


def _arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench-decisions", description=__doc__)
    parser.add_argument("--java", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--classes", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a few short releases; exit status 1 if our default checks err")
    parser.add_argument("--rate", default="1,10,100", help="canary requests a second: 0.2, 1, 10, 100 (default: %(default)s)")
    parser.add_argument("--scenario", default="all", help=f"all, safe, bad, or of: {', '.join(SAFE + BAD)}")
    parser.add_argument("--runs", type=int, help="releases of each kind (default: 40 at 0.2 and 1, 10 at 10, 3 at 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the first release; the next ones follow (default: %(default)s)")
    parser.add_argument("--singles", action="store_true", help="each detector as the only check, instead of other tools' rules")
    parser.add_argument("--judges", help=f"only these, comma-separated, of: {', '.join(dict.fromkeys(JUDGES + SINGLES))}")
    parser.add_argument("--json", action="store_true", help="one line for each release and judge, no tables")
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    parser.add_argument("--results", metavar="FILE", help="what --json printed earlier, instead of playing releases")
    return parser.parse_args()


def _scenarios(chosen):
    named = {"all": SAFE + BAD, "safe": SAFE, "bad": BAD}.get(chosen, chosen.split(","))
    unknown = [name for name in named if name not in TITLES]
    if unknown:
        sys.exit(f"bench-decisions: {unknown[0]} (expected: all, safe, bad, or of: {', '.join(SAFE + BAD)})")
    return named


def _rates(chosen):
    known = {f"{rate:g}": rate for rate in TRAFFIC}
    unknown = [name for name in chosen.split(",") if name not in known]
    if unknown:
        sys.exit(f"bench-decisions: --rate {unknown[0]} (expected: {', '.join(known)})")
    return [known[name] for name in chosen.split(",")]


def _seconds(scenario, rate):
    """A day where nothing happens, an hour after the onset elsewhere; two where there is little to go by."""
    if scenario == "none":
        return DAY if rate <= 10 else ONSET + 3600
    return ONSET + (7200 if rate <= 1 and scenario in BAD else 3600)


def _judges(arguments):
    known = ["default", *SINGLES] if arguments.singles else JUDGES
    if not arguments.judges:
        return known
    chosen = arguments.judges.split(",")
    unknown = [name for name in chosen if name not in JUDGES + SINGLES]
    if unknown:
        sys.exit(f"bench-decisions: --judges {unknown[0]} (expected: {', '.join(dict.fromkeys(JUDGES + SINGLES))})")
    return chosen


def _play(arguments, scenario, rate, runs, seconds, judges):
    requests, share, usual = TRAFFIC[rate]
    command = [arguments.java, "-XX:+UseSerialGC", "-Xmx1g", "-cp", arguments.classes, MAIN, scenario, str(requests), str(share)]
    command += [str(runs or usual), str(arguments.seed), str(seconds), str(ONSET), ",".join(judges)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit("bench-decisions: the JVM failed")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _all(arguments):
    judges = _judges(arguments)
    endings = []
    for rate in _rates(arguments.rate):
        for scenario in _scenarios(arguments.scenario):
            print(f"bench-decisions: {rate:g}/s, {TITLES[scenario]} ...", file=sys.stderr)
            found = _play(arguments, scenario, rate, arguments.runs, _seconds(scenario, rate), judges)
            if arguments.json:
                for ending in found:
                    print(json.dumps(ending))
            endings += found
    return endings


def _median(values):
    """The middle one, the later of two: infinite if half of them are."""
    return sorted(values)[len(values) // 2]


def _is_wrong(ending):
    return ending["at"] is not None and (not ending["bad"] or ending["at"] < ending["onset"])


def _figure(value):
    return "never" if math.isinf(value) else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _wrong_cell(endings):
    """Releases that were wrongly taken back, of how many; how often in a day if begun again each time."""
    if not endings:
        return ""
    wrong = sum(1 for ending in endings if ending["at"] is not None)
    text = f"{wrong}/{len(endings)}"
    if endings[0]["seconds"] >= DAY and wrong:
        text += f" ({statistics.mean(ending['rollbacks'] for ending in endings):.1f} a day)"
    return text


def _found_cells(endings):
    """Median seconds and harmed requests of the runs that were not wrongly taken back before."""
    if not endings:
        return "", ""
    early = sum(map(_is_wrong, endings))
    judged = [ending for ending in endings if not _is_wrong(ending)]
    note = f" [{early}]" if early else ""
    if not judged:
        return note.strip(), ""
    delays = [math.inf if ending["at"] is None else ending["at"] - ending["onset"] for ending in judged]
    found = sum(1 for delay in delays if not math.isinf(delay))
    share = f" ({found}/{len(judged)})" if found < len(judged) else ""
    which = "failed" if endings[0]["scenario"] in FAILING else "served"
    harmed = _median([math.inf if ending["at"] is None else ending[which] for ending in judged])
    return _figure(_median(delays)) + share + note, "" if math.isinf(harmed) else f"{harmed:.0f}"


def _columns(endings):
    return list(dict.fromkeys(ending["judge"] for ending in endings))


def _of(endings, scenario, judge):
    return [ending for ending in endings if ending["scenario"] == scenario and ending["judge"] == judge]


def _tables(endings, markdown):
    judges = _columns(endings)
    for rate in sorted({ending["canaryPerSecond"] for ending in endings}):
        here = [ending for ending in endings if ending["canaryPerSecond"] == rate]
        present = {ending["scenario"] for ending in here}
        safe = [["wrongly taken back", *judges]]
        delays = [["seconds until taken back", *judges]]
        harms = [["requests harmed until then", *judges]]
        for scenario in filter(present.__contains__, SAFE + BAD):
            cells = [_of(here, scenario, judge) for judge in judges]
            if scenario in SAFE:
                hours = cells[0][0]["seconds"] / 3600
                safe.append([f"{TITLES[scenario]}, {hours:.4g} h", *map(_wrong_cell, cells)])
            else:
                found = [_found_cells(cell) for cell in cells]
                delays.append([f"{TITLES[scenario]}, {len(cells[0])} runs", *(delay for delay, _ in found)])
                harms.append([TITLES[scenario], *(harm for _, harm in found)])
        yield report.heading(f"{rate:g} canary request{'' if rate == 1 else 's'} a second", markdown)
        yield from (report.table(rows, markdown) for rows in (safe, delays, harms) if len(rows) > 1)


def _quick(arguments):
    """Whether our default checks do what the tests say, at ten canary requests a second."""
    endings = []
    for scenario, seconds in (("none", 2400), ("attacker", 2400), ("totalFailure", 1000), ("median50", 1200)):
        endings += _play(arguments, scenario, 10, 2, seconds, JUDGES)
    print("\n\n".join(_tables(endings, arguments.markdown)))
    ours = [ending for ending in endings if ending["judge"] == "default"]
    wrong = [ending for ending in ours if _is_wrong(ending) or (ending["bad"] and ending["at"] is None)]
    for ending in wrong:
        print(f"bench-decisions: wrong verdict: {json.dumps(ending)}", file=sys.stderr)
    return 1 if wrong else 0


def _read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main():
    arguments = _arguments()
    if arguments.quick:
        return _quick(arguments)
    endings = _read(arguments.results) if arguments.results else _all(arguments)
    if arguments.json:
        return 0
    seeds = sorted({ending["seed"] for ending in endings})
    facts = [
        ("seeds", f"{seeds[0]} to {seeds[-1]}"),
        ("cells", "median of the runs; (n/m) found, [n] wrongly taken back before the onset and left out"),
        ("harmed", "failed requests of the canary since the onset; for latency and clicks all of its requests since then"),
        ("machine", f"{os.cpu_count()} cores, {machine.cpu_model()}"),
    ]
    print(report.facts(facts, arguments.markdown))
    print("\n\n".join(_tables(endings, arguments.markdown)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
