"""Runs a scenario: every proxy in turn, round after round."""

import http.client
import statistics
from dataclasses import dataclass

import load
from proxies import allocated_bytes, start_upstream

MICROS = 1e6
# What is machine code from the start has only its connections to open.
NATIVE_WARMUP_SECONDS = 2


@dataclass(frozen=True)
class Sample:
    """One entry in one round. CPU in microseconds for each request, latencies in milliseconds, memory in bytes."""

    per_second: float
    cpu: float
    user: float
    system: float
    p50: float
    p99: float
    pss: int
    rss: int
    failed: int
    allocated: float | None


@dataclass(frozen=True)
class Settings:
    rounds: int
    seconds: int
    warmup: int
    cores: object
    max_connections: int


class Result:
    """All samples of a scenario, by the entries' names, in the order of the rounds."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.samples = {entry.name: [] for entry in scenario.entries}

    def median(self, name, measure):
        return statistics.median(getattr(sample, measure) for sample in self.samples[name])

    def failed(self, name):
        return sum(sample.failed for sample in self.samples[name])

    def allocated(self, name):
        known = [sample.allocated for sample in self.samples[name] if sample.allocated]
        return statistics.median(known) if known else None

    def ratios(self, measure, name, beside):
        """Round by round, so that what the machine does to both falls out; smallest first."""
        pairs = zip(self.samples[name], self.samples[beside])
        return sorted(getattr(one, measure) / max(getattr(other, measure), 1e-9) for one, other in pairs)

    def ratio(self, measure, name, beside):
        return statistics.median(self.ratios(measure, name, beside))


def run(scenario, workshop, settings, say):
    """A Result; RuntimeError if a proxy does not start or does not do its work."""
    upstream, _ = start_upstream(workshop, settings.cores.upstream)
    running = {}
    try:
        for entry in scenario.entries:
            running[entry.name] = entry.proxy.start(
                workshop, upstream, settings.cores.proxy, settings.max_connections
            )
        _check(scenario, running)
        if settings.warmup:
            for entry in scenario.entries:
                say(f"{scenario.name}: warming up {entry.name}")
                warmup = settings.warmup if entry.proxy.is_compiled_late else min(settings.warmup, NATIVE_WARMUP_SECONDS)
                _load(entry, running, warmup, settings)
        result = Result(scenario)
        for number in range(1, settings.rounds + 1):
            for entry in scenario.entries:
                say(f"{scenario.name}: round {number} of {settings.rounds}: {entry.name}")
                result.samples[entry.name].append(_sample(entry, running, settings))
        _check(scenario, running)
        return result
    finally:
        workshop.stop_all()


def _check(scenario, running):
    """Before, so that nothing wrong is measured; after, to see that it stayed so."""
    for entry in scenario.entries:
        try:
            load.check(running[entry.name].port, entry.work, entry.proxy.splits)
        except (RuntimeError, OSError, http.client.HTTPException) as wrong:
            raise RuntimeError(f"{entry.name}: {wrong}") from wrong


def _load(entry, running, seconds, settings):
    return load.run(running[entry.name].port, entry.work, entry.connections, seconds, settings.cores.load)


def _sample(entry, running, settings):
    one = running[entry.name]
    allocated_before = allocated_bytes(one) if entry.proxy.is_compiled_late else None
    before = one.group.cpu()
    seen = _load(entry, running, settings.seconds, settings)
    used = one.group.cpu() - before
    memory = one.group.memory()
    allocated = None
    if allocated_before is not None:
        allocated = (allocated_bytes(one) - allocated_before) / max(seen.requests, 1)
    requests = max(seen.requests, 1)
    return Sample(
        per_second=seen.per_second,
        cpu=used.total * MICROS / requests,
        user=used.user * MICROS / requests,
        system=used.system * MICROS / requests,
        p50=seen.p50,
        p99=seen.p99,
        pss=memory.pss,
        rss=memory.rss,
        failed=seen.failed,
        allocated=allocated,
    )
