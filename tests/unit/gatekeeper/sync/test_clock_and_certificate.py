"""A device whose clock does not fit the server's certificate asks the server, which proves it."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.store.profile import Profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_over_http import HttpEnrolment
from gatekeeper.sync.transport import Transport
from gatekeeper.wording.texts import TEXTS
from server.serving.own_tls import keep_own_tls
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import DAY, Instant
from shared.kernel.trouble import TroubleKind
from shared.manifest.signed_document import SignedDocument, encode_document
from shared.wire.proof import PROOF_HEADER, ChannelText, parse_request_proof, prove_answer
from shared.wire.server_time import TimeStatement
from tests.fakes.entropy import SeededEntropy

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "proofs.json").read_text("utf-8")
)
SECRET: Final = bytes.fromhex(VECTORS["secret"])
BEHIND: Final = 100 * DAY


@dataclass
class PastServer:
    """A server at whose place it is a hundred days earlier than here, and its certificate with it.

    Attributes:
        says: The time that it states.
        secret: With what it proves its answers.
    """

    port: int
    authority_pem: str
    says: Instant
    secret: bytes = SECRET

    def transport(self) -> Transport:
        """Reach it as a device whose clock is right."""
        root = SigningKey(bytes.fromhex(VECTORS["root_seed"]))
        profile = Profile(
            server_url="",
            device_id=DeviceId("dv_1"),
            organization_id=VECTORS["organization_id"],
            organization="",
            root_public_key=root.public_key.hex(),
            token="",
            role="gate",
        )
        device = SigningKey(bytes.fromhex(VECTORS["device_seed"]))
        channel = DeviceChannel(None, profile, device, SeededEntropy())
        channel.take(ChannelText(VECTORS["certificate"], VECTORS["signature"]).read())
        url = f"https://127.0.0.1:{self.port}"
        return Transport(url, token="gkd_x", channel=channel, authority_pem=self.authority_pem)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PastServer]:
    """Serve by a certificate that has ended by this machine's clock."""
    now = SystemClock().wall() - BEHIND
    own = keep_own_tls(tmp_path, now, SeededEntropy())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            statement = msgspec.msgpack.encode(TimeStatement(1, b"", made.says))
            certified = ChannelText(VECTORS["certificate"], VECTORS["signature"]).read()
            document = SignedDocument(
                v=1,
                kind="time",
                issued_at=Instant(1),
                body=statement,
                signature=bytes(64),
                certified=certified,
            )
            is_time = self.path.startswith("/sync/v1/time")
            body = encode_document(document) if is_time else b"answered"
            proof = parse_request_proof(self.headers[PROOF_HEADER])
            assert proof is not None
            self.send_response(200)
            self.send_header(PROOF_HEADER, prove_answer(made.secret, proof.code, 200, body))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            return

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    made = PastServer(int(listener.server_address[1]), own.authority_pem, now)
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
    thread.start()
    yield made
    listener.shutdown()
    listener.server_close()
    thread.join()


async def test_wrong_clock_keeps_no_gate_from_its_server(server: PastServer) -> None:
    """The certificate is good at the time that the server proves: the gate works."""
    transport = server.transport()
    try:
        assert await transport.send("GET", "/sync/v1/anything") == b"answered"
        assert await transport.send("GET", "/sync/v1/anything") == b"answered"
    finally:
        await transport.close()


@pytest.mark.parametrize("trick", ["a time behind the certificate's", "a time that is not proven"])
async def test_certificate_that_has_ended_by_the_servers_time_is_refused(
    server: PastServer, trick: str
) -> None:
    """An old certificate, or a time of somebody else's, opens nothing; the clock is named."""
    if trick == "a time behind the certificate's":
        server.says += BEHIND
    else:
        server.secret = bytes(32)
    transport = server.transport()
    try:
        with pytest.raises(ServerFault) as refused:
            await transport.send("GET", "/sync/v1/anything")
    finally:
        await transport.close()
    assert refused.value.kind is TroubleKind.CLOCK_WRONG


async def test_another_authority_is_refused_whatever_the_clock_says(
    server: PastServer, tmp_path: Path
) -> None:
    """Dates may be left alone, chain and name never.

    A gate that was never paired asks so as well: neither log nor screen says that it was.
    """
    own = keep_own_tls(tmp_path / "other", SystemClock().wall(), SeededEntropy("other"))
    server.authority_pem = own.authority_pem
    transport = server.transport()
    try:
        with pytest.raises(ServerFault) as refused:
            await transport.send("GET", "/sync/v1/anything")
    finally:
        await transport.close()
    assert refused.value.kind is TroubleKind.FALSE_SERVER
    for said in (str(refused.value), TEXTS.say("trouble.false_server")):
        assert "this device or its code" in said


async def test_enrolment_needs_no_clock(server: PastServer) -> None:
    """Only the server that knows the code can answer, so a machine fresh from its box enrols."""
    enrolment = HttpEnrolment(f"https://127.0.0.1:{server.port}", server.authority_pem)
    try:
        assert enrolment._transport.context is not None
        status, body, _ = await enrolment._transport._ask(
            "GET", "/", None, "", 100, VECTORS["requests"][0]["header"]
        )
    finally:
        await enrolment.close()
    assert (status, body) == (200, b"answered")
