"""Which addresses a message may be sent to: those of the internet, and what the operator names.

An organizer says an address, and this server goes there: without a check that would be a way into
the operator's own network. So each address that a name stands for is looked at, each time, and the
connection is made to the very address that was looked at (`receiver_connection.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import msgspec

from shared.field_limits import URL_SIZE_MAX
from shared.kernel.errors import BadInput

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PORTS: Final = {"https": 443, "http": 80}
_PLAIN: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?\.?")
_HOST_SIZE_MAX: Final = 253
_REFUSED: Final[tuple[Network, ...]] = tuple(
    ip_network(one)
    for one in (
        "192.0.0.0/24",  # of protocols; a cloud's metadata among them
        "192.88.99.0/24",  # 6to4's relays
        "168.63.129.16/32",  # a cloud's own services, at an address that looks like any other
        "64:ff9b::/96",  # any IPv4 address, by NAT64
        "64:ff9b:1::/48",
        "2001::/32",  # any IPv4 address, by Teredo
        "2002::/16",  # any IPv4 address, by 6to4
        "fec0::/10",  # site-local, of before
        "::/96",  # any IPv4 address, of before
        "3fff::/20",  # of documentation (RFC 9637), unknown to older Pythons
    )
)
"""What Python's own properties take for the internet, and is not."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The host, port and path that a webhook's message is sent to.

    Attributes:
        host: A name in ASCII, or an address; never with brackets.
        path: With its query, as it is sent.
    """

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return what stands in the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == _PORTS["https" if self.is_tls else "http"]
        return host if is_usual else f"{host}:{self.port}"


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read the networks that an operator lets messages into, such as `192.168.8.0/24`.

    Raises:
        BadInput: if one is none.
    """
    try:
        return tuple(ip_network(text) for text in sorted(texts))
    except ValueError as error:
        message = f"GATEKEEPER_WEBHOOK_NETWORKS must be networks, such as 192.168.8.0/24: {error}"
        raise BadInput(message) from None


def parse_target(url: str, networks: Sequence[Network]) -> Target:
    """Read where an organizer wants messages to go.

    Args:
        url: As it was said.
        networks: Those that the operator has named; without any, only https on port 443 is taken.

    Raises:
        BadInput: with what is wrong, without repeating the URL: it may hold a password.
    """
    if len(url) > URL_SIZE_MAX or _PLAIN.fullmatch(url) is None:
        raise BadInput("must be an address of plain characters, such as https://example.org/in")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadInput("is no address that can be read") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadInput("must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadInput("must hold no user, password or #fragment")
    host = parts.hostname
    found = _literal(host)
    if found is None and (len(host) > _HOST_SIZE_MAX or _HOST.fullmatch(host) is None):
        raise BadInput("names no host; write a name of another script in its ASCII form (xn--…)")
    is_tls = parts.scheme == "https"
    port = _PORTS[parts.scheme] if port is None else port
    if not networks and (not is_tls or port != _PORTS["https"]):
        raise BadInput("must be https:// at its usual port")
    if found is not None and not may_reach(found, networks):
        raise BadInput("is not an address of the internet")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_tls=is_tls, host=host, port=port, path=path)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def may_reach(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether a message may be sent to an address."""
    return is_named(address, networks) or is_public(address)


def is_named(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether an address is in one of the networks that the operator has named."""
    plain = _unmapped(address)
    return any(plain in network for network in networks if network.version == plain.version)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the internet and nothing else."""
    plain = _unmapped(address)
    if isinstance(plain, IPv6Address) and plain.scope_id is not None:
        return False
    if any(plain in network for network in _REFUSED if network.version == plain.version):
        return False
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def _unmapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
