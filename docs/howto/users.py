#!/usr/bin/env python3
"""Made-up users of a service: python3 users.py URL [--users 500] [--rate 100] [--seconds 20] [--header "User-Agent: x"]

Each user has an ID, sent as the cookie user_id and as X-User-Id. Prints which version answered whom.
"""
import argparse
import collections
import http.client
import itertools
import random
import threading
import time
from urllib.parse import urlsplit

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("--users", type=int, default=500)
parser.add_argument("--rate", type=float, default=100, help="requests a second")
parser.add_argument("--seconds", type=float, default=20)
parser.add_argument("--header", action="append", default=[])
options = parser.parse_args()
url = urlsplit(options.url)
end = time.monotonic() + options.seconds
turns, begin = itertools.count(), time.monotonic()
lock, answers, users, failed = threading.Lock(), collections.Counter(), collections.defaultdict(set), collections.Counter()
extra = dict(header.split(": ", 1) for header in options.header)


def someone():
    connection = None
    while True:
        due = begin + next(turns) / options.rate
        if due >= end:
            return
        time.sleep(max(0, due - time.monotonic()))
        user = "u%d" % random.randrange(options.users)
        try:
            connection = connection or http.client.HTTPConnection(url.hostname, url.port, timeout=10)
            connection.request("GET", url.path or "/", headers={"Cookie": "user_id=" + user, "X-User-Id": user, **extra})
            response = connection.getresponse()
            version, bad = response.read().decode().split(":")[0], response.status >= 500
        except (OSError, http.client.HTTPException):
            version, bad, connection = "nobody", True, None
        with lock:
            answers[version] += 1
            users[version].add(user)
            failed[version] += bad


crowd = [threading.Thread(target=someone) for _ in range(16)]
for one in crowd:
    one.start()
for one in crowd:
    one.join()
for version in sorted(answers):
    print("%s: %d answers to %d users, %d failed" % (version, answers[version], len(users[version]), failed[version]))
