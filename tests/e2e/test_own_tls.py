"""A server that listens beyond its machine speaks TLS by a certificate of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from cryptography import x509

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.composition_root import connect_http
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, load_key, load_profile, save_profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.tls_trust import fixed_name, make_context
from server.commands.serve import names_itself
from server.host_machine import machine_addresses
from server.serving.connection_limits_and_deadlines import STRANGERS_MAX
from server.serving.own_tls import (
    AUTHORITY_FILE,
    FOLDER,
    SERVER_FILE,
    keep_own_tls,
    read_authority_pem,
)
from shared.wire.enrol import LEDGER_NAME
from shared.wire.signed_server_address import ADDRESS_PATH, open_address
from tests.e2e.gate_process import gatekeeper
from tests.e2e.middleman import Middleman
from tests.e2e.site import Site, open_site, refused, scanned, synced, verified
from tests.factories import waiting
from tests.factories.gate_venue import until
from tests.factories.office import test_settings
from tests.factories.running_server import RunningServer, running_server
from tests.factories.strangers import NOTHING, open_count, siege
from tests.factories.waiting import PATIENCE_S
from tests.fakes.entropy import SeededEntropy

__all__ = ["running_server"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a server that listens to a venue, with an event on sale."""
    with open_site(tmp_path_factory.mktemp("tls"), "--host", "0.0.0.0") as opened:
        yield opened


def enrol(site: Site, folder: Path, url: str) -> None:
    """Enrol a folder with a bare code and an address."""
    done = gatekeeper("enrol", "--server", url, "--code", site.bare_code(), "--profile", folder)
    assert done.returncode == 0, done.stderr.decode()


def false_context(folder: Path) -> ssl.SSLContext:
    """Make a certificate like the server's, of an authority of one's own."""
    own = keep_own_tls(folder, SystemClock().wall(), SeededEntropy())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate)
    return context


def test_gate_is_enrolled_and_admits_over_tls(site: Site) -> None:
    """An address and a typed code are enough: the authority comes with the proven answer."""
    assert site.server.url.startswith("https://"), "a server for a venue speaks in clear"
    folder = site.folder / "gate-tls"
    enrol(site, folder, site.server.url)
    profile = load_profile(FolderDisk(folder))
    assert profile.authority_pem is not None
    assert fixed_name(profile.authority_pem) == LEDGER_NAME
    synced(folder)
    (answer,) = scanned(folder, site.codes.pop())
    assert (answer["verdict"], answer["mode"]) == ("admit", "online")


def test_server_on_either_database_signs_the_address_that_was_named(
    running_server: RunningServer,
) -> None:
    """So that gates find it once its operator names another one."""
    named = f"https://tickets.example.org:{running_server.port}"
    running_server.stop()
    running_server.words = ("--host", "0.0.0.0")  # in clear it has no authority
    running_server.variables = {"GATEKEEPER_PUBLIC_URL": named}
    running_server.start()
    pem = read_authority_pem(running_server.folder)
    context = make_context(pem)
    context.check_hostname = False  # its name is none that anybody finds
    url = f"https://127.0.0.1:{running_server.port}{ADDRESS_PATH}"

    def ask() -> str:
        answer = httpx.get(url, verify=context)
        return answer.text if answer.is_success else ""

    assert open_address(waiting.until(ask, seconds=20), pem).urls == (named,)


def test_hosts_of_one_database_sign_no_address_of_their_own(tmp_path: Path) -> None:
    """A gate that went to one of them past the balancer would stay there when that one ends."""
    own, named = "https://192.0.2.1:8000", "https://tickets.example.org"
    for database, is_signed in (("postgresql://db/gk", False), ("sqlite:////data/gk.db", True)):
        settings = test_settings(database, tmp_path)
        assert names_itself(msgspec.structs.replace(settings, public_url=own), own) == is_signed
        assert names_itself(msgspec.structs.replace(settings, public_url=named), own)


def test_line_names_the_authority_and_where_gates_reach_the_server(site: Site) -> None:
    """Who scans the line believes no other one from the first byte on, and finds the server.

    It listens everywhere and was told no address: its loopback would be the gate's own.
    """
    folder = site.folder / "gate-line"
    line = site.enrolment().replace(f":{site.man.port} ", f":{site.server.port} ")
    assert line.split(" ")[4] != "-"
    assert urlsplit(line.split(" ")[1]).hostname == (machine_addresses() or ["127.0.0.1"])[0]
    done = gatekeeper("enrol", "--code", line, "--profile", folder)
    assert done.returncode == 0, done.stderr.decode()
    assert synced(folder)["pending"] == 0


def test_name_is_checked_and_not_the_address(site: Site) -> None:
    """The server moves to another address: the same gate reaches it there."""
    folder = site.folder / "gate-moved"
    enrol(site, folder, site.server.url)
    disk = FolderDisk(folder)
    url = f"https://127.0.0.2:{site.server.port}"
    save_profile(disk, msgspec.structs.replace(load_profile(disk), server_url=url))
    assert synced(folder)["pending"] == 0


def test_push_comes_over_tls(site: Site) -> None:
    """The push channel trusts the same authority and name."""
    folder = site.folder / "gate-push"
    enrol(site, folder, site.server.url)
    disk = FolderDisk(folder)
    profile = load_profile(disk)
    key = load_key(disk, DEVICE_KEY_NAME)
    assert profile.event_id is not None
    event_id = profile.event_id

    async def hear() -> None:
        server = connect_http(profile, DeviceChannel(disk, profile, key, SeededEntropy()))
        try:
            await server.fetch_manifest(event_id)
            waiting = asyncio.create_task(server.wait_for_push(event_id))
            await asyncio.sleep(0.5)  # the channel opens
            await asyncio.to_thread(site.publish_more)
            await asyncio.wait_for(waiting, PATIENCE_S)
        finally:
            await server.close()

    asyncio.run(hear())


