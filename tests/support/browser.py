# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven over a pipe in the DevTools protocol: all that the tests of the report need."""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time


def chromium():
    """The program's path, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """with Browser() as browser: browser.open(path); browser.evaluate("1 + 1")"""

    def __init__(self, timeout=60):
        self.timeout = timeout
        self.number = 0
        self.buffer = b""
        self.events = []

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="waferloom-browser-", ignore_cleanup_errors=True)
        to_child, self.to_browser = os.pipe()
        self.from_browser, from_child = os.pipe()

        def plumb():  # the protocol's ends are the descriptors 3 and 4
            high = [os.dup(to_child), os.dup(from_child)]
            high = [os.dup2(fd, 60 + i) for i, fd in enumerate(high)]
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i, inheritable=True)
        self.process = subprocess.Popen(
            [chromium(), "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={self.profile.name}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=plumb, close_fds=False)
        os.close(to_child)
        os.close(from_child)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.attached = None
        self.attached = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        self.profile.cleanup()

    def message(self, deadline):
        while b"\0" not in self.buffer:
            if not select.select([self.from_browser], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(self.from_browser, 1 << 20)
            if not data:
                raise EOFError("the browser ended")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        call = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "attached", None):
            call["sessionId"] = self.attached
        data = json.dumps(call).encode() + b"\0"
        while data:
            data = data[os.write(self.to_browser, data):]
        deadline = time.monotonic() + self.timeout
        while True:
            message = self.message(deadline)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def evaluate(self, expression):
        done = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{expression}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait_for(self, expression):
        deadline = time.monotonic() + self.timeout
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(expression)
            time.sleep(0.02)

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, path, fragment=""):
        """Seconds until the report's first tab stands."""
        begin = time.monotonic()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri() + (f"#{fragment}" if fragment else ""))
        self.wait_for("document.documentElement?.dataset.ready > 0")
        return time.monotonic() - begin

    def press(self, key, modifiers=0):
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        codes = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=modifiers,
                      windowsVirtualKeyCode=codes.get(key, 0), **(text if kind == "keyDown" else {}))

    def screenshot(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def clashes(self):
        """Labels of the shown charts that lie over one another or outside their chart, and frames that are too narrow."""
        return self.evaluate("""(() => {
          const panel = document.querySelector('[role=tabpanel]:not([hidden])');
          const found = [];
          for (const chart of panel.querySelectorAll('svg')) {
            const frame = chart.getBoundingClientRect();
            const texts = [...chart.querySelectorAll('text')].filter((t) => t.textContent.trim() && !t.closest('[aria-label=tip]'))
              .map((t) => [t.textContent, t.getBoundingClientRect()]).filter(([, r]) => r.width > 0);
            texts.forEach(([text, r], i) => {
              if (getComputedStyle(chart).overflow !== 'visible' && (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1)) found.push(`cut off: ${text}`);
              for (const [other, s] of texts.slice(i + 1)) {
                const broad = Math.min(r.right, s.right) - Math.max(r.left, s.left);
                const tall = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
                if (broad > 1 && tall > 3) found.push(`${chart.getAttribute('aria-label')}: ${text} over ${other}`);
              }
            });
          }
          for (const e of panel.querySelectorAll('.panel, .card, .verdict')) {
            if (e.scrollWidth > e.clientWidth + 1) found.push(`too narrow: ${e.textContent.slice(0, 60)}`);
          }
          return found;
        })()""")

    def requests(self):
        """Addresses that the page asked for, other than itself and data."""
        urls = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith(("data:", "blob:", "file:", "about:"))]
