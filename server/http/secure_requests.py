"""Who may still ask in clear where the server speaks TLS: this machine, and proven devices.

Plain HTTP and TLS share a port, so that gates that were enrolled before the server had TLS go on:
their requests and answers are proven (`shared/wire/proof.py`). A password, a session or a thin
scanner's token is not to be read on the way, so all other requests from elsewhere are refused.
Requests of this machine never leave it.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from server.http.asgi import App, Receive, Scope, Send, answer_problem, header
from server.http.client_address import peer_address
from server.problem_answers import TYPE_ROOT, Problem
from shared.wire.enrol import ENROL_PATH
from shared.wire.proof import PROOF_HEADER
from shared.wire.signed_server_address import ADDRESS_PATH

_SECURE: Final = frozenset({"https", "wss"})
_PROOF: Final = PROOF_HEADER.encode()
_PROVEN: Final = "/sync/v1/"
_OPEN: Final = frozenset(
    {
        "/health/live",
        "/health/ready",
        "/sync/v1/authority",
        ADDRESS_PATH,
        "/sync/v1/channel",
        # The first page, so that a browser at the wrong address learns that it works.
        "/",
        "/docs/front.css",
        "/docs/page.css",
        "/docs/icon.svg",
    }
)
"""What tells no secret and takes none; a gate's token alone is worth nothing."""
_REFUSED: Final = Problem(
    "forbidden", "This server speaks TLS: use https instead of http, at the same address."
)
_UNTOLD: Final = Problem(
    "forbidden",
    "The proxy in front of this server must say whether it was asked over https: have it send"
    " X-Forwarded-Proto.",
)
_UNNAMED: Final = Problem(
    "forbidden",
    "This server speaks TLS: use https instead of http, at the same address. If your own proxy"
    " asked, name its address in GATEKEEPER_TRUSTED_PROXIES.",
)
_TOLD_BY_PROXY: Final = b"x-forwarded-proto"
_POLICY_VIOLATION: Final = 1008


def is_local(address: str) -> bool:
    """Tell whether an address is this machine's own: what goes there leaves it nowhere. Pure."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


class SecureRequests:
    """Refuses what came in clear and must not."""

    def __init__(self, app: App, trusted_proxies: frozenset[str]) -> None:
        self._app = app
        self._trusted = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say how to ask."""
        if scope["type"] not in {"http", "websocket"} or self._may_pass(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await answer_problem(scope, send, self._refusal(scope))
        else:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    def _may_pass(self, scope: Scope) -> bool:
        if scope.get("scheme") in _SECURE:
            return True
        peer = peer_address(scope)
        if peer in self._trusted:
            # Only a proxy of the operator's can say by what the client has reached it.
            return header(scope, _TOLD_BY_PROXY) in _SECURE or self._is_harmless(scope)
        return is_local(peer) or self._is_harmless(scope)

    def _refusal(self, scope: Scope) -> Problem:
        """Say how to ask; where a proxy stands between, what the operator has not set there."""
        is_proxy = peer_address(scope) in self._trusted
        if is_proxy == bool(header(scope, _TOLD_BY_PROXY)):
            return _REFUSED
        return _UNTOLD if is_proxy else _UNNAMED

    @staticmethod
    def _is_harmless(scope: Scope) -> bool:
        path = scope["path"]
        if path in _OPEN or path.startswith(TYPE_ROOT):
            return True
        is_proven = path.startswith(_PROVEN) and bool(header(scope, _PROOF))
        return is_proven and path != ENROL_PATH
