"""A certificate that is replaced while the server serves: by which one it speaks TLS then."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from uvicorn.config import Config

from command_line.clock_and_randomness import SystemClock
from server.serving.own_tls import keep_own_tls
from server.serving.served_certificate import ServedCertificate
from tests.fakes.entropy import SeededEntropy


@pytest.fixture
def pairs(tmp_path: Path) -> list[Path]:
    """Two files with a certificate and its key each."""
    return [
        keep_own_tls(tmp_path / str(n), SystemClock().wall(), SeededEntropy(n)).certificate
        for n in range(2)
    ]


def shown_by(context: ssl.SSLContext) -> bytes | None:
    """Shake hands with who serves by a context; returns the certificate that it shows."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, server = asking.wrap_bio(here, there), context.wrap_bio(there, here, server_side=True)
    for _ in range(4):
        for one in (client, server):
            try:
                one.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.getpeercert(binary_form=True)


def test_a_certificate_is_served_by_once_its_key_is_there(
    pairs: list[Path], tmp_path: Path
) -> None:
    """Whoever copied the certificate first locked every device out until a restart."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for file in (certificate, key):
        shutil.copy(pairs[0], file)
    config = Config("none", ssl_certfile=certificate, ssl_keyfile=key)
    config.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # as the worker has it from its start
    config.ssl.load_cert_chain(certificate, key)
    served = ServedCertificate(config)
    served.look()
    first = shown_by(config.ssl)
    assert first
    shutil.copy(pairs[1], certificate)
    with capture_logs() as lines:
        for _ in range(3):
            served.look()
    assert [line["event"] for line in lines] == ["certificate.unreadable"]
    assert "does not belong to the certificate" in lines[0]["fault"]
    assert shown_by(config.ssl) == first
    shutil.copy(pairs[1], key)
    served.look()
    assert shown_by(config.ssl) not in {first, None}
    second = shown_by(config.ssl)
    certificate.write_text("rubbish")
    served.look()
    assert shown_by(config.ssl) == second
