"""An operator's certificate and key are looked at before the server starts with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from command_line.clock_and_randomness import SystemClock
from server.serving.operators_tls import check_tls_files
from server.serving.own_tls import keep_own_tls
from shared.kernel.errors import BadInput
from tests.fakes.entropy import SeededEntropy


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A file with a certificate and its key."""
    return keep_own_tls(tmp_path, SystemClock().wall(), SeededEntropy()).certificate


def test_a_certificate_with_its_key_is_taken(pair: Path) -> None:
    """In one file or two; nothing is said."""
    check_tls_files(pair, pair)


def test_what_cannot_be_used_is_named_with_its_file(pair: Path, tmp_path: Path) -> None:
    """Each mistake of the evening before, in words that say which file to look at."""
    key = ec.generate_private_key(ec.SECP256R1())
    under = BestAvailableEncryption(b"a passphrase")
    sealed, rubbish = tmp_path / "sealed.pem", tmp_path / "rubbish.pem"
    sealed.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, under))
    rubbish.write_bytes(b"\x89PNG")
    other = keep_own_tls(tmp_path / "other", SystemClock().wall(), SeededEntropy(2)).certificate
    missing = tmp_path / "missing.pem"
    for files, said in (
        ((missing, pair), f"cannot read --tls-certificate {missing}: No such file"),
        ((pair, missing), f"cannot read --tls-key {missing}: No such file"),
        ((pair, other), f"the key in {other} does not belong to the certificate in {pair}"),
        ((pair, sealed), f"the key in {sealed} is protected by a passphrase"),
        ((rubbish, pair), "cannot be used for TLS"),
        ((pair, rubbish), "cannot be used for TLS"),
    ):
        with pytest.raises(BadInput, match=said):
            check_tls_files(*files)
