"""Where servers are: words that their authority has signed, and what each server shows of one.

On a laptop the newest word is a file beside the database. Here both servers share one folder of
secrets, so each has its file in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from server.exchange import other_server_took_over
from shared.wire.signed_server_address import (
    ADDRESS_CONTEXT,
    AddressWord,
    encode_word,
    format_address,
)
from simulator.kernel.loop import current_process
from simulator.planted_bugs.planted_bug import Replacement

_KEY: Final = ec.derive_private_key(20_260_704, ec.SECP256R1())
_SHOWN: Final[dict[str, bytes]] = {}
"""By node; of the one world that runs."""


def authority() -> str:
    """Return the certificate that devices pin."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=_KEY.public_key(),
        serial_number=1,
        not_valid_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_valid_after=datetime(2036, 1, 1, tzinfo=UTC),
    )
    made = builder.sign(_KEY, SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(Encoding.PEM).decode()


def sign(word: AddressWord) -> str:
    """Sign where a server is."""
    encoded = encode_word(word)
    scheme = ec.ECDSA(SHA256(), deterministic_signing=True)
    return format_address(encoded, _KEY.sign(ADDRESS_CONTEXT + encoded, scheme))


def put_up(_file: Path, content: bytes) -> None:
    """Show a word at the server that runs."""
    process = current_process()
    assert process is not None
    _SHOWN[process.node] = content


def read(_file: Path) -> str:
    """Return what the server that runs shows; "" for nothing."""
    process = current_process()
    assert process is not None
    return _SHOWN.get(process.node, b"").decode()


def show(node: str, text: str) -> None:
    """Let a server show a word from its start on."""
    _SHOWN[node] = text.encode()


def forget() -> None:
    """Begin a world."""
    _SHOWN.clear()


FILES: Final = (
    Replacement(other_server_took_over, "write_durably", lambda _original: put_up),
    Replacement(other_server_took_over, "_read", lambda _original: read),
)
"""Each server has a folder of its own; see `Planted`."""
