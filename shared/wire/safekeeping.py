"""How the copies of a server stand: what `serve` writes beside its data, and the desk reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.instant import Instant

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
