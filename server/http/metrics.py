"""Counts requests for Prometheus, one time series per route, never per id.

With several workers `PROMETHEUS_MULTIPROC_DIR` names a folder that they share; `serve` sets it
and empties it at start, because one worker's numbers alone mean nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)
from prometheus_client.registry import REGISTRY

from server.http.asgi import App, Message, Receive, Scope, Send
from shared.kernel.instant import SECOND
from shared.kernel.ports import Clock

CONTENT_TYPE: Final = "text/plain; version=0.0.4"


def make_numbers(registry: CollectorRegistry) -> tuple[Counter, Histogram]:
    """Make what requests are counted in: how many were answered, and how long they took."""
    requests = Counter(
        "gatekeeper_http_requests",
        "Requests answered.",
        ["method", "route", "status"],
        registry=registry,
    )
    seconds = Histogram(
        "gatekeeper_http_request_seconds",
        "Time until the answer's end.",
        ["method", "route"],
        buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        registry=registry,
    )
    return requests, seconds


def _name_process_once() -> None:
    """Let the library ask for the process's number at a fork only, not at each count."""
    number = os.getpid()

    def renew() -> None:
        nonlocal number
        number = os.getpid()

    os.register_at_fork(after_in_child=renew)
    if values.ValueClass is not values.MutexValue:
        values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]  # untyped library


_name_process_once()
_REQUESTS, _SECONDS = make_numbers(REGISTRY)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's variable for the folder in which workers keep their numbers."""

RESERVED: Final = {"counter": 1 << 21, "histogram": 1 << 21}
"""Bytes of a worker's files; more than all series of all routes fill (a test counts them)."""


def reserve_numbers(folder: Path, process: int) -> bool:
    """Take the room for a worker's numbers on the disk, before they are mapped into its memory.

    The library makes files with holes. Whoever writes into one while the disk is full is ended by
    the system, in the midst of whatever else the worker does.

    Args:
        folder: That of `SHARED_FOLDER`.
        process: The worker's number.

    Returns:
        False where there is no room now; the worker then counts in its own memory alone.
    """
    files = {folder / f"{kind}_{process}.db": size for kind, size in RESERVED.items()}
    try:
        for file, size in files.items():
            if not file.exists():  # the system has given an earlier worker's number again
                file.write_bytes(bytes(size))
    except OSError:
        for file in files:
            file.unlink(missing_ok=True)
        os.environ.pop(SHARED_FOLDER, None)
        values.ValueClass = values.MutexValue
        return False
    return True


class MetricsLayer:
    """Counts each HTTP request under its route's template."""

    def __init__(self, app: App, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        # To find a series by its labels takes longer than to count in it; there are as many as
        # routes, methods and statuses, never one for each id.
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = self._clock.monotonic()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            # The router leaves its template in the scope; what matched none shares one series.
            route = scope.get("path_template") or "unmatched"
            seconds = (self._clock.monotonic() - began) / SECOND
            answered, times = self._series_of(method, route, status)
            answered.inc()
            times.observe(seconds)

    def _series_of(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """Return in what a request is counted."""
        series = self._series.get((method, route, status))
        if series is None:
            series = (_REQUESTS.labels(method, route, str(status)), _SECONDS.labels(method, route))
            self._series[method, route, status] = series
        return series


def render_metrics() -> bytes:
    """Return all workers' metrics in Prometheus' text format."""
    if not os.environ.get(SHARED_FOLDER):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped library
    return generate_latest(registry)
