"""What may be asked in clear where the server speaks TLS."""

from __future__ import annotations

from typing import Any

import pytest

from server.http.secure_requests import SecureRequests, is_local

ELSEWHERE = "192.0.2.9"
PROXY = "192.0.2.2"
PROOF = (b"gatekeeper-proof", b"1 1 00 00")


async def passes(path: str, peer: str, *headers: tuple[bytes, bytes], **more: Any) -> bool:
    """Tell whether a request gets through."""
    return not await refusal(path, peer, *headers, **more)


async def refusal(path: str, peer: str, *headers: tuple[bytes, bytes], **more: Any) -> str:
    """Return what a request is answered by in place of the server; "" if it gets through."""
    reached = []
    sent: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        reached.append(scope["path"])

    async def receive() -> Any:
        raise AssertionError("nobody reads")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "scheme": "http",
        "path": path,
        "client": (peer, 4711),
        "headers": list(headers),
    }
    await SecureRequests(app, frozenset({PROXY}))(scope | more, receive, send)
    assert bool(reached) != bool(sent)
    return str(sent) if sent else ""


@pytest.mark.parametrize("path", ["/api/v1/sessions", "/sync/v1/claims", "/metrics", "/docs"])
async def test_passwords_sessions_and_bare_tokens_go_over_tls_only(path: str) -> None:
    """From elsewhere in clear they are refused; over TLS, or on this machine, they pass."""
    assert not await passes(path, ELSEWHERE)
    assert await passes(path, ELSEWHERE, scheme="https")
    assert await passes(path, "127.0.0.1")
    assert await passes(path, "::ffff:127.0.0.1")


async def test_gates_of_before_go_on() -> None:
    """What is proven needs no TLS; a new device is told to use it."""
    assert await passes("/sync/v1/claims", ELSEWHERE, PROOF)
    assert await passes("/sync/v1/push", ELSEWHERE, PROOF, type="websocket", scheme="ws")
    assert not await passes("/sync/v1/push", ELSEWHERE, type="websocket", scheme="ws")
    assert await passes("/sync/v1/channel", ELSEWHERE)
    assert await passes("/health/ready", ELSEWHERE)
    assert not await passes("/sync/v1/enrol", ELSEWHERE, PROOF)
    assert not await passes("/api/v1/sessions", ELSEWHERE, PROOF)


async def test_a_browser_at_the_wrong_address_is_shown_that_it_works() -> None:
    """The first page and what problems mean take nothing; where one signs in, they are refused."""
    for path in ("/", "/docs/front.css", "/docs/icon.svg", "/docs/problems/forbidden"):
        assert await passes(path, ELSEWHERE)
    for path in ("/docs", "/docs/page.js", "/docs/try.js", "/docs/openapi.json"):
        assert not await passes(path, ELSEWHERE)


async def test_scheme_counts_from_a_trusted_proxy_only() -> None:
    """Whoever is none says what he likes."""
    https = (b"x-forwarded-proto", b"https")
    assert await passes("/api/v1/sessions", PROXY, https)
    assert not await passes("/api/v1/sessions", ELSEWHERE, https)
    assert not await passes("/api/v1/sessions", PROXY, (b"x-forwarded-proto", b"http"))
    assert not await passes("/api/v1/sessions", PROXY)


async def test_whoever_set_up_a_proxy_is_told_what_is_missing() -> None:
    """ "Use https" would be no word to who does; a client that spoke http hears just that."""
    asked = (b"x-forwarded-proto", b"http")
    assert "have it send X-Forwarded-Proto" in await refusal("/docs", PROXY)
    assert "GATEKEEPER_TRUSTED_PROXIES" in await refusal("/docs", ELSEWHERE, asked)
    for direct in (await refusal("/docs", PROXY, asked), await refusal("/docs", ELSEWHERE)):
        assert "use https" in direct
        assert "PROX" not in direct


def test_only_this_machine_is_local() -> None:
    """Names and other networks are not."""
    assert all(is_local(one) for one in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"))
    assert not any(
        is_local(one) for one in ("", "0.0.0.0", "::", "10.0.0.1", "localhost", "fe80::1")
    )
