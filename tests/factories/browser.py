"""A real browser without a window: Chromium, steered over its own debugging protocol.

It is given a folder of its own, speaks to this machine only, and is ended with its block.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

from websockets.sync.client import ClientConnection, connect

from tests.factories.waiting import until

START_SECONDS: Final = 120.0
WAIT_SECONDS: Final = 60.0
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_LEFT: Final = "navigated or closed"


class PageLeft(Exception):
    """The window went to another page while something was asked of this one."""


class Page:
    """One page of a browser.

    Attributes:
        faults: What it has written to its console as errors, blocked requests and thrown
            exceptions included.
        asked: The addresses that it has asked for.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)
        self.faults: list[str] = []
        self.asked: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Do one thing, and return what came of it.

        Raises:
            PageLeft: if the page was left meanwhile for another one.
        """
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=WAIT_SECONDS))
            if message.get("id") == number:
                if _LEFT in message.get("error", {}).get("message", ""):
                    raise PageLeft
                assert "error" not in message, message
                found: dict[str, Any] = message["result"]
                return found
            self._note(message)

    def open(self, address: str, *, width: int, height: int, is_dark: bool = False) -> None:
        """Load an address in a window of a size, and wait until it stands."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Run a script in the page and return its value."""
        found = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until a script's value is true, on whatever page the window comes to."""

        def is_true() -> bool:
            with suppress(PageLeft):
                return bool(self.run(script))
            return False

        until(is_true, seconds=WAIT_SECONDS)

    def picture(self, file: Path) -> None:
        """Write what the window shows as a PNG."""
        found = self.send("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(found["data"]))

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.faults.append(str(parameters["exceptionDetails"]))
        if message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.faults.append(parameters["entry"]["text"] + parameters["entry"].get("url", ""))
        if message.get("method") == "Network.requestWillBeSent":
            self.asked.append(parameters["request"]["url"])


def find_browser() -> str | None:
    """Return where the browser's program is; None if this machine has none."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


@contextmanager
def opened_browser(folder: Path) -> Iterator[Page]:
    """Start a browser over an empty folder; its one page is given, and it ends with the block."""
    program = find_browser()
    assert program is not None, "Chromium is missing: apt-get install chromium"
    words = [
        program,
        "--headless=new",
        "--no-sandbox",  # as root, in containers; it opens our own pages only
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        with connect(_page_address(folder, process), max_size=None) as connection:
            yield Page(connection)
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


def _page_address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Return where the browser's page is steered, once it has told its port."""
    told = folder / "DevToolsActivePort"

    def has_told() -> bool:
        assert process.poll() is None, (folder / "log").read_text("utf-8", "replace")
        return told.exists() and "\n" in told.read_text("ascii")

    until(has_told, seconds=START_SECONDS)
    port = int(told.read_text("ascii").splitlines()[0])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = [one for one in json.load(answer) if one["type"] == "page"]
    return str(pages[0]["webSocketDebuggerUrl"])
