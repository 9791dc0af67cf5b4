"""A headless Chromium, driven by chromedriver in the WebDriver protocol."""

import json
import time
import urllib.error
import urllib.request

from processes import free_ports

OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000"]


class Browser:
    """One tab. RuntimeError if the browser does not do what it is told."""

    def __init__(self, workshop, core):
        folder = workshop.new_folder("browser")
        (port,) = free_ports(1)
        group = workshop.start(["chromedriver", f"--port={port}"], core, folder, {"HOME": folder, "TMPDIR": folder})
        group.wait_for(port)
        self._base = f"http://127.0.0.1:{port}/session"
        options = {"goog:chromeOptions": {"args": OPTIONS}, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self._call("POST", "", {"capabilities": {"alwaysMatch": {"browserName": "chrome", **options}}})
        self._base += "/" + answer["sessionId"]

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (loopback)
                return json.load(answer)["value"]
        except urllib.error.HTTPError as wrong:
            raise RuntimeError(f"browser: {wrong.read()[:500]!r}") from wrong

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def script(self, code):
        return self._call("POST", "/execute/sync", {"script": code, "args": []})

    def wait_for(self, code, seconds=20):
        """Until the script answers true; seconds that took."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if self.script(code) is True:
                return time.monotonic() - begun
            time.sleep(0.05)
        raise RuntimeError(f"browser: {code!r} is not true after {seconds} s; the page says:\n{self.text()[:1000]}")

    def text(self):
        return self.script("return document.body.innerText")

    def console(self):
        """Warnings and errors of the page so far."""
        lines = self._call("POST", "/se/log", {"type": "browser"})
        return [line["message"] for line in lines if line["level"] in ("WARNING", "SEVERE")]

    def close(self):
        self._call("DELETE", "")
