"""Lists of 100,000 tickets with 500 wrong lines, CSV and XLSX: how long, in how much memory.

Measured at a served server from the first byte to the last ticket: brought, looked at line by
line, taken. Then the same list once more for another event, given up in the middle: nothing is
left, or the run stops.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import httpx
from openpyxl import Workbook

from bench.server_process import ADMIN, Served, make_admin, serve
from bench.writing_figures import Figure, at_most

LINES: Final = 100_000
WRONG: Final = 500
SECONDS_BUDGET: Final = 60.0
MEMORY_BUDGET: Final = 50.0
"""Megabytes that the server grows by while it works, its peak."""
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_POLL_S: Final = 0.1


def measure(folder: Path) -> list[Figure]:
    """Measure on SQLite with one worker, where memory is scarcest."""
    database = f"sqlite:///{folder / 'imports.db'}"
    os.environ["GATEKEEPER_RATE_LIMIT_PER_MINUTE"] = "1000000"
    make_admin(folder, database)
    figures: list[Figure] = []
    lists: dict[str, tuple[str, Callable[[list[list[str]]], bytes]]] = {
        "CSV": ("text/csv", _write_csv),
        "XLSX": (_XLSX, _write_xlsx),
    }
    for form, (media_type, write) in lists.items():
        body = write(_rows())
        with serve(folder, database, 1) as served:  # each from a fresh process: peaks stay
            office = _Office(served)
            figures += office.take(form, body, media_type)
            if form == "CSV":
                office.give_up(body, media_type)
    return figures


class _Office:
    """Somebody who brings lists, over HTTP."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{served.port}/api/v1", timeout=60)
        token = self._ask("POST", "/sessions", json=ADMIN)["access_token"]
        self._client.headers["authorization"] = f"Bearer {token}"

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self._client.request(method, path, **more)
        if not answer.is_success:
            message = f"{method} {path}: {answer.text[:300]}"
            raise RuntimeError(message)
        return answer.json()

    def _event(self) -> str:
        """Make an event on sale, in an organization of its own."""
        mark = f"bench-{time.monotonic_ns()}"
        house = {"name": "Bench", "slug": mark, "currency": "EUR", "timezone": "UTC"}
        organization = self._ask("POST", "/organizations", json=house)["id"]
        events = f"/organizations/{organization}/events"
        event = self._ask("POST", events, json={"name": "B", "timezone": "UTC"})
        path = f"{events}/{event['id']}"
        self._ask("POST", f"{path}/ticket-types", json={"name": "Adult", "price_minor": 0})
        self._ask("POST", f"{path}/state", json={"state": "published"})
        return path

    def take(self, form: str, body: bytes, media_type: str) -> list[Figure]:
        """Bring a list and take it; returns what it cost."""
        event = self._event()
        self._bring(event, _few(form), media_type)  # what reads lists is loaded by the first
        before = peak = self._served.memory_mb()
        cpu, begun, steps = self._served.cpu_seconds(), time.monotonic(), 0
        path = self._bring(event, body, media_type)
        said: dict[str, Any] = {}
        for act, wanted, given in (
            ("check", "checked", None),
            ("start", "done", {"leave_out_wrong": True}),
        ):
            said = self._ask("GET", path)
            self._ask("POST", f"{path}/{act}", json=said["mapping"] if given is None else given)
            seen = -1
            while said["state"] != wanted:
                time.sleep(_POLL_S)
                said = self._ask("GET", path)
                steps += said["position"] != seen
                seen = said["position"]
                peak = max(peak, self._served.memory_mb())
                if said["state"] == "failed":
                    raise RuntimeError(said["said"])
        seconds = time.monotonic() - begun
        if (said["added"], said["wrong"]) != (LINES - WRONG, WRONG):
            message = f"{said['added']} added, {said['wrong']} wrong"
            raise RuntimeError(message)
        size = len(body) / 1_000_000
        cpu = self._served.cpu_seconds() - cpu
        note = (
            f"{size:.1f} MB, {WRONG} wrong lines named, progress seen to move {steps} times;"
            f" {cpu:.1f} s of the processor"
        )
        name = f"import of {LINES:,} lines, {form}"
        return [
            at_most(name, seconds, "s", SECONDS_BUDGET, LINES, note),
            at_most(f"{name}, server grown by", peak - before, "MB", MEMORY_BUDGET, LINES),
        ]

    def _bring(self, event: str, body: bytes, media_type: str) -> str:
        headers = {"content-type": media_type}
        made = self._ask("POST", f"{event}/imports", content=body, headers=headers)
        return f"{event}/imports/{made['id']}"

    def give_up(self, body: bytes, media_type: str) -> None:
        """Cancel in the middle; what is left of it stops the run."""
        event = self._event()
        path = self._bring(event, body, media_type)
        said = self._ask("GET", path)
        self._ask("POST", f"{path}/check", json=said["mapping"])
        self._wait(path, lambda one: one["state"] == "checked")
        self._ask("POST", f"{path}/start", json={"leave_out_wrong": True})
        self._wait(path, lambda one: one["state"] == "placing" and one["position"] > LINES // 4)
        self._ask("POST", f"{path}/cancel")
        self._wait(path, lambda one: one["state"] == "cancelled")
        (kind,) = self._ask("GET", f"{event}/ticket-types")
        left = self._ask("GET", f"{event}/tickets")["items"]
        if left or kind["sold"] or kind["held"]:
            message = f"a cancelled import left {kind['sold']} sold, {kind['held']} held"
            raise RuntimeError(message)

    def _wait(self, path: str, is_so: Callable[[dict[str, Any]], bool]) -> None:
        deadline = time.monotonic() + 300
        while not is_so(self._ask("GET", path)):
            if time.monotonic() > deadline:
                message = f"{path} did not come to it"
                raise RuntimeError(message)
            time.sleep(_POLL_S / 2)


def _rows() -> list[list[str]]:
    rows = [["code", "type", "name", "email"]]
    for number in range(LINES):
        is_wrong = number % (LINES // WRONG) == 7
        kind = "Nobody knows" if is_wrong else "Adult"
        rows.append([f"LN-{number:08d}", kind, f"Guest {number}", f"g{number}@example.org"])
    return rows


def _few(form: str) -> bytes:
    """Write the list's first lines."""
    return _write_csv(_rows()[:3]) if form == "CSV" else _write_xlsx(_rows()[:3])


def _write_csv(rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def _write_xlsx(rows: list[list[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()
