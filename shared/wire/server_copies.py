"""How the copies of a server stand: what `serve` writes beside its data, and the desk reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.instant import Instant

COPY_EVERY_S: Final = 60
"""Between two copies, and between two words of where the server is."""

STATE_FILE: Final = "copy-state.json"
PLAN_FILE: Final = "copies.json"
"""Among the secrets: where copies go, and what seals them."""


class CopyFault(StrEnum):
    """Why there is no newer copy."""

    NONE = ""
    GONE = "gone"
    """The stick or the folder is not there."""
    FULL = "full"
    FAILED = "failed"


class CopyState(msgspec.Struct, frozen=True, kw_only=True):
    """The last copy, and the last try.

    Attributes:
        folder: Where copies go; "" for nowhere.
        copied_at: When the newest copy was made, µs; 0 for never.
        good_at: Until when nothing has changed since that copy, µs.
        tried_at: The last look, µs: where that is old, nobody looks.
        size: The newest copy's, in bytes.
        fault: Why the last try made none.
        said: The same in the system's words.
        is_same_disk: It lies on the disk of the data itself, and would die with it.
        marks: How the data looked when it was copied.
    """

    folder: str = ""
    copied_at: Instant = Instant(0)
    good_at: Instant = Instant(0)
    tried_at: Instant = Instant(0)
    size: int = 0
    fault: CopyFault = CopyFault.NONE
    said: str = ""
    is_same_disk: bool = False
    marks: str = ""


TAKE_OVER_FILE: Final = "take-over.json"


class TakeOver(msgspec.Struct, frozen=True, kw_only=True):
    """What a server remembers that took another one's place.

    Attributes:
        copied_at: When the copy was made, µs: what only the former server held since is gone.
        taken_at: When it was put back here, µs.
        epoch: The ledger's, opened then.
        urls: Where the former one was.
        told: Where it has heard that it is over; "" while it has not.
        earlier: Where those were that others took over from before, as far as they have not heard.
    """

    copied_at: Instant
    taken_at: Instant
    epoch: int
    urls: tuple[str, ...] = ()
    told: str = ""
    earlier: tuple[tuple[str, ...], ...] = ()
