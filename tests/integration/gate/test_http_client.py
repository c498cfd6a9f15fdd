"""The HTTP client against real sockets: what goes wrong is said in sentences."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request

from gatekeeper.demo.cable import Cable
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.store.profile import Profile
from gatekeeper.sync import push_channel_and_lost_server
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_over_http import HttpServer, fetch_authority
from gatekeeper.sync.server_port import ServerSilent
from gatekeeper.sync.transport import Transport
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadSignature, Malformed, Rejected, ServerFault
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, OrganizationId
from shared.kernel.instant import Instant
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import (
    Certified,
    KeyCertificate,
    SignedDocument,
    certify,
    encode_document,
)
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.exchange import ExchangeRequest
from shared.wire.proof import (
    PROOF_HEADER,
    ChannelText,
    channel_secret,
    parse_request_proof,
    prove_answer,
)
from shared.wire.push_message import PushMessage
from tests.fakes.entropy import SeededEntropy

REQUEST = ClaimRequest(
    code="1",
    gate_id=GateId("gt_1"),
    direction="in",
    claim_id=ClaimId("c1"),
    scanned_at="2026-07-04T18:00:00Z",
)
EXCHANGE = ExchangeRequest(
    v=1, event_id=EventId(""), epoch=0, cursor=0, head=None, entries=(), sent_at=Instant(0)
)
ROOT, CHANNEL, DEVICE = (SigningKey(bytes((n,)) * 32) for n in (1, 2, 3))
CERTIFIED = certify(
    KeyCertificate(
        v=1,
        organization_id=OrganizationId("org_1"),
        key_id=1,
        public_key=CHANNEL.public_key,
        purpose="channel",
        not_before=Instant(1_000),
    ),
    ROOT,
)
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@asynccontextmanager
async def answering(
    answer: bytes, context: ssl.SSLContext | None = None, *, vouches: bool = True
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve one fixed HTTP answer, with the server's proof or without; gives address and heads."""
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(vouched(answer, heads[-1]) if vouches else answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{port}", heads
    finally:
        server.close()


def device_channel(*, is_known: bool = True) -> DeviceChannel:
    """Give the channel of a device that was enrolled with this server."""
    profile = Profile(
        server_url="",
        device_id=DeviceId("dv_1"),
        organization_id=OrganizationId("org_1"),
        organization="Lantern Society",
        root_public_key=ROOT.public_key.hex(),
        token="secret",
        role="gate",
    )
    channel = DeviceChannel(None, profile, DEVICE, SeededEntropy())
    if is_known:
        channel.take(CERTIFIED)
    return channel


def connected(url: str, authority_pem: str | None = None) -> HttpServer:
    """Give the client of that device."""
    return HttpServer(url, "secret", authority_pem, device_channel())


def vouched(answer: bytes, head: bytes) -> bytes:
    """Add the server's proof to an answer, for the request with that head."""
    lines = head.decode().lower().split("\r\n")
    said = next(line for line in lines if line.startswith(PROOF_HEADER))
    proof = parse_request_proof(said.partition(": ")[2])
    assert proof is not None
    begin, _, body = answer.partition(b"\r\n\r\n")
    status = int(begin.split(b" ")[1]) if begin.startswith(b"HTTP") else 0
    secret = channel_secret(CHANNEL, DEVICE.public_key)
    code = prove_answer(secret, proof.code, status, body)
    return answer.replace(b"\r\n", f"\r\n{PROOF_HEADER}: {code}\r\n".encode(), 1)


def http(status: int, body: bytes, media_type: str = "application/json") -> bytes:
    """Spell an answer."""
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\n"
    return f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body


def problem(status: int, slug: str, detail: str) -> bytes:
    """Spell a problem document."""
    body = {
        "type": f"https://gatekeeper.example/problems/{slug}",
        "title": "No",
        "status": status,
        "detail": detail,
        "errors": [{"field": "gate_id", "message": "is unknown"}],
    }
    return http(status, msgspec.json.encode(body), "application/problem+json")


async def test_claims_carry_the_token_and_read_the_answer() -> None:
    """A claim goes out with the device's token and comes back as the wire's struct."""
    word = ClaimAnswer(
        verdict="admit",
        reason="ok",
        ticket_id="00" * 8,
        remaining=0,
        claim_id=ClaimId("c1"),
        at="2026-07-04T18:00:00Z",
        epoch=1,
        sequence=5,
    )
    async with answering(http(200, msgspec.json.encode(word))) as (url, heads):
        server = connected(url)
        assert await server.claim(REQUEST) == word
        await server.close()
    assert heads[0].startswith(b"POST /sync/v1/claims HTTP/1.1")
    assert b"authorization: bearer secret" in heads[0].lower()


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        (problem(403, "device-revoked", "revoked; ask the organizer"), Rejected, "organizer"),
        (problem(422, "invalid-fields", "Correct it."), Rejected, "gate_id is unknown"),
        (problem(503, "ledger-behind", "waits for an operator"), ServerFault, "operator"),
        (problem(429, "too-many-requests", "Try again in 5 s."), ServerFault, "Try again"),
        (http(404, b"<html>"), Rejected, "is this a Gatekeeper server"),
        (http(500, b"<html>"), ServerFault, "status 500"),
        (http(200, b"\x00garbage"), ServerFault, "newer version"),
        (b"nonsense\r\n\r\n", ServerFault, "broke"),
        (b"", ServerFault, "broke"),
    ],
)
async def test_what_goes_wrong_is_said_in_a_sentence(
    answer: bytes, error: type[Exception], why: str
) -> None:
    """Refusals and faults of every kind become our own errors with a way on."""
    async with answering(answer) as (url, _):
        server = connected(url)
        with pytest.raises(error, match=why):
            await server.claim(REQUEST)
        await server.close()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http(200, b"{}"), "not proven"),
        (http(404, b"{}"), "not proven"),
        (problem(403, "device-revoked", "revoked; ask the organizer"), "not proven"),
        (problem(401, "unauthenticated", "unknown"), "enrol this folder again"),
        (problem(503, "ledger-behind", "waits for an operator"), "operator"),
    ],
)
async def test_an_answer_that_nobody_vouches_for_is_none(answer: bytes, why: str) -> None:
    """Whatever it says, it is as if the server were away: only the sentence differs."""
    async with answering(answer, vouches=False) as (url, _):
        server = connected(url)
        with pytest.raises(ServerFault, match=why):
            await server.claim(REQUEST)
        await server.close()


