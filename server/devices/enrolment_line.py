"""What the line of an enrolment code names: the server's addresses, and its authority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.settings import Settings
from shared.kernel.errors import StoreFault
from shared.wire.enrol import fingerprint


def enrolment_urls(settings: Settings, find_addresses: Callable[[], Sequence[str]]) -> list[str]:
    """Return the server's addresses for enrolment lines, likeliest first; one at least.

    A server that listens everywhere and was told no public address would name its own loopback,
    where no gate finds it.

    Args:
        settings: The server's.
        find_addresses: Tells the machine's numeric addresses; asked anew each time, since a
            laptop has another one at each venue.
    """
    url = settings.public_url
    hosts = find_addresses() if settings.finds_address else ()
    parts = urlsplit(url)
    port = "" if parts.port is None else f":{parts.port}"
    spelled = (f"[{host}]" if ":" in host else host for host in hosts)
    return [f"{parts.scheme}://{host}{port}" for host in spelled] or [url]


def authority_fingerprint(pem: str) -> str:
    """Return the fingerprint of an authority's public key (its SubjectPublicKeyInfo).

    Raises:
        StoreFault: if the operator's setting is no certificate.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise StoreFault("GATEKEEPER_AUTHORITY is no certificate in PEM") from None
    key = certificate.public_key()
    return fingerprint(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
