"""TLS that costs the organizer nothing: an authority and a certificate of the server's own.

Devices take the authority with their enrolment, proven by the code, and trust no other one for
this server. It may vouch for one fixed name only, which they ask for whatever address they reach
the server by: addresses change from venue to venue. The certificate is renewed long before it
ends; devices notice nothing. See `docs/decisions/0036-own-certificates.md`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.settings import PRIVATE_FILE, PRIVATE_FOLDER
from shared.kernel.errors import StoreFault
from shared.kernel.instant import SECOND, Instant
from shared.kernel.ports import Entropy
from shared.wire.enrol import LEDGER_NAME

CERTIFICATE_TIME: Final = dt.timedelta(days=90)
RENEWAL_TIME: Final = dt.timedelta(days=30)
"""How long before its end the certificate is renewed."""

FOLDER: Final = "secrets"
"""Of the data folder: whoever keeps its secrets, or shares them among machines, has these too."""
AUTHORITY_FILE: Final = "tls_authority.pem"
"""The authority's key and certificate."""
SERVER_FILE: Final = "tls_server.pem"
"""The server's key, its certificate and the authority's."""
_SINCE_EVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FOR_EVER: Final = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
"""What a certificate says that has no end (RFC 5280, section 4.1.2.5)."""
_LOCAL_NAMES: Final = (LEDGER_NAME, "localhost")


class OwnTls(msgspec.Struct, frozen=True):
    """What the server speaks TLS with.

    Attributes:
        certificate: The file with key and certificates.
        authority_pem: What devices pin.
    """

    certificate: Path
    authority_pem: str


def keep_own_tls(data_folder: Path, now: Instant, entropy: Entropy) -> OwnTls:
    """Make what is missing, and renew the certificate if its end is near.

    The clock may be wrong by years, and be set right later: so an authority, which devices and
    desks pin for good, begins and ends with no date, and a certificate only ends.

    Raises:
        StoreFault: if the folder cannot be written, or what it holds is damaged.
    """
    folder = data_folder / FOLDER
    moment = dt.datetime.fromtimestamp(now // SECOND, dt.UTC)
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        authority_file, server_file = folder / AUTHORITY_FILE, folder / SERVER_FILE
        if not authority_file.exists():
            _publish(authority_file, _make_authority(), entropy, is_first=True)
        key, authority = _read(authority_file)
        if not _is_good(server_file, authority, moment):
            _publish(server_file, _make_certificate(key, authority, moment), entropy)
    except OSError as error:
        message = f"cannot keep the server's certificate in {folder}: {error.strerror}"
        raise StoreFault(message) from error
    pem = authority.public_bytes(Encoding.PEM).decode()
    return OwnTls(server_file, pem)


def _is_good(file: Path, authority: x509.Certificate, moment: dt.datetime) -> bool:
    """Tell whether a certificate stands, is this authority's, and lasts for long enough."""
    if not file.exists():
        return False
    try:
        _, found = _read(file)
    except StoreFault:
        return False  # it is made again: nobody pins it
    left = found.not_valid_after_utc - moment  # too much, if it was made while the clock was ahead
    return found.issuer == authority.subject and RENEWAL_TIME < left <= CERTIFICATE_TIME


def _read(file: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    content = file.read_bytes()
    try:
        key = load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError  # noqa: TRY004 - it is none of ours, whatever it is
    except ValueError:
        raise StoreFault(
            f"{file} is damaged: restore it from your copy of the secrets. Without it a"
            " new authority is created, and every device must be enrolled again"
        ) from None
    return key, certificate


def _publish(file: Path, content: bytes, entropy: Entropy, *, is_first: bool = False) -> None:
    """Write a file whole, for its owner only; `is_first` keeps one that stands already."""
    draft = file.with_name(f"{file.name}.{entropy.random_bytes(8).hex()}.draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    if not is_first:
        draft.replace(file)
        return
    with contextlib.suppress(FileExistsError):  # another process was first; its is the one
        os.link(draft, file)
    draft.unlink()


def _pem(key: ec.EllipticCurvePrivateKey, *chain: x509.Certificate) -> bytes:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + b"".join(one.public_bytes(Encoding.PEM) for one in chain)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _make_authority() -> bytes:
    """Make an authority that can vouch for this server's fixed name and this machine only."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    subject = _name(f"Gatekeeper ledger {serial % 1_000_000:06d}")
    names = [x509.DNSName(name) for name in _LOCAL_NAMES]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(_SINCE_EVER)
        .not_valid_after(_FOR_EVER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.NameConstraints(names, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return _pem(key, made)


def _make_certificate(
    signer: ec.EllipticCurvePrivateKey, authority: x509.Certificate, moment: dt.datetime
) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(name) for name in _LOCAL_NAMES]
    own = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(LEDGER_NAME))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_SINCE_EVER)
        .not_valid_after(moment + CERTIFICATE_TIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False
        )
        .sign(signer, SHA256())
    )
    return _pem(key, made, authority)


def read_authority_pem(data_folder: Path) -> str:
    """Return the authority's certificate.

    Raises:
        StoreFault: if it is damaged.
        OSError: if it cannot be read.
    """
    _, authority = _read(data_folder / FOLDER / AUTHORITY_FILE)
    return authority.public_bytes(Encoding.PEM).decode()


def sign_by_authority(data_folder: Path, message: bytes) -> bytes | None:
    """Sign by the authority's key; None where the server has none of its own.

    Raises:
        StoreFault: if it is damaged.
        OSError: if it cannot be read.
    """
    file = data_folder / FOLDER / AUTHORITY_FILE
    if not file.exists():
        return None
    key, _ = _read(file)
    return key.sign(message, ec.ECDSA(SHA256()))
