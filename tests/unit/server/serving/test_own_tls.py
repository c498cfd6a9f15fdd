"""The server's own certificate: for one name, renewed in time, under the same authority."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from command_line.clock_and_randomness import SystemClock
from gatekeeper.sync.tls_trust import make_context
from server.serving.own_tls import AUTHORITY_FILE, FOLDER, SERVER_FILE, keep_own_tls
from server.serving.workers import RENEW_S, WATCH_S, Listening, Workers
from shared.kernel.errors import StoreFault
from shared.kernel.instant import DAY, SECOND, Instant
from shared.wire.enrol import LEDGER_NAME
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

NOW = ManualClock().wall()
YEAR = 365 * DAY


def kept(folder: Path, now: Instant) -> tuple[str, x509.Certificate]:
    """Look after the certificate; returns the authority and what stands now."""
    own = keep_own_tls(folder, now, SeededEntropy(str(now)))
    return own.authority_pem, x509.load_pem_x509_certificate(own.certificate.read_bytes())


def test_certificate_is_for_the_fixed_name_and_this_machine(tmp_path: Path) -> None:
    """So may the authority vouch for nothing else: a stolen key is no other server's."""
    pem, leaf = kept(tmp_path, NOW)
    authority = x509.load_pem_x509_certificate(pem.encode())
    leaf.verify_directly_issued_by(authority)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {LEDGER_NAME, "localhost"}
    bounds = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert bounds.critical
    assert list(names) == bounds.value.permitted_subtrees


def test_it_is_renewed_long_before_its_end_and_never_sooner(tmp_path: Path) -> None:
    """Gates that pinned the authority notice nothing."""
    pem, first = kept(tmp_path, NOW)
    assert kept(tmp_path, NOW + 59 * DAY) == (pem, first)
    again, second = kept(tmp_path, NOW + 61 * DAY)
    assert again == pem
    assert second.serial_number != first.serial_number
    moment = dt.datetime.fromtimestamp((NOW + 140 * DAY) // SECOND, dt.UTC)
    assert second.not_valid_before_utc < moment < second.not_valid_after_utc


def test_it_is_made_again_where_the_servers_clock_was_set_back(tmp_path: Path) -> None:
    """One that was made in the future would be good for as long as until then."""
    pem, _ = kept(tmp_path, NOW)
    again, leaf = kept(tmp_path, NOW - 30 * DAY)
    assert again == pem
    assert leaf.not_valid_after_utc.timestamp() * SECOND == NOW + 60 * DAY


@pytest.mark.parametrize("first", [Instant(0), NOW - 12 * YEAR, NOW + 56 * YEAR])
def test_a_clock_that_was_wrong_at_the_first_start_costs_nothing(
    tmp_path: Path, first: Instant
) -> None:
    """Once it is set right, whoever pinned the authority then goes on, and whoever pins it now."""
    pem, _ = kept(tmp_path, first)
    now = SystemClock().wall()
    assert kept(tmp_path, now)[0] == pem
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / FOLDER / SERVER_FILE)
    shake_hands(make_context(pem), serving)


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """Let two sides of TLS come to terms, each with what the other has said."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=LEDGER_NAME),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while sides:
        for side in tuple(sides):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
                sides.remove(side)


def test_damaged_certificate_is_made_again_and_a_damaged_authority_said(tmp_path: Path) -> None:
    """What no device pins is replaced; what all pin is a person's to put back."""
    pem, _ = kept(tmp_path, NOW)
    (tmp_path / FOLDER / SERVER_FILE).write_bytes(b"half a fi")
    assert kept(tmp_path, NOW)[0] == pem
    (tmp_path / FOLDER / AUTHORITY_FILE).write_bytes(b"")
    with pytest.raises(StoreFault, match="restore it from"):
        kept(tmp_path, NOW)


def test_nothing_else_lies_about(tmp_path: Path) -> None:
    """No draft with a key in it is left."""
    for day in range(0, 200, 50):
        kept(tmp_path, NOW + day * DAY)
    names = {file.name for file in (tmp_path / FOLDER).iterdir()}
    assert names == {AUTHORITY_FILE, SERVER_FILE}


def test_first_process_looks_after_it_and_outlives_a_full_disk() -> None:
    """Every hour, and a renewal that fails ends no server: the old one is good for weeks."""
    looks: list[None] = []

    def renew() -> None:
        looks.append(None)
        raise StoreFault("the disk is full")

    workers = Workers(Listening("127.0.0.1", 0), 1, renew)
    for _ in range(int(2 * RENEW_S / WATCH_S)):
        workers._look_after_certificate()
    for listening in workers._sockets:
        listening.close()
    assert len(looks) == 2


@pytest.mark.parametrize("name", [AUTHORITY_FILE, SERVER_FILE])
def test_a_key_of_another_kind_is_no_fault_of_the_program(tmp_path: Path, name: str) -> None:
    """Somebody has put their own in: the server's is made anew, the authority's named."""
    keep_own_tls(tmp_path, NOW, SeededEntropy(1))
    file = tmp_path / FOLDER / name
    rsa_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = file.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    file.write_bytes(pem + certificate[1] + certificate[2])
    if name == AUTHORITY_FILE:
        with pytest.raises(StoreFault, match="restore it from your copy of the secrets"):
            keep_own_tls(tmp_path, NOW, SeededEntropy(2))
    else:
        keep_own_tls(tmp_path, NOW, SeededEntropy(2))
        assert pem not in file.read_bytes()
