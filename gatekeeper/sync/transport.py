"""HTTP to one server: bounded in time and size, trusting one authority, failing in sentences."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx
import msgspec

from gatekeeper.sync import url_paths
from gatekeeper.sync.http_connections import CONNECT_SECONDS, make_connections
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel, ProvenRequest
from gatekeeper.sync.server_time_for_wrong_clock import is_good_by_server
from gatekeeper.sync.tls_trust import explain_certificate, fixed_name, leave_dates, make_context
from gatekeeper.sync.typed_server_address import checked_url
from shared.kernel.errors import Malformed, Rejected, ServerFault
from shared.kernel.os_errors import words_of_system
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.proof import PROOF_HEADER, ChannelText

READ_SECONDS: Final = 30.0
"""For the next bytes of an answer."""
BYTES_A_SECOND_MIN: Final = 2_000
"""A request and its answer take as long as at this rate, and `READ_SECONDS`, at most: a slow phone
network has ten times as much. By a byte now and then a gate could be held up for days."""
ANSWER_SIZE_MAX: Final = 40 * 1024 * 1024
"""Bytes of one answer of the server's: a whole manifest chunk with room to spare."""

_ERROR_SIZE_MAX: Final = 64 * 1024
_OK: Final = 200
_REDIRECTED: Final = 300
_UNAUTHENTICATED: Final = 401
_NO_TLS: Final = frozenset(
    {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
)
"""What OpenSSL calls an answer that is no TLS, as of a server that speaks plain HTTP."""


class ProblemText(msgspec.Struct, frozen=True):
    """What a problem document says (RFC 9457), as far as it is shown."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: tuple[ProblemField, ...] = ()


class ProblemField(msgspec.Struct, frozen=True):
    """One wrong field."""

    field: str = ""
    message: str = ""


class Transport:
    """Requests to one server.

    Attributes:
        url: Its address, without a trailing slash.
        headers: What every request carries.
        context: The TLS side, or None on plain HTTP.
        server_name: The name that its certificate must have, where that is not its address.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        channel: DeviceChannel | None = None,
        authority_pem: str | None = None,
        trusts_anybody: bool = False,
    ) -> None:
        """Prepare; nothing is opened before the first request.

        Args:
            url: The server's address.
            token: Bearer token of an enrolled device.
            channel: Proves each request; an answer that is not proven counts as none.
            authority_pem: The one authority to trust, or None for the system's.
            trusts_anybody: Take any certificate: only to fetch the authority's, whose
                fingerprint is then compared.

        Raises:
            BadInput: if the address or the authority's certificate cannot be used.
        """
        self.url = checked_url(url)
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.context = make_context(authority_pem) if self.url.startswith("https:") else None
        self.server_name = None if self.context is None else fixed_name(authority_pem)
        self._authority = authority_pem
        if self.context is not None and trusts_anybody:
            assert token is None, "no secret goes to a server that is not known yet"
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE
        self._channel = channel
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers=self.headers | {"Accept-Encoding": "identity"},  # proofs are of bodies as sent
            transport=make_connections(self.context),
            trust_env=False,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        )

    async def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        media_type: str = "application/json",
        size_max: int = ANSWER_SIZE_MAX,
    ) -> bytes:
        """Send a request and return the answer's body.

        Raises:
            ServerFault: if no useful answer came, or one that nobody vouches for.
            Rejected: if the server refused.
        """
        channel = self._channel
        if channel is None:
            status, body, _ = await self._ask(method, path, content, media_type, size_max)
            return _good(status, body)
        if not channel.is_known:
            await self._learn_channel(channel)
        # As it goes over the wire, below the server's own address.
        target = httpx.URL(path).raw_path.decode("ascii")
        proof = channel.prove(method, target, content or b"")
        status, body, said = await self._ask(
            method, path, content, media_type, size_max, proof.header
        )
        if proof.is_answered(status, body, said):
            return _good(status, body)
        fault = explain_unproven(status, body)
        if status == _UNAUTHENTICATED and fault.kind is not TroubleKind.TOKEN:
            # Perhaps the server proves by another key now: the root says so, or nobody does.
            await self._learn_channel(channel)
        raise fault

    async def enrol(self, content: bytes, proof: ProvenRequest) -> bytes:
        """Send a request to be enrolled and return the answer's body.

        A refusal may be shown whoever has written it. What makes a device of this machine counts
        from a server that knows the code, and from nobody else.

        Raises:
            ServerFault: if no answer came, or one of a server that does not know the code.
            Rejected: if the server refused.
        """
        status, body, said = await self._ask(
            "POST", url_paths.ENROL, content, "application/json", _ERROR_SIZE_MAX, proof.header
        )
        body = _good(status, body)
        if proof.is_answered(status, body, said):
            return body
        message = (
            "the answer came from a server that does not know this code; it was not used, and"
            " the code was not sent. Someone may be intercepting the connection: check the"
            " address"
        )
        raise ServerFault(message, kind=TroubleKind.FALSE_SERVER)

    def prove_opening(self, path: str) -> dict[str, str]:
        """Return the headers with which a WebSocket is opened; empty before the first request."""
        if self._channel is None or not self._channel.is_known:
            return self.headers
        return self.headers | {PROOF_HEADER: self._channel.prove("GET", path, b"").header}

    async def _learn_channel(self, channel: DeviceChannel) -> None:
        """Fetch the server's channel key, which the pinned root has signed.

        Raises:
            ServerFault: if it cannot be had.
            BadSignature: if the root has not signed it.
        """
        status, body, _ = await self._ask(
            "GET", url_paths.CHANNEL, None, "", size_max=_ERROR_SIZE_MAX
        )
        if status != _OK:
            raise explain_unproven(status, body)
        try:
            channel.take(msgspec.json.decode(body, type=ChannelText).read())
        except (Malformed, *UNDECODABLE) as fault:
            raise _unproven() from fault

    async def _ask(
        self,
        method: str,
        path: str,
        content: bytes | None,
        media_type: str,
        size_max: int,
        proof: str = "",
    ) -> tuple[int, bytes, str]:
        """Send a request; returns status, body and proof of the answer.

        Raises:
            ServerFault: if none came.
        """
        headers = {} if content is None else {"Content-Type": media_type}
        if proof:
            headers[PROOF_HEADER] = proof
        asked = (method, path, content, headers, size_max)
        try:
            return await self._ask_once(*asked)
        except ServerFault as fault:
            if fault.kind is not TroubleKind.CLOCK_WRONG or not await self._settle_clock():
                raise
        return await self._ask_once(*asked)

    async def _settle_clock(self) -> bool:
        """Go on by the server's own time where this device's clock does not fit a certificate.

        Chain and name are checked as ever; that the server states such a time for this very
        request, only the server can prove.

        Returns:
            Whether the certificate is good at the server's time; its dates are then left alone.
        """
        channel = self._channel
        if self._authority is None or channel is None or not channel.is_known:
            return False
        assert self.context is not None
        is_good = await is_good_by_server(
            self.url, self._authority, self.server_name, self.headers, channel
        )
        if is_good:
            leave_dates(self.context)
        return is_good

    async def _ask_once(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str], size_max: int
    ) -> tuple[int, bytes, str]:
        extensions = {} if self.server_name is None else {"sni_hostname": self.server_name}
        try:
            async with (
                asyncio.timeout(_patience(len(content or b""))) as patience,
                self._client.stream(
                    method, path, content=content, headers=headers, extensions=extensions
                ) as response,
            ):
                most = size_max if response.is_success else _ERROR_SIZE_MAX
                body = await _read(response, most, patience)
                return response.status_code, body, response.headers.get(PROOF_HEADER, "")
        except (httpx.HTTPError, TimeoutError) as fault:
            raise explain_http_fault(fault, self.url) from fault
        except (httpx.InvalidURL, httpx.StreamError) as fault:
            message = f"the request to {self.url} could not be made: {words_of_system(fault)}"
            raise ServerFault(message, kind=TroubleKind.UNREACHABLE) from fault

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def _good(status: int, body: bytes) -> bytes:
    if _OK <= status < _REDIRECTED:
        return body
    raise explain_refusal(status, body)