async def test_a_device_without_the_servers_key_asks_for_it_first() -> None:
    """What was enrolled before there was one believes nothing but what its root has signed."""
    genuine = ChannelText.of(CERTIFIED)
    other = certify(
        KeyCertificate(
            v=1,
            organization_id=OrganizationId("org_1"),
            key_id=1,
            public_key=CHANNEL.public_key,
            purpose="channel",
            not_before=Instant(1_000),
        ),
        CHANNEL,
    )
    for text, is_taken in ((genuine, True), (ChannelText.of(other), False)):
        channel = device_channel(is_known=False)
        answer = http(200, msgspec.json.encode(text))
        async with answering(answer, vouches=False) as (url, heads):
            server = HttpServer(url, "secret", None, channel)
            with pytest.raises((ServerFault, BadSignature)):
                await server.claim(REQUEST)
            await server.close()
        assert heads[0].startswith(b"GET /sync/v1/channel HTTP/1.1")
        assert channel.is_known == is_taken
        assert len(heads) == 1 + is_taken, "nothing else is asked of a server that is not known"


async def test_an_exchange_that_cannot_be_read_is_malformed() -> None:
    """Bytes of no form are no answer, and do no harm."""
    async with answering(http(200, b"\xc1\xc1", "application/msgpack")) as (url, _):
        server = connected(url)
        with pytest.raises(Malformed, match="cannot be read"):
            await server.exchange(EXCHANGE)
        await server.close()


async def test_a_chunk_larger_than_signed_for_is_cut_off() -> None:
    """Nobody can fill the disk with a piece that says it is small."""
    async with answering(http(200, bytes(100_000))) as (url, _):
        server = connected(url)
        with pytest.raises(ServerFault, match="larger"):
            await server.fetch_chunk(EventId("ev_1"), ChunkRef(0, 1, 10, bytes(32)))
        await server.close()


