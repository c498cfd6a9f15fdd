"""How many of a journal's entries go up at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.journal.chain import SignedEntry

ENTRIES_AT_ONCE_MAX: Final = 500
"""Of a journal, in one request at most; the rest waits. `docs/specs/sync.md` says it too."""
ENTRIES_AT_ONCE_SIZE_MAX: Final = 2_000_000
"""Bytes of entries after which a request takes no further one."""


def is_full(count: int, size: int) -> bool:
    """Tell whether a request takes no further entry.

    Args:
        count: How many it holds.
        size: Their bytes, without signatures.
    """
    return count >= ENTRIES_AT_ONCE_MAX or size >= ENTRIES_AT_ONCE_SIZE_MAX


def fill_request(entries: Sequence[SignedEntry]) -> bool:
    """Tell whether entries are all that one request takes, so that more of them may follow."""
    return is_full(len(entries), sum(len(signed.entry) for signed in entries))