def _patience(size: int) -> float:
    """Return for how many seconds so many bytes are waited for."""
    return READ_SECONDS + size / BYTES_A_SECOND_MIN


async def _read(response: httpx.Response, size_max: int, patience: asyncio.Timeout) -> bytes:
    parts, size = [], 0
    ends = asyncio.get_running_loop().time() + READ_SECONDS
    async for part in response.aiter_raw():
        size += len(part)
        patience.reschedule(ends + size / BYTES_A_SECOND_MIN)
        if size > size_max:
            message = "the server's answer is larger than it may be"
            raise ServerFault(message, kind=TroubleKind.UNREADABLE)
        parts.append(part)
    return b"".join(parts)


def explain_http_fault(fault: BaseException, url: str) -> ServerFault:
    """Turn a failed connection into a sentence that says what to check."""
    for cause in _causes(fault):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return explain_certificate(cause, url)
    if isinstance(fault, httpx.ConnectTimeout | httpx.PoolTimeout):
        said = f"the server at {url} does not answer; check cable and Wi-Fi"
        return ServerFault(said, kind=TroubleKind.UNREACHABLE)
    if isinstance(fault, httpx.TimeoutException | asyncio.TimeoutError):
        said = f"the server at {url} takes too long to answer"
        return ServerFault(said, kind=TroubleKind.TOO_SLOW)
    if isinstance(fault, httpx.ConnectError):
        if (exact := _explain_unconnected(fault, url)) is not None:
            return exact
        said = f"the server at {url} cannot be reached; check cable and Wi-Fi"
        return ServerFault(said, kind=TroubleKind.UNREACHABLE)
    said = f"the connection to {url} broke before the answer came; check cable and Wi-Fi"
    return ServerFault(said, kind=TroubleKind.BROKE_OFF)


