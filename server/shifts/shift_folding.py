"""Folding a shift from a till's stored entries."""

from __future__ import annotations

from collections.abc import Iterable

from shared.journal.chain import decode_body, decode_entry
from shared.kernel.errors import Malformed
from shared.sales.shift import DrawerEntry, ShiftFold, fold_shift


def read_fold(entries: Iterable[bytes]) -> ShiftFold | None:
    """Fold the shift that the first of some entries opened; None if it opened none.

    Args:
        entries: Their signed bytes, in order of `seq`; those that are no such entry are left out.
    """
    return fold_shift(_read(entries))


def _read(entries: Iterable[bytes]) -> Iterable[DrawerEntry]:
    for encoded in entries:
        try:
            entry = decode_entry(bytes(encoded))
            yield DrawerEntry(entry.seq, entry.event_id, decode_body(entry))
        except Malformed:
            continue  # stored and named as out of bounds: it counts nowhere
