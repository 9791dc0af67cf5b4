"""What an open dashboard costs the proxy: many routes with traffic, events as they come, a real browser."""

import json
import os
import socket
import statistics
import threading
import time
import urllib.request
from dataclasses import dataclass

from browser import Browser
from processes import TICKS_PER_SECOND, Cpu
from proxies import CHECKS, HALFTONE_PROXY, ROUTES_OF_A_HOST, start_upstream, variant

ROUTES = 200
EVENTS = 1000
PER_SECOND = 200
SHUT, OPEN = "page shut", "page open"


@dataclass(frozen=True)
class Sample:
    """One stretch: CPU as a share of one core, of the process and of each of its threads by name."""

    name: str
    seconds: float
    total: float
    threads: dict


def run(workshop, settings, say):
    """(samples, seconds until each new ratio was on the page, changes of ratio made); RuntimeError if the page is not live."""
    upstream, _ = start_upstream(workshop, settings.cores.upstream)
    proxy = variant(HALFTONE_PROXY, f"halftone-{ROUTES}-routes", routes=ROUTES, checks=CHECKS)
    running = proxy.start(workshop, upstream, settings.cores.proxy, settings.max_connections)
    browser = Browser(workshop, settings.cores.load)
    stretches = 2 * settings.rounds
    per_second = EVENTS / max(1, stretches // 2 * settings.seconds)
    samples, delays, made = [], [], []
    with Traffic(running.port), Events(running.admin, per_second) as events:
        url = f"http://127.0.0.1:{running.admin}/"
        say(f"dashboard: warming up for {settings.warmup} s with the page open")
        _open(browser, url)
        events.begin()
        time.sleep(settings.warmup)
        events.end()
        for number in range(stretches):
            name = SHUT if number % 2 == 0 else OPEN
            say(f"dashboard: round {number // 2 + 1} of {settings.rounds}: {name}")
            browser.open("about:blank") if name == SHUT else _open(browser, url)
            events.begin()
            samples.append(_sample(name, running, settings.seconds))
            made.append(events.end())
            if name == OPEN:
                delays.append(_live(browser, running.admin, 40 + number))
        if browser.console():
            raise RuntimeError("browser: " + "; ".join(browser.console()))
    browser.close()
    workshop.stop_all()
    return samples, delays, sum(made)


def _open(browser, url):
    browser.open(url)
    browser.wait_for(f"return document.querySelectorAll('table.routes tbody tr').length === {ROUTES}")


def _live(browser, admin, ratio):
    """Seconds from a new ratio until the page shows it."""
    put_ratio(admin, 0, ratio)
    return browser.wait_for(
        "return document.getElementById('connection').dataset.state === 'live'"
        f" && document.querySelector('table.routes tbody tr').innerText.includes('{ratio} %')"
    )


def _sample(name, running, seconds):
    pid = _java(running.group)
    begun, before = time.monotonic(), threads(pid)
    time.sleep(seconds)
    after, passed = threads(pid), time.monotonic() - begun
    used = {}
    for thread, (kind, cpu) in after.items():
        earlier = before[thread][1] if thread in before else Cpu(0, 0)
        used[kind] = used.get(kind, 0) + (cpu - earlier).total / passed
    return Sample(name, passed, sum(used.values()), used)


def _java(group):
    """scripts/halftone becomes it."""
    with open(f"/proc/{group.pid}/comm", encoding="utf-8") as comm:
        if comm.read().strip() != "java":
            raise RuntimeError("the proxy is not a process of its own (expected: scripts/halftone becomes java)")
    return group.pid


KINDS = {
    "halftone-admin": "admin",
    "halftone-contro": "control",  # the kernel keeps fifteen characters
    "halftone-loop": "event loop",
    "C1": "compiler",
    "C2": "compiler",
    "G1": "collector",
    "GC": "collector",
}


def threads(pid):
    """Of each thread by its number: what it does, and its CPU so far."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/stat", encoding="utf-8") as stat:
                head, rest = stat.read().rsplit(")", 1)
        except OSError:
            continue  # it has ended meanwhile
        fields = rest.split()
        name = head.split("(", 1)[1]
        kind = next((kind for start, kind in KINDS.items() if name.startswith(start)), "other")
        found[thread] = (kind, Cpu(int(fields[11]) / TICKS_PER_SECOND, int(fields[12]) / TICKS_PER_SECOND))
    return found


def put_ratio(admin, route, ratio):
    request = urllib.request.Request(
        f"http://127.0.0.1:{admin}/api/v1/routes/route-{route}/ratio",
        json.dumps({"ratio": ratio, "reason": "bench"}).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (loopback)
        answer.read()


class _Paced:
    """A thread that does something so many times a second, until the block is left."""

    def __init__(self, per_second):
        self._gap = 1 / per_second
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._over.set()
        self._thread.join(10)
        if self._failure and kind is None:
            raise RuntimeError(f"{type(self).__name__.lower()}: {self._failure}") from self._failure

    def _run(self):
        number, due = 0, time.monotonic()
        try:
            while not self._over.wait(max(0.0, due - time.monotonic())):
                self._do(number)
                number += 1
                due = max(due + self._gap, time.monotonic() - 1)
        except (OSError, RuntimeError) as failure:
            self._failure = failure


class Traffic(_Paced):
    """Requests to every route in turn, each of another user, on one connection."""

    def __init__(self, port):
        super().__init__(PER_SECOND)
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port), 10)

    def _do(self, number):
        route = number % ROUTES
        self._socket.sendall(
            f"GET /service-{route % ROUTES_OF_A_HOST}/ HTTP/1.1\r\nHost: shop-{route // ROUTES_OF_A_HOST}.example.com\r\n"
            f"Cookie: user_id=user-{number}\r\n\r\n".encode()
        )
        answer = self._socket.recv(65536)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"answer {answer[:200]!r} (expected: 200)")
        if b"\r\nconnection: close\r\n" in answer.lower():
            self._socket.close()
            self._socket = socket.create_connection(("127.0.0.1", self._port), 10)


class Events(_Paced):
    """Changes of ratio, route after route, while a stretch is measured."""

    def __init__(self, admin, per_second):
        super().__init__(per_second)
        self._admin = admin
        self._measured = threading.Event()
        self._made = 0

    def begin(self):
        self._made = 0
        self._measured.set()

    def end(self):
        """How many were made since it began."""
        self._measured.clear()
        return self._made

    def _do(self, number):
        if self._measured.is_set():
            put_ratio(self._admin, 1 + number % (ROUTES - 1), 1 + number // ROUTES % 30)
            self._made += 1


def table(samples):
    kinds = sorted({kind for sample in samples for kind in sample.threads})
    lines = [[f"% of a core, {ROUTES} routes", "whole proxy", *kinds]]
    for name in (SHUT, OPEN):
        lines.append([name, *(f"{value * 100:.2f}" for value in _means(samples, name, kinds))])
    shut, opened = _means(samples, SHUT, kinds), _means(samples, OPEN, kinds)
    lines.append(["the page", *(f"{(after - before) * 100:.2f}" for before, after in zip(shut, opened))])
    return lines


def _means(samples, name, kinds):
    chosen = [sample for sample in samples if sample.name == name]
    columns = [[sample.total for sample in chosen]]
    columns += [[sample.threads.get(kind, 0) for sample in chosen] for kind in kinds]
    return [statistics.mean(column) for column in columns]


def note(samples, delays, made):
    each = ", ".join(f"{sample.name.split()[1]} {sample.total * 100:.2f}" for sample in samples)
    return (
        f"{PER_SECOND} requests/s over all routes; {made} changes of ratio in all, half of them with the page open."
        f" Stretches of {samples[0].seconds:.0f} s: {each}. A new ratio was on the page after "
        + ", ".join(f"{delay:.1f} s" for delay in delays)
        + ". Wanted: the page takes less than 5 % of a core."
    )


def as_dict(samples, delays, made):
    return {"samples": [vars(sample) for sample in samples], "delays": delays, "events": made}
