"""What is measured, and what is wanted of it."""

import re
from dataclasses import dataclass, field, replace

from load import Work
from proxies import CADDY, CHECKS, HALFTONE_PROXY, HAPROXY, NGINX, NO_CHECKS, ONE_CHECK, RELAY, Proxy, variant

MANY_ROUTES = 10_000


@dataclass(frozen=True)
class Entry:
    """One row: a proxy under one load."""

    name: str
    proxy: Proxy
    connections: int
    work: Work


@dataclass(frozen=True)
class Target:
    """`measure` of row `row` against that of row `beside`: wanted at most (or at least) `limit` times as much."""

    measure: str  # cpu, per_second or p99
    row: str
    beside: str
    limit: float
    at_least: bool = False

    def is_reached(self, ratio):
        return ratio >= self.limit if self.at_least else ratio <= self.limit


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    entries: list
    targets: list = field(default_factory=list)

    @property
    def connections(self):
        """The most that are open at once."""
        return max(entry.connections for entry in self.entries)


def _side_by_side(work, connections, proxies=(NGINX, HAPROXY, CADDY, RELAY, HALFTONE_PROXY)):
    return [Entry(proxy.name, proxy, connections, work) for proxy in proxies]


def _cpu(beside, limit, row="halftone"):
    return Target("cpu", row, beside, limit)


def _small():
    return Scenario(
        "small",
        "100 B, 64 connections",
        _side_by_side(Work(), 64),
        [
            *(_cpu("nginx", 0.80), _cpu("haproxy", 0.80), _cpu("relay", 1.20)),
            Target("per_second", "halftone", "nginx", 1.15, at_least=True),
            Target("p99", "halftone", "nginx", 1.00),
        ],
    )


def _one_connection():
    return Scenario("one", "100 B, 1 connection", _side_by_side(Work(), 1))


def _many_connections():
    few = variant(HALFTONE_PROXY, "halftone-64")
    return Scenario(
        "thousand",
        "100 B, 1000 connections",
        [*_side_by_side(Work(), 1000), Entry(few.name, few, 64, Work())],
        [_cpu("halftone-64", 1.15)],
    )


def _medium():
    work = Work("/16k", response_bytes=16 * 1024)
    return Scenario("16k", "16 KB, 64 connections", _side_by_side(work, 64), [_cpu("nginx", 0.85)])


def _large():
    work = Work("/1m", response_bytes=1024 * 1024)
    targets = [_cpu("nginx", 0.40), _cpu("haproxy", 0.70)]
    return Scenario("1m", "1 MB, 64 connections", _side_by_side(work, 64), targets)


def _upload():
    work = Work("/upload", "POST", request_bytes=64 * 1024)
    return Scenario("post", "POST of 64 KB, 64 connections", _side_by_side(work, 64))


def _routes():
    one = variant(HALFTONE_PROXY, "halftone-1-route", routes=1, checks=ONE_CHECK)
    many = variant(HALFTONE_PROXY, "halftone-10k-routes", routes=MANY_ROUTES, checks=ONE_CHECK)
    entries = [
        Entry("nginx", NGINX, 64, Work(routes=MANY_ROUTES)),
        Entry(one.name, one, 64, Work(routes=MANY_ROUTES)),
        Entry(many.name, many, 64, Work(routes=MANY_ROUTES)),
    ]
    title = "100 B, 64 connections, the same 1000 requests to 1000 hosts and paths: 1 and 10 000 routes"
    return Scenario("routes", title, entries, [_cpu(one.name, 1.10, many.name)])


def _access_log():
    nginx_log = variant(NGINX, "nginx-log", log=True)
    halftone_log = variant(HALFTONE_PROXY, "halftone-log", log=True)
    entries = _side_by_side(Work(), 64, (NGINX, nginx_log, HALFTONE_PROXY, halftone_log))
    title = "100 B, 64 connections, access log to a file off and on"
    return Scenario("log", title, entries, [_cpu("halftone", 1.10, halftone_log.name)])


def _analysis():
    off = variant(HALFTONE_PROXY, "halftone-0-checks", checks=NO_CHECKS)
    on = variant(HALFTONE_PROXY, "halftone-3-checks", checks=CHECKS)
    return Scenario("analysis", "100 B, 64 connections, without checks and with three", _side_by_side(Work(), 64, (NGINX, off, on)))


def all_scenarios():
    return [
        *(_small(), _one_connection(), _many_connections(), _medium(), _large()),
        *(_upload(), _routes(), _access_log(), _analysis()),
    ]


def with_connections(scenario, connections):
    """The same with another number of connections in every row; what is wanted holds for its own number only."""
    entries = [replace(entry, connections=connections) for entry in scenario.entries]
    title = re.sub(r"\d+ connections?", f"{connections} connections", scenario.title)
    return replace(scenario, title=title, entries=entries, targets=[])


def quick_scenarios():
    """Each kind of proxy once, for a moment: proves that the bench runs, measures nothing."""
    with_log = variant(HALFTONE_PROXY, "halftone-log", log=True)
    entries = _side_by_side(Work(), 64, (NGINX, HAPROXY, CADDY, RELAY, with_log))
    return [Scenario("quick", "100 B, 64 connections, cold and for a moment: no figures to quote", entries)]
