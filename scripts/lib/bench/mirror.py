"""What copies to the canary cost their originals: the same proxy and load, with and without, by turns in one run."""

import json
import os
import random
import select
import socket
import statistics
import struct
import time
import urllib.request
from collections import deque
from dataclasses import dataclass

from proxies import HALFTONE, Running, fill, start_upstream
from processes import free_ports

PER_SECOND = 1000
CONNECTIONS = 16
PLAIN, AGAIN, TENTH, ALL = "plain", "plain again", "10 % copied", "all copied"
KINDS = {PLAIN: "/plain/", AGAIN: "/plain/", TENTH: "/tenth/", ALL: "/all/"}
QUANTILES = (0.5, 0.99)
# Linux: when the kernel took the bytes in, so that a client which is scheduled late does not look like a slow proxy.
SO_TIMESTAMPNS = 35
RESAMPLES = 2000
WANTED = 1.05


@dataclass(frozen=True)
class Stretch:
    """One kind of request for a while: latencies in microseconds at QUANTILES."""

    kind: str
    requests: int
    latencies: tuple


def run(workshop, settings, say):
    """All stretches, in rounds of one of each kind."""
    upstream, _ = start_upstream(workshop, settings.cores.upstream)
    running = _start(workshop, upstream, settings.cores.proxy)
    dice = random.Random(1)
    stretches = []
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {settings.cores.load})
    try:
        with Load(running.port, dice) as load:
            say(f"mirror: warming up for {settings.warmup} s")
            for path in set(KINDS.values()):
                load.send(path, max(1, settings.warmup) / len(set(KINDS.values())))
            for number in range(settings.rounds):
                say(f"mirror: round {number + 1} of {settings.rounds}")
                kinds = list(KINDS)
                dice.shuffle(kinds)
                for kind in kinds:
                    taken = sorted(load.send(KINDS[kind], settings.seconds))
                    quantiles = tuple(taken[int(share * len(taken))] for share in QUANTILES)
                    stretches.append(Stretch(kind, len(taken), quantiles))
    finally:
        os.sched_setaffinity(0, allowed)
    _check(running.admin, stretches)
    workshop.stop_all()
    return stretches


def _start(workshop, upstream, core):
    folder = workshop.new_folder("halftone-mirror")
    port, admin = free_ports(2)
    values = {"dir": folder, "port": port, "admin": admin, "stable": upstream.stable, "canary": upstream.canary}
    config = fill("halftone-mirror.yaml", folder, values)
    group = workshop.start([HALFTONE, "serve", "-c", config], core, folder)
    group.wait_for(port)
    return Running(group, port, admin)


def _check(admin, stretches):
    """RuntimeError unless copies were made: most of one route's requests, about a tenth of the other's, none of the plain one's."""
    copied = {name: _copies(admin, name) for name in ("plain", "tenth", "all")}
    asked = {kind: sum(one.requests for one in stretches if one.kind == kind) for kind in KINDS}
    if copied["plain"] or copied["all"] < asked[ALL] / 2 or not 0.05 < copied["tenth"] / asked[TENTH] < 0.5:
        raise RuntimeError(f"copies {copied} of {asked} (expected: none of plain, about a tenth, nearly all)")


def _copies(admin, route):
    url = f"http://127.0.0.1:{admin}/api/v1/routes/{route}"
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (loopback)
        results = json.load(answer)["mirrored"]
    return results["same"] if results else 0


class Load:
    """Requests at chance moments (Poisson), on the connection that has been free longest; open loop up to CONNECTIONS."""

    def __init__(self, port, dice):
        self._port = port
        self._dice = dice
        self._free = deque(self._connect() for _ in range(CONNECTIONS))

    def _connect(self):
        client = socket.create_connection(("127.0.0.1", self._port), 10)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        return client

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while self._free:
            self._free.pop().close()

    def send(self, path, seconds):
        """Microseconds that each request took."""
        request = f"GET {path} HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: bench\r\n\r\n".encode()
        busy, taken = {}, []
        now = time.monotonic()
        end, due = now + seconds, now
        while now < end or busy:
            if self._free and due <= now < end:
                client = self._free.popleft()
                busy[client] = time.time_ns()
                client.sendall(request)
                due += self._dice.expovariate(PER_SECOND)
            wait = max(0.0, min(due, end) - now) if now < end and self._free else 1.0
            ready, _, _ = select.select(list(busy), [], [], wait)
            for client in ready:
                received, is_last = _received(client)
                taken.append((received - busy.pop(client)) / 1000)
                if is_last:
                    client.close()
                    client = self._connect()
                self._free.append(client)
            now = time.monotonic()
        return taken


def _received(client):
    """When the kernel had the answer, in nanoseconds, and whether the connection ends with it; it is small enough to come whole."""
    answer, messages, _, _ = client.recvmsg(65536, 256)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"answer {answer[:200]!r} (expected: 200)")
    for _, kind, data in messages:
        if kind == SO_TIMESTAMPNS:
            seconds, nanos = struct.unpack("qq", data[:16])
            return seconds * 1_000_000_000 + nanos, b"\r\nconnection: close\r\n" in answer.lower()
    raise RuntimeError("no time of arrival (expected: from Linux)")


def ratios(stretches, kind, quantile):
    """Median over rounds of this kind's latency to the plain one's, and the ends of its 95 % interval."""
    at = QUANTILES.index(quantile)
    of = {name: [one.latencies[at] for one in stretches if one.kind == name] for name in (kind, PLAIN)}
    each = [one / plain for one, plain in zip(of[kind], of[PLAIN])]
    dice = random.Random(2)
    medians = sorted(statistics.median(dice.choices(each, k=len(each))) for _ in range(RESAMPLES))
    return statistics.median(each), medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES)]


def table(stretches):
    lines = [["", "p50 µs", "to plain", "p99 µs", "to plain"]]
    for kind in KINDS:
        line = [kind]
        for at, quantile in enumerate(QUANTILES):
            line.append(f"{statistics.median(one.latencies[at] for one in stretches if one.kind == kind):.0f}")
            line.append("" if kind == PLAIN else "{:.3f} ({:.3f} to {:.3f})".format(*ratios(stretches, kind, quantile)))
        lines.append(line)
    return lines


def note(stretches):
    rounds = sum(one.kind == PLAIN for one in stretches)
    return (
        f"{PER_SECOND} requests/s at chance moments, {CONNECTIONS} connections, answers of 100 bytes; {rounds} rounds, each kind once in"
        " each, in an order drawn by lot. Times until the kernel has the answer. Medians over rounds; in brackets 95 % of the bootstrap's."
        f" Wanted: at most {WANTED} at p99."
    )


def as_dict(stretches):
    return [vars(one) for one in stretches]
