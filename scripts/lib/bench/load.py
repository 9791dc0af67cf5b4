"""Sends requests: a few to see that a proxy does its work, many to measure it."""

import http.client
import os
import re
import subprocess
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
MILLIS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
SAMPLE_USERS = 300
# A tenth of 300 users is 30, give or take 5; the users are the same each time.
LEAST_SHARE, MOST_SHARE = 0.04, 0.17


@dataclass(frozen=True)
class Work:
    """What is asked again and again."""

    path: str = "/"
    method: str = "GET"
    request_bytes: int = 0
    response_bytes: int = 100
    routes: int = 1


@dataclass(frozen=True)
class Run:
    """What wrk saw. Latencies in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p99: float
    failed: int


def check(port, work, splits):
    """RuntimeError unless answers are whole and a tenth of the users reaches the canary."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    canary = 0
    prefix, host = ("/service-0", "shop-0.example.com") if work.routes > 1 else ("", "shop.example.com")
    try:
        for user in range(SAMPLE_USERS):
            headers = {"Host": host, "Cookie": f"sid=1; user_id=user-{user}; theme=dark"}
            connection.request(work.method, prefix + work.path, b"x" * work.request_bytes or None, headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or len(body) != work.response_bytes:
                raise RuntimeError(
                    f"status {answer.status}, {len(body)} bytes (expected: 200, {work.response_bytes} bytes)"
                )
            canary += answer.getheader("X-Version") == "canary"
    finally:
        connection.close()
    share = canary / SAMPLE_USERS
    if splits and not LEAST_SHARE <= share <= MOST_SHARE:
        raise RuntimeError(f"{share:.1%} of {SAMPLE_USERS} users reached the canary (expected: about 10%)")
    if not splits and canary:
        raise RuntimeError(f"{share:.1%} of the users reached the canary (expected: none)")


def command(port, work, connections, seconds):
    """wrk's command line."""
    script = os.path.join(HERE, "templates", "load.lua")
    arguments = [work.method, work.path, str(work.request_bytes), str(work.routes)]
    return [
        *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"),
        *("-s", script, f"http://127.0.0.1:{port}{work.path}", "--", *arguments),
    ]


def run(port, work, connections, seconds, core):
    """Loads a proxy for so many whole seconds."""
    done = subprocess.run(
        ["taskset", "-c", str(core), *command(port, work, connections, seconds)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return parse(done.stdout)
    except (AttributeError, KeyError) as unreadable:
        raise RuntimeError(f"wrk said what is not understood:\n{done.stdout}{done.stderr}") from unreadable


def parse(output):
    """wrk's report as a Run."""

    def group(pattern):
        return re.search(pattern, output).group(1)

    def millis(percentile):
        value, unit = re.search(rf"\n +{percentile}%\s+([\d.]+)([a-z]+)", output).groups()
        return float(value) * MILLIS[unit]

    failed = 0
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    if errors:
        failed += sum(int(count) for count in errors.groups())
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    if refused:
        failed += int(refused.group(1))
    return Run(
        requests=int(group(r"(\d+) requests in")),
        per_second=float(group(r"Requests/sec:\s+([\d.]+)")),
        p50=millis(50),
        p99=millis(99),
        failed=failed,
    )
