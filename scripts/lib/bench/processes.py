"""Starts programs on a core, reads what they used, and ends every one of them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
KIB = 1024


@dataclass(frozen=True)
class Cpu:
    """Seconds of CPU."""

    user: float
    system: float

    def __sub__(self, earlier):
        return Cpu(self.user - earlier.user, self.system - earlier.system)

    @property
    def total(self):
        return self.user + self.system


@dataclass(frozen=True)
class Memory:
    """Bytes; shared pages are divided among those who share them in `pss` and counted whole in `rss`."""

    pss: int
    rss: int


class Group:
    """A program and all that it started: one process group."""

    def __init__(self, process, log):
        self.process = process
        self.pid = process.pid
        self._log = log

    def _members(self):
        """(pid, the fields of its stat after the name)."""
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8") as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended meanwhile
            if int(fields[2]) == self.pid:
                yield int(entry), fields

    def cpu(self):
        user = system = 0
        for _, fields in self._members():
            user += int(fields[11])
            system += int(fields[12])
        return Cpu(user / TICKS_PER_SECOND, system / TICKS_PER_SECOND)

    def memory(self):
        pss = rss = 0
        for pid, _ in self._members():
            try:
                with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as rollup:
                    text = rollup.read()
            except OSError:
                continue
            pss += _kib(r"Pss", text)
            rss += _kib(r"Rss", text)
        return Memory(pss * KIB, rss * KIB)

    def wait_for(self, port, seconds=300):
        """Until it listens; RuntimeError with what it printed if it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(self._log, encoding="utf-8", errors="replace") as log:
            said = log.read()[-2000:]
        raise RuntimeError(f"{self.process.args}: does not listen on port {port}; it said:\n{said}")

    def stop(self):
        _signal(self.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            pass  # what is left is killed now
        _signal(self.pid, signal.SIGKILL)
        self.process.wait()


def _kib(name, text):
    found = re.search(name + r":\s+(\d+)", text)
    return int(found.group(1)) if found else 0


def _signal(group, number):
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass  # all of it has ended


class Workshop:
    """A temporary folder and running programs; leaving it ends and removes all. Ctrl-C and SIGTERM leave it too."""

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        self.folder = tempfile.mkdtemp(prefix="halftone-bench-")
        self._groups = []
        return self

    def __exit__(self, *_):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.stop_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_folder(self, name):
        return tempfile.mkdtemp(prefix=name + "-", dir=self.folder)

    def start(self, command, core, folder, environment=None):
        log_path = os.path.join(folder, "output.log")
        with open(log_path, "wb") as log:
            process = subprocess.Popen(
                ["taskset", "-c", str(core), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        group = Group(process, log_path)
        self._groups.append(group)
        return group

    def stop(self, group):
        group.stop()
        self._groups.remove(group)

    def stop_all(self):
        while self._groups:
            self.stop(self._groups[-1])


def _interrupt(*_):
    raise KeyboardInterrupt


_given_ports = set()


def free_ports(count):
    """Ports that nobody listens on, never the same twice, below the range that outgoing connections are given."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="utf-8") as limits:
        lowest = int(limits.read().split()[0])
    found = []
    for port in range(18500, max(lowest, 20000)):
        if port in _given_ports:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        _given_ports.add(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"no {count} free ports from 18500 on")
