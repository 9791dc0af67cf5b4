#!/usr/bin/env python3
"""A small service to try releases with: python3 service.py PORT VERSION

It answers every GET with its version. Make it worse while it runs:

  curl -X POST 'localhost:PORT/be?errors=100'   percent of requests that fail with 500
  curl -X POST 'localhost:PORT/be?slow=200'     milliseconds that each answer takes longer
  curl -X POST 'localhost:PORT/be?clicks=5'     percent of suggestions that are clicked, told in X-Halftone-Metrics
"""
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

port, version = int(sys.argv[1]), sys.argv[2]
now = {"errors": 0.0, "slow": 0.0, "clicks": -1.0}


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer would wait 40 ms for the head to be acknowledged

    def answer(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if now["clicks"] >= 0:
            self.send_header("X-Halftone-Metrics", "click=%d" % (random.random() * 100 < now["clicks"]))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        time.sleep(now["slow"] / 1000)
        if random.random() * 100 < now["errors"]:
            self.answer(500, version + ": out of order")
        else:
            self.answer(200, version + ": hello")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = urlsplit(self.path)
        if target.path == "/be":
            now.update({key: float(value) for key, value in parse_qsl(target.query) if key in now})
            self.answer(200, version + ": from now on " + ", ".join("%s %g" % item for item in now.items()))
        else:
            self.answer(200, version + ": thanks")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


server = Server(("127.0.0.1", port), Service)
print("%s on http://127.0.0.1:%d" % (version, port), flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
