"""A stranger who holds sockets of a server's: silent, idle, with unfinished bodies, WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec

from bench.senders import Sender
from shared.kernel.ed25519 import SEED_SIZE, SigningKey
from shared.wire.enrol_code import code_keys, prove_enrolment, sign_enrolment
from shared.wire.proof import NONCE_SIZE

_ENROL = (
    b"POST /sync/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nGatekeeper-Proof: %s\r\n\r\n%s"
)
_UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"%s\r\n"
)
_PUSH = "/sync/v1/push"
NOTHING = b""
HALF_A_HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
WHOLE_REQUEST = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
MANY_HEADERS = HALF_A_HEAD + b"X: a\r\n" * 6_000 + b"\r\n"
HALF_A_BODY = _ENROL % (500, b"1 0 " + b"00" * 16 + b" " + b"00" * 16, b"{")
CRUMBS_OF_A_BODY = (
    b"POST /sync/v1/claims HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 5_000
)
PING = b"\x89\x80" + bytes(4)
PONG = b"\x8a\x00"
MANY_PINGS = PING * 40_000
CRUMBS_OF_A_MESSAGE = b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 40_000
_FILES_NEEDED = 8_192
_CONNECT_TIMEOUT_S = 3.0


def allow_many_sockets() -> None:
    """Let this process open as many sockets as a siege needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _FILES_NEEDED:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES_NEEDED, hard), hard))


@contextlib.contextmanager
def siege(port: int, count: int, said: bytes) -> Iterator[list[socket.socket]]:
    """Hold `count` connections, each of which has said so much and says no more."""
    allow_many_sockets()
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            one = socket.socket()
            one.settimeout(_CONNECT_TIMEOUT_S)
            held.append(one)
            with contextlib.suppress(OSError):  # the server may be full already
                one.connect(("127.0.0.1", port))
                if said:
                    one.sendall(said)
        yield held
    finally:
        for one in held:
            one.close()


def opening_of(sender: Sender) -> bytes:
    """Return the opening of a WebSocket."""
    return _UPGRADE % (_PUSH.encode(), sender.headers("GET", _PUSH).encode())


def push_of(sender: Sender) -> bytes:
    """Return the opening of a WebSocket, and one byte of a frame that is never finished."""
    return opening_of(sender) + b"\x81"


def open_count(held: Sequence[socket.socket]) -> int:
    """Count the connections that the server has not ended."""
    return sum(not _is_ended(one) for one in held)


def _is_ended(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        while one.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@contextlib.asynccontextmanager
async def bad_enrolments(port: int, count: int, in_flight: int) -> AsyncIterator[list[int]]:
    """Try so many codes that are none, meanwhile; gives the statuses of what was answered."""
    statuses: list[int] = []
    left = iter(range(count))
    key = SigningKey(bytes(SEED_SIZE))

    async def guess() -> None:
        for number in left:
            keys = code_keys(f"AAAA-{number % 10_000:04d}-AAAA-AAAA")
            body = msgspec.json.encode(sign_enrolment(keys, key, name="north", program="x"))
            proof = prove_enrolment(keys, bytes(NONCE_SIZE), body).format().encode()
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    writer.write(_ENROL % (len(body), proof, body))
                    line = await asyncio.wait_for(reader.readline(), 30)
                    statuses.append(int(line.split()[1]))
                finally:
                    writer.close()

    tasks = [asyncio.create_task(guess()) for _ in range(in_flight)]
    try:
        yield statuses
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def ask(line: socket.socket, request: bytes) -> bytes:
    """Send a request and return its whole answer; shorter if the server hangs up."""
    line.sendall(request)
    answer = b""
    size = 1
    while len(answer) < size and (more := line.recv(65_536)):
        answer += more
        head, end, _ = answer.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        size = len(head) + len(end) + int(length or 0) if end else len(answer) + 1
    return answer


def timed_claims(
    port: int, requests: Sequence[bytes], *, fresh_every: int, timeout_s: float
) -> list[float | None]:
    """Send claims one after the other, and time each; None for one without an answer.

    Args:
        port: On 127.0.0.1.
        requests: HTTP requests as bytes.
        fresh_every: After so many the gate connects anew, as one does that was restarted.
        timeout_s: How long one answer, the connection included, is waited for.
    """
    taken: list[float | None] = []
    line: socket.socket | None = None
    for number, request in enumerate(requests):
        began = time.perf_counter()
        try:
            if line is None or number % fresh_every == 0:
                if line is not None:
                    line.close()
                line = socket.create_connection(("127.0.0.1", port), timeout_s)
                line.settimeout(timeout_s)
            is_answered = ask(line, request).startswith(b"HTTP/1.1 200")
        except OSError:
            line = None
            taken.append(None)
            continue
        taken.append(time.perf_counter() - began if is_answered else None)
    if line is not None:
        line.close()
    return taken
