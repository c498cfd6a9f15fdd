"""Whose a request is: the peer's own address, unless that is a proxy which the operator trusts."""

from __future__ import annotations

from server.http.asgi import Scope, header_list


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
    hops = [
        hop.strip() for hop in header_list(scope, b"x-forwarded-for").split(",") if hop.strip()
    ]
    for hop in reversed(hops):
        address = hop[:64]
        if hop not in trusted:
            break
    return address
