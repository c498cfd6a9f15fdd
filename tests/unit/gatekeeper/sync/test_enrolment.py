"""Enrolment: what is checked before anything is kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import (
    DEVICE_KEY_NAME,
    PROFILE_NAME,
    Profile,
    load_profile,
    save_profile,
)
from gatekeeper.sync.enrolment import (
    EnrolmentWays,
    enrol,
    read_code,
)
from gatekeeper.sync.proven_requests_and_answers import CodeChannel
from shared.kernel.errors import BadInput, BadSignature, Malformed, Rejected, StoreFault
from shared.kernel.id_types import EventId, GateId
from shared.kernel.trouble import TroubleKind
from shared.wire.enrol import (
    EnrolAnswer,
    EnrolmentText,
    EnrolRequest,
    authority_fingerprint,
    fingerprint,
)
from shared.wire.exchange import KnownPlace
from tests.factories.gate_event import TicketOffice
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer

URL = "https://gate.example:8443"


class Ways:
    """Reaches a fake server, and remembers whom it trusted."""

    def __init__(self, server: FakeSyncServer, pem: str = "") -> None:
        self.server = server
        self.pem = pem
        self.names = ""
        self.trusted: list[tuple[str, str | None]] = []

    def connect(self, url: str, authority_pem: str | None) -> Ways:
        self.trusted.append((url, authority_pem))
        return self

    async def enrol(self, request: EnrolRequest, _channel: CodeChannel) -> EnrolAnswer:
        answer = self.server.enrol(request)
        return msgspec.structs.replace(answer, authority_pem=self.names or self.pem or None)

    async def close(self) -> None:
        return

    async def fetch_authority(self, _url: str) -> str:
        if not self.pem:
            raise Rejected("there is none", problem="not-found", status=404)
        return self.pem

    def ways(self) -> EnrolmentWays:
        return EnrolmentWays(self.connect, self.fetch_authority)


@pytest.fixture
def server() -> FakeSyncServer:
    server = FakeSyncServer(TicketOffice(), ManualClock())
    server.codes["7K2M-9Q4T-1X0C-8F3Z"] = "gate"
    return server


def make_authority() -> str:
    """Make a self-signed authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Venue")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


async def run(folder: Path, code: str, ways: Ways, url: str | None = None) -> Profile:
    """Enrol into a folder."""
    return await enrol(
        FolderDisk(folder),
        read_code(url, code),
        name="North door",
        entropy=SeededEntropy(),
        ways=ways.ways(),
    )


def line_of(server: FakeSyncServer, authority: str | None = None, root: bytes = b"") -> str:
    """Spell the line that the organizer's screen shows."""
    root = root or server.office.root.public_key
    return EnrolmentText(URL, "7K2M-9Q4T-1X0C-8F3Z", fingerprint(root), authority).format()


async def test_a_bare_code_makes_a_device(tmp_path: Path, server: FakeSyncServer) -> None:
    """Code and address are enough; the profile is written and the code is used up."""
    profile = await run(tmp_path, "7K2M-9Q4T-1X0C-8F3Z", Ways(server), "http://127.0.0.1:8000/")
    assert load_profile(FolderDisk(tmp_path)) == profile
    assert profile.server_url == "http://127.0.0.1:8000"
    assert profile.kind == "test"
    with pytest.raises(Rejected, match="wrong or used"):
        await run(tmp_path / "b", "7K2M-9Q4T-1X0C-8F3Z", Ways(server), "http://127.0.0.1:8000")