def _explain_unconnected(fault: BaseException, url: str) -> ServerFault | None:
    """Say why no connection came about, where more is known than that; else None."""
    for cause in _causes(fault):
        if isinstance(cause, socket.gaierror):
            host = httpx.URL(url).host
            said = f"no machine called {host} was found; check the spelling of the address"
            return ServerFault(said, kind=TroubleKind.NO_SUCH_HOST)
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            said = f"what answers at {url} does not speak TLS; write http:// if it is the server"
            return ServerFault(said, kind=TroubleKind.NO_TLS)
        if isinstance(cause, ConnectionRefusedError):
            said = (
                f"the server at {url} cannot be reached: nothing is listening there; check the"
                " port"
            )
            return ServerFault(said, kind=TroubleKind.UNREACHABLE)
    return None


def _causes(fault: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = fault
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def explain_refusal(status: int, body: bytes) -> ServerFault | Rejected:
    """Turn an error answer into the error that its reader acts on."""
    try:
        problem = msgspec.json.decode(body, type=ProblemText)
    except UNDECODABLE:
        problem = ProblemText()
    fields = "; ".join(f"{wrong.field} {wrong.message}" for wrong in problem.errors)
    text = " ".join(part for part in (problem.detail or problem.title, fields) if part)
    slug = problem.type.rpartition("/")[2] or "rejected"
    if status >= 500 or status == 429:
        said = text or f"the server answered with status {status}; try again later"
        return ServerFault(said, kind=TroubleKind.SERVER_FAILED)
    if status == 401:
        text = (
            "the server does not know this device's token, perhaps because it was restored from"
            " an older copy: enrol this folder again with a new code; nothing recorded is lost"
        )
    elif not text:
        text = f"the server refused with status {status}; is this a Gatekeeper server?"
    kind = TroubleKind.TOKEN if status == 401 else None
    return Rejected(text, problem=slug, status=status, kind=kind)


def explain_unproven(status: int, body: bytes) -> ServerFault:
    """Turn an answer that nobody vouches for into a sentence; it decides nothing else."""
    fault = explain_refusal(status, body) if status >= _REDIRECTED else None
    if fault is not None and (status >= 500 or status == 429):
        return ServerFault(str(fault), kind=TroubleKind.SERVER_FAILED)
    if isinstance(fault, Rejected) and fault.problem == "unauthenticated":
        return ServerFault(str(fault), kind=TroubleKind.TOKEN)
    return _unproven()


def _unproven() -> ServerFault:
    message = (
        "an answer arrived that is not proven to be the server’s; it was not used. Someone may"
        " be intercepting the connection, or the server is older than this program"
    )
    return ServerFault(message, kind=TroubleKind.NOT_GENUINE)
