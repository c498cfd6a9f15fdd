"""One attempt: the receiver found, looked at, connected to and asked, and what it answered.

The name is looked up once. Every address that it stands for is checked, and the connection is
made to the first of them by number, so that a name which is another address a moment later leads
nowhere. TLS still verifies the name. Redirects are answers like any other; no proxy of the
environment is asked.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

import httptools
import msgspec

from server.webhooks.allowed_addresses import Address, Network, Target, is_named, may_reach

WEBHOOK_CONNECT_S: Final = 5
"""For connecting to a receiver."""
WEBHOOK_TOTAL_S: Final = 15
"""For one attempt in all, once the receiver's address is known."""
WEBHOOK_ANSWER_MAX: Final = 64 * 1024
"""Bytes of an answer that are read at most; what comes after its head is only shown."""
WEBHOOK_SHOWN_MAX: Final = 1_024
"""Bytes of an answer that are kept with the attempt."""
WEBHOOK_LANES: Final = 8
"""Attempts that one worker makes at the same time."""

_INFORMS: Final = 200
_CHUNK: Final = 8_192

Lookup = Callable[[str, int], Sequence[str]]


class Unsent(Exception):
    """Why there was no answer, in a sentence without words of the receiver's."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver answered.

    Attributes:
        status: Of HTTP.
        retry_after: The header of this name, or "".
        shown: The first of the body.
    """

    status: int
    retry_after: str
    shown: str


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses that a name stands for; blocks."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class Sender:
    """Sends messages; one for each worker."""

    def __init__(
        self,
        networks: Sequence[Network],
        *,
        lookup: Lookup = look_up,
        trust: ssl.SSLContext | None = None,
        total_s: float = WEBHOOK_TOTAL_S,
    ) -> None:
        """Prepare; nothing is opened.

        Args:
            networks: Those besides the internet that the operator lets messages into.
            lookup: Finds a name's addresses.
            trust: Whose certificates are taken; the system's roots if none is given.
            total_s: For one attempt in all.
        """
        self._networks = networks
        self._lookup = lookup
        self._trust = trust
        self._total_s = total_s
        # Their own: a resolver that hangs must hold up nothing but other messages.
        self._threads = ThreadPoolExecutor(WEBHOOK_LANES, thread_name_prefix="webhook-lookup")

    def close(self) -> None:
        """Let go of the threads that look names up; none is waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, target: Target, headers: Mapping[str, str], body: bytes) -> Reply:
        """Make one attempt.

        Raises:
            Unsent: if there was no answer, with why.
        """
        exchange = _Exchange()
        address = await self._find(target)
        try:
            async with asyncio.timeout(self._total_s):
                await self._exchange(target, address, headers, body, exchange)
        except TimeoutError:
            if not exchange.is_answered:
                raise Unsent("The receiver did not answer in time.") from None
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not exchange.is_answered:
                raise Unsent("The receiver answers with something that is not HTTP.") from None
        except OSError as error:
            if not exchange.is_answered:
                raise Unsent(_why(error)) from None
        if not exchange.is_answered:
            raise Unsent("The receiver closed the connection without an answer.")
        return exchange.reply()

    async def _exchange(
        self,
        target: Target,
        address: Address,
        headers: Mapping[str, str],
        body: bytes,
        exchange: _Exchange,
    ) -> None:
        trust = await self._context() if target.is_tls else None
        try:
            async with asyncio.timeout(WEBHOOK_CONNECT_S):
                reader, writer = await asyncio.open_connection(
                    str(address),
                    target.port,
                    ssl=trust,
                    server_hostname=target.host.rstrip(".") if trust is not None else None,
                )
        except TimeoutError:
            raise Unsent("The receiver cannot be reached.") from None
        try:
            writer.write(_request(target, headers, body))
            await writer.drain()
            while not exchange.is_over and (piece := await reader.read(_CHUNK)):
                exchange.take(piece)
        finally:
            writer.transport.abort()

    async def _context(self) -> ssl.SSLContext:
        if self._trust is None:
            self._trust = await asyncio.to_thread(ssl.create_default_context)
        return self._trust

    async def _find(self, target: Target) -> Address:
        """Return the address to connect to; all that the name stands for are looked at."""
        loop = asyncio.get_running_loop()
        look = loop.run_in_executor(self._threads, self._lookup, target.host, target.port)
        try:
            # It has its thread until its resolver gives up: who names a host that nobody answers
            # for waits so long with it, and takes no other's thread meanwhile.
            await asyncio.wait({look})
            texts = look.result()
            found = [ip_address(text) for text in texts]
        except (OSError, UnicodeError, ValueError):
            raise Unsent("The receiver's name stands for no address.") from None
        if not found:
            raise Unsent("The receiver's name stands for no address.")
        if not all(may_reach(one, self._networks) for one in found):
            raise Unsent("The receiver's address is not one of the internet; nothing was sent.")
        first = found[0]
        is_usual = target.is_tls and target.port == 443
        if not is_usual and not all(is_named(one, self._networks) for one in found):
            raise Unsent("Messages to the internet go to https at its usual port only.")
        return first


class _Exchange:
    """What has come of an answer so far."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._retry_after = ""
        self._size = 0
        self._status = 0
        self.is_answered = False
        self.is_over = False

    def take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._parser.feed_data(piece)
        if self._size >= WEBHOOK_ANSWER_MAX or len(self._body) >= WEBHOOK_SHOWN_MAX:
            self.is_over = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self._retry_after = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= _INFORMS:
            self._status, self.is_answered = status, True

    def on_body(self, body: bytes) -> None:
        if len(self._body) < WEBHOOK_SHOWN_MAX:
            self._body += body[:WEBHOOK_SHOWN_MAX]

    def on_message_complete(self) -> None:
        self.is_over = self.is_answered

    def reply(self) -> Reply:
        shown = self._body[:WEBHOOK_SHOWN_MAX].decode("utf-8", "replace").replace("\0", "\ufffd")
        return Reply(status=self._status, retry_after=self._retry_after, shown=shown)


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close"]
    assert not any("\r" in line or "\n" in line for line in lines)
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The receiver’s certificate is not valid: {error.verify_message}."
    if isinstance(error, ssl.SSLError):
        return "No encryption could be agreed with the receiver."
    if isinstance(error, ConnectionRefusedError):
        return "The receiver refuses connections."
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "The receiver closed the connection."
    return "The receiver cannot be reached."
