"""The badges that a supervisor had before: what they signed in their time stays signed. Pure.

A gate that is cut off goes on with the badge of before, and journals come late. A badge that may
be in other hands is withdrawn instead, and vouches for nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from shared.kernel.instant import Instant
from shared.kernel.packing import pack, unpack

FORMER_BADGES_MAX: Final = 16
"""Badges of one supervisor, the newest: who draws more within an evening has another trouble."""


class FormerBadge(msgspec.Struct, frozen=True, array_like=True):
    """A badge that another one has replaced.

    Attributes:
        sign_key: Verifies what it signed.
        since: From when on it can have signed.
        until: When the other one was drawn; it counts no more from then on.
    """

    sign_key: bytes
    since: Instant
    until: Instant


_DECODER: Final = msgspec.msgpack.Decoder(tuple[FormerBadge, ...])


def read_former(kept: bytes | None) -> tuple[FormerBadge, ...]:
    """Read what `add_former` gave, oldest first; none of None."""
    return () if kept is None else unpack(bytes(kept), _DECODER, "former badges")


def add_former(kept: bytes | None, sign_key: bytes, *, created_at: Instant, now: Instant) -> bytes:
    """Add a badge that is replaced now.

    Args:
        kept: Those before it.
        sign_key: Its own.
        created_at: Since when its holder is a supervisor.
        now: When the next one is drawn.
    """
    held = read_former(kept)
    since = held[-1].until if held else created_at
    return pack((*held, FormerBadge(sign_key, since, now))[-FORMER_BADGES_MAX:])


def put_before(kept: bytes | None, badges: Iterable[FormerBadge]) -> bytes:
    """Add badges before those that are kept."""
    return pack((*badges, *read_former(kept))[-FORMER_BADGES_MAX:])
