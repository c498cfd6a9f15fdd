"""A picture that was read, and one that cannot be."""

from __future__ import annotations

import msgspec


class ReadPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it is kept.

    Attributes:
        form: `png` or `jpeg`.
        digest: SHA-256 of `body`, hex.
    """

    form: str
    width: int
    height: int
    body: bytes
    digest: str


class NoPicture(Exception):
    """What was sent cannot be taken; the message says why, for whoever sent it."""
