"""The errors that msgspec raises for bytes that it cannot read, for whoever decodes to catch.

Four errors, and only the first is of its own kind: text in no UTF-8, of a proxy or on a disk that
rots, values within each other without end, and numbers beyond all bounds. Who takes the first
alone is stopped by the others, so whoever decodes what another has written takes all of them.
"""

from __future__ import annotations

from typing import Final

import msgspec

UNDECODABLE: Final = (
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    OverflowError,
)
