"""The side-by-side bench; see docs/benchmarks.md. Run by scripts/bench."""

import argparse
import sys

import dashboard
import idle
import machine
import measure
import mirror
import proxies
import report
import scenarios
import syscalls
from processes import Workshop

IDLE_FDS_SPARE = 200


def _arguments():
    names = [scenario.name for scenario in scenarios.all_scenarios()]
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Halftone beside nginx, HAProxy, Caddy and a TCP relay, on this machine."
    )
    parser.add_argument("--scenario", action="append", choices=names, metavar="NAME", help="one of " + ", ".join(names))
    parser.add_argument("--rounds", type=_positive, default=5, metavar="N", help="rounds for the medians (default: 5)")
    parser.add_argument("--seconds", type=_positive, default=5, metavar="N", help="seconds of load each (default: 5)")
    parser.add_argument("--warmup", type=_whole, default=15, metavar="N", help="seconds before the first round (default: 15)")
    parser.add_argument("--connections", type=_positive, metavar="N", help="instead of the scenario's own")
    parser.add_argument("--idle", type=_positive, metavar="N", help="measure memory for each of N idle connections instead")
    parser.add_argument("--syscalls", action="store_true", help="count Halftone's system calls for each request instead")
    parser.add_argument("--dashboard", action="store_true", help="what an open dashboard costs instead, in a real browser")
    parser.add_argument("--mirror", action="store_true", help="what copies to the canary cost their originals instead")
    parser.add_argument("--quick", action="store_true", help="a moment of everything, to see that it runs; no figures")
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    parser.add_argument("--json", metavar="FILE", help="write every round's figures to FILE too")
    parser.add_argument("--java", default="java", help=argparse.SUPPRESS)
    return parser.parse_args()


def _whole(text):
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} (expected: a whole number)")
    return int(text)


def _positive(text):
    if _whole(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} (expected: 1 or more)")
    return int(text)


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _chosen(arguments):
    if arguments.quick:
        return scenarios.quick_scenarios()
    chosen = [one for one in scenarios.all_scenarios() if not arguments.scenario or one.name in arguments.scenario]
    if arguments.connections:
        chosen = [scenarios.with_connections(one, arguments.connections) for one in chosen]
    return chosen


def _settings(arguments, open_files):
    # A proxy needs two file descriptors for each connection; HAProxy refuses to start with more than it may open.
    most = (open_files - IDLE_FDS_SPARE) // 2
    cores = machine.Cores.choose()
    if arguments.quick:
        return measure.Settings(1, 1, 0, cores, most)
    return measure.Settings(arguments.rounds, arguments.seconds, arguments.warmup, cores, most)


def main():
    arguments = _arguments()
    settings = _settings(arguments, machine.raise_open_files())
    facts = machine.describe(settings.cores, arguments.java, proxies.HALFTONE)
    facts.append(
        ("rounds", f"{settings.rounds} interleaved rounds of {settings.seconds} s after {settings.warmup} s of warm-up (others than Halftone: at most 2 s); medians")
    )
    print(report.facts(facts, arguments.markdown))
    results, extra = [], {}
    with Workshop() as workshop:
        if arguments.idle or arguments.quick:
            connections = arguments.idle or 50
            peers = () if arguments.quick else (proxies.NGINX,)
            rows = idle.run(connections, peers, workshop, settings, _say)
            print(report.table(idle.table(rows, connections), arguments.markdown) + "\n")
            extra["idle"] = [idle.as_dict(row, connections) for row in rows]
        if arguments.syscalls:
            requests, calls = syscalls.run(arguments.connections or 64, workshop, settings, _say)
            print(report.table(syscalls.table(requests, calls), arguments.markdown))
            print(syscalls.table_note(requests, settings.seconds) + "\n")
            extra["syscalls"] = {"requests": requests, "calls": calls}
        if arguments.dashboard:
            seen = dashboard.run(workshop, settings, _say)
            print(report.table(dashboard.table(seen[0]), arguments.markdown) + "\n" + dashboard.note(*seen) + "\n")
            extra["dashboard"] = dashboard.as_dict(*seen)
        if arguments.mirror:
            stretches = mirror.run(workshop, settings, _say)
            print(report.table(mirror.table(stretches), arguments.markdown) + "\n" + mirror.note(stretches) + "\n")
            extra["mirror"] = mirror.as_dict(stretches)
        if not (arguments.idle or arguments.syscalls or arguments.dashboard or arguments.mirror):
            for scenario in _chosen(arguments):
                result = measure.run(scenario, workshop, settings, _say)
                results.append(result)
                print(report.scenario(result, arguments.markdown), flush=True)
            print(report.notes(proxies.NOTES, arguments.markdown))
    if arguments.json:
        report.write_json(arguments.json, facts, results, extra)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        _say("scripts/bench: interrupted")
        sys.exit(130)
    except RuntimeError as failure:
        _say(f"scripts/bench: {failure}")
        sys.exit(1)
