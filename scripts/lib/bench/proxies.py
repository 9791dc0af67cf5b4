"""The proxies side by side, each told to do the same work as far as it can."""

import os
import shutil
import urllib.request
from dataclasses import dataclass, field

from processes import free_ports

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
HALFTONE = os.path.join(ROOT, "scripts", "halftone")

# A breach only alerts: what is measured stays the same.
NO_CHECKS = "[]"
ONE_CHECK = "[{name: errors, metric: errorRate, detector: threshold, max: 50%}]"
CHECKS = (
    "[{name: errors, metric: errorRate, detector: threshold, max: 50%},"
    " {name: latency-jump, metric: latencyMean, detector: movingAverage, points: 10, sigma: 3},"
    " {name: latency-drift, metric: latencyP99, detector: ewma, alpha: 0.3, sigma: 3}]"
)
ROUTES_OF_A_HOST = 100

NOTES = [
    "Each proxy has one worker thread or event loop. All but two send a tenth of the users, by a hash of the cookie user_id, to a"
    " second upstream: the TCP relay (HAProxy in tcp mode) looks at no byte, and Caddy, which has no weighted hash of a cookie,"
    " sends all to one upstream.",
    "nginx keeps up to 1024 idle upstream connections (keepalive 1024) and streams request bodies (proxy_request_buffering off),"
    " HAProxy pool-max-conn 1024, Caddy 1024, Halftone pool.maxIdle 1024. Clients are kept alive.",
    "Load: wrk, closed loop, 1000 prepared requests of different users with browser-like headers. Access logs are off unless"
    " said otherwise.",
]


@dataclass(frozen=True)
class Upstream:
    """Where the two versions of the service listen."""

    stable: int
    canary: int


@dataclass(frozen=True)
class Running:
    """A proxy that takes requests."""

    group: object
    port: int
    admin: int = 0


@dataclass(frozen=True)
class Proxy:
    """How one proxy is started. `splits`: whether a tenth of the users reaches the canary."""

    name: str
    splits: bool = True
    options: dict = field(default_factory=dict)

    @property
    def kind(self):
        return self.options.get("like", self.name)

    @property
    def is_compiled_late(self):
        """Whether a JVM runs it."""
        return self.kind == "halftone"

    def start(self, workshop, upstream, core, max_connections):
        folder = workshop.new_folder(self.name)
        ports = free_ports(2)
        values = {
            "dir": folder,
            "port": ports[0],
            "admin": ports[1],
            "stable": upstream.stable,
            "canary": upstream.canary,
            "max_connections": max_connections,
        }
        command, environment = _STARTERS[self.kind](folder, values, self.options)
        group = workshop.start(command, core, folder, environment)
        group.wait_for(ports[0])
        return Running(group, ports[0], ports[1])


def fill(template, folder, values, name=None):
    """Writes a template with @name@ replaced; returns the file's path."""
    path = os.path.join(folder, name or template)
    with open(path, "w", encoding="utf-8") as out:
        out.write(_filled(template, values))
    return path


def _filled(template, values):
    with open(os.path.join(HERE, "templates", template), encoding="utf-8") as source:
        text = source.read()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise RuntimeError(f"{name}: not found (expected: installed by scripts/bench)")
    return found


def _nginx(folder, values, options):
    log = f"{folder}/access.log" if options.get("log") else "off"
    path = fill("nginx.conf", folder, {**values, "access_log": log})
    return [_program("nginx"), "-p", folder, "-c", path, *_as_root()], None


def _as_root():
    """Its worker reads the files of a temporary folder."""
    return ["-g", "user root;"] if os.geteuid() == 0 else []


def _haproxy(folder, values, _options):
    return [_program("haproxy"), "-f", fill("haproxy.cfg", folder, values)], None


def _relay(folder, values, _options):
    return [_program("haproxy"), "-f", fill("relay.cfg", folder, values)], None


def _caddy(folder, values, _options):
    path = fill("Caddyfile", folder, values)
    home = {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder, "GOMAXPROCS": "1"}
    return [_program("caddy"), "run", "--config", path, "--adapter", "caddyfile"], home


def _halftone(folder, values, options):
    log = "{path: " + folder + "/access.log}" if options.get("log") else "null"
    text = _filled("halftone.yaml", {**values, "access_log": log})
    count = options.get("routes", 1)
    for number in range(count):
        one = {"name": f"route-{number}", "match": _match(number, count), "checks": options.get("checks", CHECKS)}
        text += _filled("halftone-route.yaml", one)
    path = os.path.join(folder, "halftone.yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return [HALFTONE, "serve", "-c", path], None


def _match(number, count):
    if count == 1:
        return "{path: {prefix: /}}"
    host = f"shop-{number // ROUTES_OF_A_HOST}.example.com"
    return f"{{hosts: [{host}], path: {{prefix: /service-{number % ROUTES_OF_A_HOST}}}}}"


_STARTERS = {"nginx": _nginx, "haproxy": _haproxy, "relay": _relay, "caddy": _caddy, "halftone": _halftone}

NGINX = Proxy("nginx")
HAPROXY = Proxy("haproxy")
CADDY = Proxy("caddy", splits=False)
RELAY = Proxy("relay", splits=False)
HALFTONE_PROXY = Proxy("halftone")


def variant(proxy, name, **options):
    """The same proxy, set up otherwise."""
    return Proxy(name, proxy.splits, {"like": proxy.name, **options})


def start_upstream(workshop, core):
    folder = workshop.new_folder("upstream")
    stable, canary = free_ports(2)
    files = os.path.join(folder, "files")
    os.mkdir(files)
    for name, size in (("16k", 16 * 1024), ("1m", 1024 * 1024), ("upload", 0)):
        with open(os.path.join(files, name), "wb") as body:
            body.write(b"x" * size)
    values = {"dir": folder, "stable": stable, "canary": canary, "body100": "x" * 100}
    path = fill("upstream.conf", folder, values)
    group = workshop.start([_program("nginx"), "-p", folder, "-c", path, *_as_root()], core, folder)
    group.wait_for(stable)
    return Upstream(stable, canary), group


def allocated_bytes(running):
    """What Halftone's heap has been asked for so far, as known at its last collection; None if it does not say."""
    url = f"http://127.0.0.1:{running.admin}/metrics"
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (loopback)
        for line in answer.read().decode().splitlines():
            if line.startswith("jvm_gc_memory_allocated_bytes_total"):
                return float(line.rsplit(" ", 1)[1])
    return None
