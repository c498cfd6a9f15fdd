"""Headers that every answer carries, errors and unrouted addresses included.

Outermost, because hooks inside the framework do not run for all of these. Values after
Mozilla's guideline for APIs (infosec.mozilla.org/guidelines/web_security).
"""

from __future__ import annotations

from typing import Final

from server.http.asgi import App, Message, Receive, Scope, Send, one_path

API_POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FIXED: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_PAGES: Final = frozenset({"/", "/docs"})
"""What a browser shows; all else is JSON, which may load nothing."""
_TWO_YEARS_S: Final = 63_072_000


class SecurityHeaders:
    """Adds what is missing; a header that the answer sets itself stays."""

    def __init__(self, app: App, *, is_https: bool) -> None:
        self._app = app
        fixed = dict(_FIXED)
        if is_https:
            # Never on plain HTTP: a venue's box without TLS would lock its browsers out.
            value = f"max-age={_TWO_YEARS_S}; includeSubDomains"
            fixed[b"strict-transport-security"] = value.encode()
        self._of_pages = fixed | _of(PAGE_POLICY, b"no-cache")
        self._of_answers = fixed | _of(API_POLICY, b"no-store")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if "path" in scope:
            # Outermost, so that every layer judges the very address that is routed.
            scope["path"] = one_path(scope["path"])
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_page = scope["path"] in _PAGES or scope["path"].startswith("/docs/")
        wanted = self._of_pages if is_page else self._of_answers

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = [(bytes(k).lower(), bytes(v)) for k, v in message.get("headers", ())]
                present = {name for name, _ in found}
                found += [one for one in wanted.items() if one[0] not in present]
                message["headers"] = found
            await send(message)

        await self._app(scope, receive, complete)


def _of(policy: str, caching: bytes) -> dict[bytes, bytes]:
    return {b"content-security-policy": policy.encode(), b"cache-control": caching}
