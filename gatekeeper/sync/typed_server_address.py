"""A server's address as people write it, and the plain form in which a device keeps it."""

from __future__ import annotations

import re
from typing import Final

import httpx

from shared.kernel.errors import BadInput
from shared.kernel.trouble import TroubleKind

_PORTS: Final = range(1, 65_536)
_BARE: Final = re.compile(r"[^\s/?#@]*[^\s/?#@:.][.:][^\s/?#@:.][^\s/?#@]*(/\S*)?", re.ASCII)
"""A host as people say it, by its address, its whole name, or with a port."""


def checked_url(url: str) -> str:
    """Return a server's address in its plain form; said without `https://`, it is meant so.

    Raises:
        BadInput: if it is not an http or https address.
    """
    text = url.strip()
    if _BARE.fullmatch(text) is not None:
        text = f"https://{text}"
    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    is_there = parsed.host and (parsed.port is None or parsed.port in _PORTS)
    if parsed.scheme not in {"http", "https"} or not is_there or parsed.query:
        message = f"not a server's address: {url[:80]!r}; write it like https://tickets.example"
        raise BadInput(message, kind=TroubleKind.ADDRESS)
    return str(parsed).rstrip("/")
