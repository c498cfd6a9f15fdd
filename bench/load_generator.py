"""The load generator: HTTP/1.1 keep-alive connections, each with one request in flight.

It is as bare as Python allows (prepared request bytes, no parsing beyond the status and the
length), because it shares the machine with what it measures. The same generator drives our
server and the bare handler beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from bench.senders import Sender
from bench.writing_figures import percentile


class LoadResult(msgspec.Struct, frozen=True):
    """What a run of requests showed; latencies in milliseconds."""

    count: int
    seconds: float
    p50_ms: float
    p99_ms: float
    statuses: dict[int, int]
    bodies: tuple[bytes, ...]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.count / self.seconds


class _Connection(asyncio.Protocol):
    """One connection that takes the next request whenever it has an answer."""

    def __init__(self, work: Iterator[bytes], finished: asyncio.Future[None]) -> None:
        self._work = work
        self._finished = finished
        self._buffer = b""
        self._sent_at = 0.0
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.bodies: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send_next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        place = head.find(b"content-length:")
        length = int(
            head[place + 15 : head.find(b"\r\n", place) if b"\r\n" in head[place:] else None]
        )
        end = head_end + 4 + length
        if len(self._buffer) < end:
            return
        self.latencies.append(time.perf_counter() - self._sent_at)
        self.statuses[int(head[9:12])] += 1
        self.bodies.append(self._buffer[head_end + 4 : end])
        self._buffer = self._buffer[end:]
        self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._finished.done():
            self._finished.set_exception(exc or ConnectionError("the server closed a connection"))

    def _send_next(self) -> None:
        assert self._transport is not None
        request = next(self._work, None)
        if request is None:
            if not self._finished.done():
                self._finished.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


async def run_load(port: int, requests: Sequence[bytes], in_flight: int) -> LoadResult:
    """Send all requests over `in_flight` connections to 127.0.0.1 and wait for every answer.

    Raises:
        OSError: if a connection breaks.
    """
    loop = asyncio.get_running_loop()
    work = iter(requests)
    connections: list[_Connection] = []
    waits: list[asyncio.Future[None]] = []
    started = time.perf_counter()
    for _ in range(in_flight):
        finished: asyncio.Future[None] = loop.create_future()
        connection = _Connection(work, finished)
        await loop.create_connection(lambda made=connection: made, "127.0.0.1", port)  # type: ignore[misc]  # mypy cannot type a bound default
        connections.append(connection)
        waits.append(finished)
    await asyncio.gather(*waits)
    seconds = time.perf_counter() - started
    latencies = sorted(x for connection in connections for x in connection.latencies)
    statuses: Counter[int] = sum((c.statuses for c in connections), Counter())
    return LoadResult(
        count=len(latencies),
        seconds=seconds,
        p50_ms=percentile(latencies, 0.5) * 1e3,
        p99_ms=percentile(latencies, 0.99) * 1e3,
        statuses=dict(statuses),
        bodies=tuple(body for connection in connections for body in connection.bodies),
    )


def join_slices(slices: Sequence[LoadResult]) -> LoadResult:
    """Return what several runs showed together: the median of their p50, their worst p99."""
    return LoadResult(
        count=sum(one.count for one in slices),
        seconds=sum(one.seconds for one in slices),
        p50_ms=median(one.p50_ms for one in slices),
        p99_ms=max(one.p99_ms for one in slices),
        statuses=dict(sum((Counter(one.statuses) for one in slices), Counter())),
        bodies=(),
    )


def post(
    path: str, body: bytes, *, sender: Sender, content_type: str = "application/json"
) -> bytes:
    """Prepare the bytes of one POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{sender.headers('POST', path, body)}"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
