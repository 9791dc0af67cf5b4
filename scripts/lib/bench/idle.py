"""What an idle kept-alive connection costs in memory."""

import socket
import time

import load
from proxies import HALFTONE_PROXY, start_upstream

SETTLE_SECONDS = 2
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
    b"Accept: */*\r\nCookie: sid=1; user_id=user-%d; theme=dark\r\n\r\n"
)


def run(connections, peers, workshop, settings, say):
    """Rows (proxy, PSS before and after in bytes, RSS before and after)."""
    upstream, _ = start_upstream(workshop, settings.cores.upstream)
    rows = []
    try:
        for proxy in (*peers, HALFTONE_PROXY):
            say(f"idle: {proxy.name}")
            running = proxy.start(workshop, upstream, settings.cores.proxy, settings.max_connections)
            if settings.warmup:
                load.run(running.port, load.Work(), 64, settings.warmup, settings.cores.load)
            before = running.group.memory()
            after = _with_connections(running, connections)
            rows.append((proxy.name, before, after))
            workshop.stop(running.group)
        return rows
    finally:
        workshop.stop_all()


def _with_connections(running, count):
    """The memory while so many clients, each served once, are connected."""
    clients = []
    try:
        for number in range(count):
            client = socket.create_connection(("127.0.0.1", running.port), 10)
            clients.append(client)
            client.sendall(REQUEST % number)
            _read_answer(client)
        time.sleep(SETTLE_SECONDS)
        return running.group.memory()
    finally:
        for client in clients:
            client.close()


def _read_answer(client):
    got = b""
    while b"\r\n\r\n" not in got or len(got.split(b"\r\n\r\n", 1)[1]) < load.Work().response_bytes:
        part = client.recv(65536)
        if not part:
            raise RuntimeError(f"connection closed after {got[:200]!r} (expected: a whole answer)")
        got += part
    if not got.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"answer {got[:200]!r} (expected: 200)")


def table(rows, connections):
    lines = [["idle connections: " + str(connections), "PSS before MiB", "after MiB", "PSS KiB each", "RSS KiB each"]]
    for name, before, after in rows:
        lines.append(
            [
                name,
                f"{before.pss / 1024**2:.1f}",
                f"{after.pss / 1024**2:.1f}",
                f"{(after.pss - before.pss) / 1024 / connections:.2f}",
                f"{(after.rss - before.rss) / 1024 / connections:.2f}",
            ]
        )
    return lines


def as_dict(row, connections):
    name, before, after = row
    return {
        "proxy": name,
        "connections": connections,
        "pssBefore": before.pss,
        "pssAfter": after.pss,
        "rssBefore": before.rss,
        "rssAfter": after.rss,
    }
