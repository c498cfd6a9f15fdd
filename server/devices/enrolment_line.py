"""What the line of an enrolment code names: the server's addresses, and its authority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from server.settings import Settings
from shared.kernel.errors import Malformed, StoreFault
from shared.wire.enrol import authority_fingerprint


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


def find_authority(settings: Settings) -> str | None:
    """Return the fingerprint of the authority of the server's certificate; None for the system's.

    Raises:
        StoreFault: if the operator's setting is no certificate.
    """
    pem = settings.authority_pem
    try:
        return None if pem is None else authority_fingerprint(pem)
    except Malformed:
        raise StoreFault("GATEKEEPER_AUTHORITY is not a PEM certificate") from None
