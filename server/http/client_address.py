"""Whose a request is: the peer's own address, unless that is a proxy which the operator trusts."""

from __future__ import annotations

import re
from typing import Final

from server.http.asgi import Scope, header_list

_WITH_PORT: Final = re.compile(r"(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]+)?")
"""Some proxies write `203.0.113.7:4711` or `[2001:db8::7]:4711`."""


def peer_address(scope: Scope) -> str:
    """Return who holds the connection's other end; "" where nobody is known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def client_address(scope: Scope, trusted: frozenset[str]) -> str:
    """Return the address of the client behind trusted proxies.

    `X-Forwarded-For` is read from the right; the first address that is no trusted proxy is the
    client. Everything left of it may be invented.
    """
    address = peer_address(scope)
    if address not in trusted:
        return address
    named = header_list(scope, b"x-forwarded-for").split(",")
    hops = [_without_port(hop.strip()) for hop in named if hop.strip()]
    for hop in reversed(hops):
        address = hop[:64]
        if hop not in trusted:
            break
    return address


def _without_port(hop: str) -> str:
    """Return the address of a hop: by its port each connection would be somebody else's."""
    found = _WITH_PORT.fullmatch(hop)
    return (found[1] or found[2]) if found else hop