async def test_a_folder_that_cannot_be_written_to_costs_no_code(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The code stays good for another folder, and no device is made."""
    folder = tmp_path / "stick"
    folder.symlink_to(tmp_path / "unplugged")
    with pytest.raises(StoreFault):
        await run(folder, "7K2M-9Q4T-1X0C-8F3Z", Ways(server), "http://127.0.0.1:8000")
    await run(tmp_path / "b", "7K2M-9Q4T-1X0C-8F3Z", Ways(server), "http://127.0.0.1:8000")


async def test_a_refused_code_leaves_nothing_behind(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """A folder without a profile holds no key of a device that was never made."""
    with pytest.raises(Rejected, match="wrong or used"):
        await run(tmp_path, "N0NE-0000-0000-0000", Ways(server), "http://127.0.0.1:8000")
    assert FolderDisk(tmp_path).names("") == []


async def test_a_server_that_another_took_over_from_says_where_the_code_is_made(
    tmp_path: Path, server: FakeSyncServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window said to copy the line whole, which it was: each further code failed as well."""

    def refuse(_request: EnrolRequest) -> EnrolAnswer:
        raise Rejected("another machine took over", problem="gone", status=410)

    monkeypatch.setattr(server, "enrol", refuse)
    with pytest.raises(Rejected) as refused:
        await run(tmp_path, "7K2M-9Q4T-1X0C-8F3Z", Ways(server), "http://127.0.0.1:8000")
    assert refused.value.kind is TroubleKind.TAKEN_OVER


async def test_a_device_enrols_again_as_itself(tmp_path: Path, server: FakeSyncServer) -> None:
    """Id, key, name, the gate that a person chose and what proves its places stay.

    The token and the address are new.
    """
    disk = FolderDisk(tmp_path)
    first = await run(tmp_path, "7K2M-9Q4T-1X0C-8F3Z", Ways(server), "http://127.0.0.1:8000")
    places = (KnownPlace(EventId("ev_1"), GateId("gt_1"), bytes(16)),)
    changed = {"gate_id": "gt_south", "name": "Side door", "places": places}
    save_profile(disk, msgspec.structs.replace(first, **changed))
    key = disk.read(DEVICE_KEY_NAME)
    server.codes["C0DE-2222-2222-2222"] = "both"
    again = await run(tmp_path, "C0DE-2222-2222-2222", Ways(server), "http://127.0.0.2:8000")
    assert load_profile(disk) == again
    assert disk.read(DEVICE_KEY_NAME) == key
    assert (again.device_id, again.gate_id, again.name, again.role) == (
        first.device_id,
        "gt_south",
        "Side door",
        "both",
    )
    assert again.token != first.token
    assert again.places == places
    assert again.server_url == "http://127.0.0.2:8000"


async def test_a_bare_code_trusts_the_authority_that_the_device_trusts(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Enrolling again at a venue's own server needs no line; a line is believed anew."""
    pem = make_authority()
    ways = Ways(server, pem)
    for code in (
        line_of(server, authority_fingerprint(pem)),
        "7K2M-9Q4T-1X0C-8F3Z",
        line_of(server),
    ):
        server.codes["7K2M-9Q4T-1X0C-8F3Z"] = "gate"
        await run(tmp_path, code, ways, URL)
    assert ways.trusted == [(URL, pem), (URL, pem), (URL, None)]


async def test_a_bare_code_pins_the_authority_that_the_proven_answer_names(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """What an address shows is believed if the server that knows the code names the same."""
    ways = Ways(server, make_authority())
    profile = await run(tmp_path, "7K2M-9Q4T-1X0C-8F3Z", ways, URL)
    assert (ways.trusted, profile.authority_pem) == ([(URL, ways.pem)], ways.pem)
    server.codes["7K2M-9Q4T-1X0C-8F3Z"] = "gate"
    ways.names = make_authority()
    with pytest.raises(BadSignature, match="another certificate authority"):
        await run(tmp_path / "between", "7K2M-9Q4T-1X0C-8F3Z", ways, URL)
    assert not (tmp_path / "between" / PROFILE_NAME).exists()


async def test_a_device_of_another_organization_stays_what_it_is(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """By a line nothing is sent; by a bare code nothing of the answer is kept."""
    await run(tmp_path, "7K2M-9Q4T-1X0C-8F3Z", Ways(server), URL)
    before = (tmp_path / PROFILE_NAME).read_bytes()
    other = Ways(FakeSyncServer(TicketOffice(seed="elsewhere"), ManualClock()))
    other.server.codes["7K2M-9Q4T-1X0C-8F3Z"] = "gate"
    for code in (line_of(other.server), "7K2M-9Q4T-1X0C-8F3Z"):
        with pytest.raises(BadInput, match="device of Lantern Society"):
            await run(tmp_path, code, other, URL)
        assert len(other.trusted) == (code == "7K2M-9Q4T-1X0C-8F3Z")
    assert (tmp_path / PROFILE_NAME).read_bytes() == before


async def test_the_line_pins_the_venues_own_authority(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The authority that the line names is the only one that is trusted from then on."""
    pem = make_authority()
    ways = Ways(server, pem)
    profile = await run(tmp_path, line_of(server, authority_fingerprint(pem)), ways)
    assert ways.trusted == [(URL, pem)]
    assert profile.authority_pem == pem


async def test_another_authority_is_refused_before_anything_is_sent(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """A false server shows its own authority, and never sees the code."""
    ways = Ways(server, make_authority())
    with pytest.raises(BadSignature, match="fake server"):
        await run(tmp_path, line_of(server, authority_fingerprint(make_authority())), ways)
    assert ways.trusted == []
    ways.pem = "no certificate"
    with pytest.raises(Malformed, match="no certificate"):
        await run(tmp_path, line_of(server, "0" * 32), ways)
    assert FolderDisk(tmp_path).names("") == []


async def test_another_root_key_is_refused_and_nothing_is_kept(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The line's root fingerprint must be the answer's."""
    with pytest.raises(BadSignature, match="root key is not the one"):
        await run(tmp_path, line_of(server, root=bytes(32)), Ways(server))
    assert not (tmp_path / PROFILE_NAME).exists()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("192.168.8.2:8000", "https://192.168.8.2:8000"),
        (" tickets.example.org/ ", "https://tickets.example.org"),
        ("laptop:8000", "https://laptop:8000"),
        ("[fd00::2]:8000", "https://[fd00::2]:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_an_address_is_taken_as_people_say_it(said: str, meant: str) -> None:
    """Read from a note, or over the telephone: nobody says what stands before it."""
    assert read_code(said, "7K2M-9Q4T-1X0C-8F3Z").url == meant


@pytest.mark.parametrize(
    ("url", "code", "why"),
    [
        (None, "7K2M-9Q4T-1X0C-8F3Z", "give the server’s address"),
        ("ftp://x", "7K2M-9Q4T-1X0C-8F3Z", "not a server's address"),
        ("http://gate.example:99999", "7K2M-9Q4T-1X0C-8F3Z", "not a server's address"),
        ("gate.example:0", "7K2M-9Q4T-1X0C-8F3Z", "not a server's address"),
        ("nonsense", "7K2M-9Q4T-1X0C-8F3Z", "not a server's address"),
        ("our server.example", "7K2M-9Q4T-1X0C-8F3Z", "not a server's address"),
        ("ada@example.org", "7K2M-9Q4T-1X0C-8F3Z", "not a server's address"),
        ("::", "7K2M-9Q4T-1X0C-8F3Z", "not a server's address"),
        (
            "https://other.example",
            "GKE1 https://a.example C0DE-2222-2222-2222 " + "0" * 32 + " -",
            "is for",
        ),
        (None, "GKE1 https://a.example C0DE short -", "damaged"),
        (None, "GKE1 too short", "whole line"),
    ],
)
def test_codes_that_cannot_be_used_say_why(url: str | None, code: str, why: str) -> None:
    """Each mistake has its sentence."""
    with pytest.raises(BadInput, match=why):
        read_code(url, code)
