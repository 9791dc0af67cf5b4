"""System calls that Halftone makes for a request, by name."""

import os
import re
import signal
import subprocess
import time

import load
from proxies import HALFTONE_PROXY, start_upstream

ATTACH_SECONDS = 10


def run(connections, workshop, settings, say):
    """(requests, {name: calls}) of one run under strace; RuntimeError if strace may not look."""
    upstream, _ = start_upstream(workshop, settings.cores.upstream)
    try:
        running = HALFTONE_PROXY.start(workshop, upstream, settings.cores.proxy, settings.max_connections)
        say("syscalls: warming up")
        load.run(running.port, load.Work(), connections, max(settings.warmup, 1), settings.cores.load)
        say("syscalls: counting")
        counts = os.path.join(workshop.folder, "strace.txt")
        strace = workshop.start(
            ["strace", "-c", "-f", "-q", "-o", counts, "-p", str(running.group.pid)],
            settings.cores.load,
            workshop.folder,
        )
        _wait_until_traced(strace, running.group.pid)
        seen = load.run(running.port, load.Work(), connections, settings.seconds, settings.cores.load)
        os.kill(strace.pid, signal.SIGINT)
        strace.process.wait(ATTACH_SECONDS)
        with open(counts, encoding="utf-8") as table_:
            return seen.requests, parse(table_.read())
    finally:
        workshop.stop_all()


def _wait_until_traced(strace, pid):
    """All threads: those that have no tracer yet would not be counted."""
    end = time.monotonic() + ATTACH_SECONDS
    while time.monotonic() < end and strace.process.poll() is None:
        if all(_is_traced(pid, thread) for thread in os.listdir(f"/proc/{pid}/task")):
            return
        time.sleep(0.05)
    raise RuntimeError("strace could not attach (expected: root, or kernel.yama.ptrace_scope 0)")


def _is_traced(pid, thread):
    try:
        with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as status:
            return not re.search(r"TracerPid:\s+0\n", status.read())
    except FileNotFoundError:
        return True  # the thread has ended


def parse(text):
    """strace's summary: columns are time, seconds, usecs/call, calls, errors (may be blank), name."""
    calls = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 5 and re.fullmatch(r"[\d.]+", fields[0]) and fields[-1] != "total":
            calls[fields[-1]] = int(fields[3])
    return calls


def table(requests, calls):
    lines = [["system calls", "for each request", "in all"]]
    for name, count in sorted(calls.items(), key=lambda item: -item[1]):
        if count * 1000 >= requests:
            lines.append([name, f"{count / requests:.3f}", str(count)])
    total = sum(calls.values())
    lines.append(["all", f"{total / requests:.3f}", str(total)])
    return lines


def table_note(requests, seconds):
    return f"{requests} requests in {seconds} s, slowed down by being watched; the JVM's own threads are counted too."