async def test_a_server_that_is_away_is_named() -> None:
    """Nobody listens, nobody has the name, or plain HTTP answers: each is told as what it is."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(http(400, b""))
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        for url, why, kind in (
            ("http://127.0.0.1:9", "nothing is listening there; check the port", "unreachable"),
            ("http://gate.invalid", "no machine called gate.invalid", "no_such_host"),
            (f"https://127.0.0.1:{port}", "does not speak TLS; write http:", "no_tls"),
        ):
            server = connected(url)
            with pytest.raises(ServerFault, match=why) as caught:
                await server.claim(REQUEST)
            assert caught.value.kind == kind
            await server.close()


class Authority:
    """A certificate authority of a venue."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Venue CA")])
        self.certificate = self.sign(self.name, self.key, NOW - DAY, NOW + DAY, is_ca=True)
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def sign(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        start: dt.datetime,
        end: dt.datetime,
        *,
        is_ca: bool = False,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if not is_ca:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def server_context(self, folder: Path, start: dt.datetime, end: dt.datetime) -> ssl.SSLContext:
        """Make a server's side with a certificate of this authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate server")])
        chain = folder / "chain.pem"
        chain.write_bytes(
            self.sign(name, key, start, end).public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (NOW - DAY, NOW + DAY, None),
        (NOW - 2 * DAY, NOW - DAY, "expired by this device's clock"),
        (NOW + DAY / 2, NOW + DAY, "not valid yet by this device's clock"),
    ],
)
async def test_only_the_pinned_authority_is_trusted(
    tmp_path: Path, start: dt.datetime, end: dt.datetime, why: str | None
) -> None:
    """Our authority's certificate is taken, another's is refused, and a wrong clock is named."""
    ours, other = Authority(), Authority()
    context = ours.server_context(tmp_path, start, end)
    body = b"\xc1"
    async with answering(http(200, body), context) as (url, heads):
        good = connected(url, ours.pem)
        with pytest.raises(Malformed if why is None else ServerFault, match=why or "read"):
            await good.exchange(EXCHANGE)
        await good.close()
        seen = len(heads)
        for pem in (other.pem, None):
            bad = connected(url, pem)
            with pytest.raises(
                ServerFault, match="not the server that this device or its code belongs to"
            ):
                await bad.exchange(EXCHANGE)
            await bad.close()
        assert len(heads) == seen


@pytest.mark.parametrize("who", ["gate", "desk"])
async def test_a_request_given_up_while_tls_begins_leaves_no_connection(who: str) -> None:
    """Whoever closes the window, or waits no longer, holds no socket of a server that is mute."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        begun.set()
        await reader.read()  # to its end, which only the client brings about
        writer.close()
        ended.set()

    server = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        transport, office = Transport(url), ServerApi(url)
        asked = transport.send("GET", "/mute") if who == "gate" else office.check()
        task = asyncio.create_task(asked)
        await asyncio.wait_for(begun.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 60)
        await transport.close()
        await office.close()


async def test_the_authority_is_fetched_without_trust(tmp_path: Path) -> None:
    """Before pairing anybody may answer; the fingerprint decides afterwards."""
    ours = Authority()
    context = ours.server_context(tmp_path, NOW - DAY, NOW + DAY)
    pem = http(200, ours.pem.encode(), "text/plain")
    async with answering(pem, context, vouches=False) as (url, heads):
        assert await fetch_authority(url) == ours.pem
    assert b"authorization" not in heads[0].lower()


async def test_push_wakes_the_gate_and_comes_back_after_a_cut() -> None:
    """A message about our event ends the wait, a page is given; a closed channel is a fault."""
    seen: list[str] = []
    page = SignedDocument(
        v=1,
        kind="feed",
        issued_at=Instant(1_000),
        body=b"body",
        signature=bytes(64),
        certified=Certified(b"", bytes(64)),
    )

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers["Authorization"])
        for event_id in ("ev_other", "ev_1"):
            await connection.send(
                msgspec.json.encode(PushMessage(EventId(event_id), 1, 9)).decode()
            )
        await connection.send("no json")
        await connection.send(b"no document")
        await connection.send(encode_document(page))
        await connection.close()

    async with serve(handle, "127.0.0.1", 0) as listener:
        port = next(iter(listener.sockets)).getsockname()[1]
        server = connected(f"http://127.0.0.1:{port}")
        assert await server.wait_for_push(EventId("ev_1")) is None
        assert await server.wait_for_push(EventId("ev_1")) == page
        with pytest.raises(ServerFault, match="polls instead"):
            await server.wait_for_push(EventId("ev_1"))
        await server.wait_for_push(EventId("ev_1"))
        await server.close()
    assert seen == ["Bearer secret"] * 2


@pytest.mark.parametrize("is_cut", [True, False])
async def test_a_server_that_stops_answering_is_told(
    *, is_cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the connection breaks or falls silent: no other opens, and that is said."""
    for name, seconds in (("PING_EVERY", 0.1), ("PING", 0.1), ("PROBE", 0.3)):
        monkeypatch.setattr(push_channel_and_lost_server, f"{name}_SECONDS", seconds)

    async def handle(connection: ServerConnection) -> None:
        await connection.send(msgspec.json.encode(PushMessage(EventId("ev_1"), 1, 9)).decode())
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0) as listener:
        cable = Cable(next(iter(listener.sockets)).getsockname()[1])
        await cable.open()
        server = connected(f"http://127.0.0.1:{cable.port}")
        assert await server.wait_for_push(EventId("ev_1")) is None
        cable.pull(is_noticed=is_cut)
        with pytest.raises(ServerSilent, match="stopped answering"):
            await server.wait_for_push(EventId("ev_1"))
        await cable.close()
        await server.close()


async def test_a_gate_that_moves_while_its_channel_opens_hears_no_more_of_the_former_server() -> (
    None
):
    """The channel opens after all, at a server that has nothing more to say: it is closed."""
    asked, answer, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def delay(_connection: ServerConnection, _request: Request) -> None:
        asked.set()
        await answer.wait()

    async def handle(connection: ServerConnection) -> None:
        await connection.wait_closed()
        ended.set()

    async with serve(handle, "127.0.0.1", 0, process_request=delay) as listener:
        port = next(iter(listener.sockets)).getsockname()[1]
        server = connected(f"http://127.0.0.1:{port}")
        waiting = asyncio.create_task(server.wait_for_push(EventId("ev_1")))
        await asked.wait()
        await server.move("http://127.0.0.1:9")
        answer.set()
        async with asyncio.timeout(60):
            with pytest.raises(ServerFault, match="polls instead"):
                await waiting
            await ended.wait()
        await server.close()
