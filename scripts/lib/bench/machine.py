"""What the figures were measured on: cores, kernel, versions."""

import datetime
import os
import platform
import re
import resource
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """Which core runs what."""

    proxy: int
    upstream: int
    load: int

    @staticmethod
    def choose():
        """The proxy alone on the first core; the others share what is left."""
        usable = sorted(os.sched_getaffinity(0))
        rest = usable[1:] or usable
        return Cores(proxy=usable[0], upstream=rest[0], load=rest[min(1, len(rest) - 1)])

    def describe(self):
        if self.proxy == self.load:
            return f"everything on core {self.proxy}, the only one: figures of this machine say little"
        if self.upstream == self.load:
            return f"proxy on core {self.proxy}, load (wrk) and upstream (nginx) on core {self.load}"
        return f"proxy on core {self.proxy}, upstream (nginx) on core {self.upstream}, load (wrk) on core {self.load}"


def raise_open_files():
    """As many open files as we may have; returns that number."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _version(pattern, *command):
    found = re.search(pattern, _output(*command))
    return found.group(1) if found else "unknown"


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        found = re.search(r"model name\s*:\s*(.*)", info.read())
    return found.group(1) if found else platform.machine()


def describe(cores, java, halftone):
    """Lines of facts as (name, text), for the head of a report."""
    facts = [
        ("date", datetime.datetime.now().strftime("%Y-%m-%d %H:%M")),
        ("machine", f"{cpu_model()}, {len(os.sched_getaffinity(0))} cores; Linux {platform.release()}"),
        (
            "versions",
            ", ".join(
                [
                    "nginx " + _version(r"nginx/(\S+)", "nginx", "-v"),
                    "HAProxy " + _version(r"version (\d[\d.]*)", "haproxy", "-v"),
                    "Caddy " + _version(r"v?(\d[\d.]*)", "caddy", "version"),
                    "wrk " + _version(r"wrk (?:debian/)?(\S+)", "wrk", "-v"),
                    "Java " + _version(r'version "([^"]+)"', java, "-version"),
                    "Halftone " + _version(r"(\d\S*)", halftone, "version"),
                ]
            ),
        ),
        ("pinned", cores.describe()),
    ]
    options = os.environ.get("HALFTONE_JAVA_OPTS")
    if options:
        facts.append(("HALFTONE_JAVA_OPTS", options))
    return facts
