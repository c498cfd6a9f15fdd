"""Headers that every answer carries, errors and unrouted addresses included.

Outermost, because hooks inside the framework do not run for all of these. Values after
Mozilla's guideline for APIs (infosec.mozilla.org/guidelines/web_security).
"""

from __future__ import annotations

from typing import Any, Final

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
        self._fixed = list(_FIXED)
        if is_https:
            # Never on plain HTTP: a venue's box without TLS would lock its browsers out.
            value = f"max-age={_TWO_YEARS_S}; includeSubDomains"
            self._fixed.append((b"strict-transport-security", value.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if "path" in scope:
            # Outermost, so that every layer judges the very address that is routed.
            scope["path"] = one_path(scope["path"])
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_page = scope["path"] in _PAGES or scope["path"].startswith("/docs/")

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._completed(message.get("headers", ()), is_page=is_page)
            await send(message)

        await self._app(scope, receive, complete)

    def _completed(self, headers: Any, *, is_page: bool) -> list[tuple[bytes, bytes]]:
        found = [(bytes(name).lower(), bytes(value)) for name, value in headers]
        present = {name for name, _ in found}
        wanted = [*self._fixed]
        policy = PAGE_POLICY if is_page else API_POLICY
        wanted.append((b"content-security-policy", policy.encode()))
        wanted.append((b"cache-control", b"no-cache" if is_page else b"no-store"))
        return found + [(name, value) for name, value in wanted if name not in present]