def test_false_certificate_is_offline_and_said(site: Site, tmp_path: Path) -> None:
    """An authority of somebody's own, with the very same name: nothing is sent to him."""
    folder = site.folder / "gate-false"
    enrol(site, folder, site.server.url)
    man = Middleman(site.server.port, false_context(tmp_path / "false"))
    disk = FolderDisk(folder)
    with man.running():
        url = f"https://127.0.0.1:{man.port}"
        save_profile(disk, msgspec.structs.replace(load_profile(disk), server_url=url))
        status, said = refused(folder)
        (answer,) = scanned(folder, "NO TICKET")
    assert status == 3
    assert "not from the trusted authority" in said
    assert (answer["verdict"], answer["mode"]) == ("refer", "offline")
    assert man.requests == {}, "something was sent to a server that is not ours"


def test_enrolment_through_somebody_elses_tls_pins_nothing(site: Site, tmp_path: Path) -> None:
    """He shows his authority and relays the rest: the proven answer names another one."""
    man = Middleman(site.server.port, false_context(tmp_path / "false"))
    pem = keep_own_tls(tmp_path / "false", SystemClock().wall(), SeededEntropy()).authority_pem
    man.change = lambda path, body: pem.encode() if path.endswith("/authority") else body
    folder = site.folder / "gate-relayed"
    with man.running():
        url = f"https://127.0.0.1:{man.port}"
        code = site.bare_code()
        done = gatekeeper("enrol", "--server", url, "--code", code, "--profile", folder)
    assert not (folder / "profile.json").exists(), "somebody's authority was pinned"
    assert b"another certificate authority" in done.stderr


def test_gate_of_before_goes_on_and_is_renewed_without_loss(site: Site) -> None:
    """Enrolled by http: it works, is told so, and a fresh code takes the same folder to TLS."""
    folder, code = site.folder / "gate-before", site.codes.pop()
    enrol(site, folder, f"http://127.0.0.1:{site.server.port}")
    disk = FolderDisk(folder)
    synced(folder)
    (first,) = scanned(folder, code)
    assert (first["verdict"], first["mode"]) == ("admit", "online")
    before = load_profile(disk)
    away = msgspec.structs.replace(before, server_url="http://127.0.0.1:9")
    save_profile(disk, away)
    (second,) = scanned(folder, site.codes.pop())
    assert (second["verdict"], second["mode"]) == ("admit", "offline")
    assert verified(folder) > 0
    enrol(site, folder, site.server.url)
    after = load_profile(disk)
    assert after.server_url == site.server.url
    assert after.device_id == before.device_id
    assert synced(folder)["pending"] == 0
    assert verified(folder) == 0
    scans = site.scans_of(folder)
    assert {(first["seq"], "ok"), (second["seq"], "ok")} <= set(scans), "an entry was lost"


def shown_serial(site: Site) -> int:
    """Look at the certificate that a new connection is shown."""
    authority = (site.folder / "server" / FOLDER / AUTHORITY_FILE).read_text()
    context = make_context(authority[authority.index("-----BEGIN CERT") :])
    with (
        socket.create_connection(("127.0.0.1", site.server.port), 30) as line,
        context.wrap_socket(line, server_hostname=LEDGER_NAME) as secure,
    ):
        found = secure.getpeercert(binary_form=True)
    assert found is not None
    return x509.load_der_x509_certificate(found).serial_number


def test_renewed_certificate_is_taken_up_without_a_restart(site: Site) -> None:
    """New connections see it within a moment; devices and open connections notice nothing."""
    before = shown_serial(site)
    folder = site.folder / "server"
    (folder / FOLDER / SERVER_FILE).unlink()
    keep_own_tls(folder, SystemClock().wall(), SeededEntropy())
    asyncio.run(until(lambda: shown_serial(site) != before))
    gate = site.folder / "gate-renewed"
    enrol(site, gate, site.server.url)
    assert synced(gate)["pending"] == 0


def test_silent_strangers_keep_no_gate_out(site: Site) -> None:
    """Connections that never begin TLS are strangers' like any other: theirs are closed first."""
    folder = site.folder / "gate-besieged"
    enrol(site, folder, site.server.url)
    synced(folder)
    with siege(site.server.port, STRANGERS_MAX + 100, NOTHING) as held:
        (answer,) = scanned(folder, site.codes.pop())
        assert (answer["verdict"], answer["mode"]) == ("admit", "online")
        assert open_count(held) <= STRANGERS_MAX


def test_what_it_is_made_of_is_its_owners_and_stays(site: Site) -> None:
    """Key and certificate are readable by nobody else; a restart shows the same authority."""
    files = list((site.folder / "server" / FOLDER).iterdir())
    assert {file.name for file in files} >= {AUTHORITY_FILE, SERVER_FILE}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    context = make_context(None)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    def shown() -> str:
        with httpx.Client(verify=context, timeout=30) as client:
            return client.get(f"{site.server.url}/sync/v1/authority").text

    before = shown()
    site.server.stop()
    site.server.start()
    assert shown() == before
    assert "BEGIN CERTIFICATE" in before
    assert "PRIVATE" not in before


def test_plain_http_for_a_venue_is_asked_for_and_warned_of(tmp_path: Path) -> None:
    """The flag that leaves TLS out says what it costs, where the operator reads it."""
    with open_site(tmp_path, "--host", "0.0.0.0", "--plain-http") as site:
        assert site.server.url.startswith("http://")
        assert "can read passwords" in site.server.log
        line = json.dumps(site.enrolment())
        assert line.split(" ")[4].startswith("-")
