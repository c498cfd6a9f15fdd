"""The cookies of sign-in: the refresh token's, and the known browser's.

Both are `HttpOnly` and `SameSite=Strict`; over https also `Secure` with the `__Host-` prefix, so
that no sibling domain can plant one. A request that uses one must come from our own pages.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from litestar.datastructures import Cookie

from server.http.parameters import AnyRequest
from server.problem_answers import Problem
from server.settings import Settings
from shared.kernel.instant import SECOND, Duration

REFRESH: Final = "gatekeeper_refresh"
KNOWN_BROWSER: Final = "gatekeeper_browser"
_OWN_SITE: Final = frozenset({"same-origin", "none"})


def cookie_name(settings: Settings, name: str) -> str:
    """Return a cookie's full name."""
    return f"__Host-{name}" if settings.is_https else name


def make_cookie(settings: Settings, name: str, value: str, lifetime: Duration) -> Cookie:
    """Make a cookie; an empty one with no lifetime deletes it."""
    return Cookie(
        key=cookie_name(settings, name),
        value=value,
        path="/",
        max_age=lifetime // SECOND,
        httponly=True,
        samesite="strict",
        secure=settings.is_https,
    )


def read_cookie(request: AnyRequest, settings: Settings, name: str) -> str | None:
    """Return a cookie's value, or None."""
    return request.cookies.get(cookie_name(settings, name)) or None


def check_own_site(request: AnyRequest, settings: Settings) -> None:
    """Refuse a request with our cookie that another site's page has sent.

    Raises:
        Problem: `forbidden`.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        is_own = site in _OWN_SITE
    elif origin is not None:
        parts = urlsplit(origin)
        own = {urlsplit(settings.public_url).netloc, request.headers.get("host", "")}
        is_own = parts.netloc in own
    else:
        is_own = True  # no browser: there is no ambient cookie to misuse
    if not is_own:
        raise Problem("forbidden", "This request comes from another site.")
