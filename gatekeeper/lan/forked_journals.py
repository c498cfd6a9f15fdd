"""What others' journals are here, held against what the ledger was told under the same numbers.

A mark says how far a journal is held, and not which. A device that signs two entries under one
number, hostile or at work twice, could tell its peers the one and the ledger the other: nobody
brought what the ledger seemed to hold. So the newest entry of each boot is shown to it, one boot
after the other: as each entry names the one before it, no other follows the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import msgspec

from shared.journal.chain import SignedEntry, decode_entry
from shared.journal.entry import Entry
from shared.kernel.id_types import DeviceId
from shared.lan.messages import Mark
from shared.wire.entries_per_upload import ENTRIES_AT_ONCE_MAX, fill_request

BootName: TypeAlias = tuple[str, bytes]
"""A device and one boot of its journal."""
ReadAfter: TypeAlias = Callable[[Mark, int], Sequence[SignedEntry]]
"""Reads entries of a boot after a number, at most so many."""


class _Looked(msgspec.Struct):
    """How far a boot was looked at.

    Attributes:
        at: Up to this number.
        last: The entry there; None at the beginning.
        brought: Up to this number the ledger has this gate's version.
    """

    at: Mark
    brought: Mark
    last: SignedEntry | None = None


class OtherVersions:
    """Looks at the boots that this gate holds, one after the other."""

    def __init__(self, read_after: ReadAfter) -> None:
        self._read_after = read_after
        self._looked: dict[BootName, _Looked] = {}
        self._contradicted: set[BootName] = set()
        self._waiting: set[BootName] = set()
        self._turn: BootName = ("", b"")

    def next_shown(self, marks: Iterable[Mark]) -> list[SignedEntry]:
        """Return what the ledger is to be shown of the next boot of which there is more.

        Its newest entry; and any that the one after it does not follow.
        """
        self._contradicted |= self._waiting
        self._waiting.clear()
        held = {(mark.device_id, mark.boot): mark for mark in marks}
        names = sorted(held)
        for name in [
            *(n for n in names if n > self._turn),
            *(n for n in names if n <= self._turn),
        ]:
            mark = held[name]
            looked = self._looked_at(name)
            if mark.dseq > looked.at.dseq:
                self._turn = name
                return self._look(looked)
        return []

    def _look(self, looked: _Looked) -> list[SignedEntry]:
        shown: list[SignedEntry] = []
        for signed in self._read_after(looked.at, ENTRIES_AT_ONCE_MAX):
            last, entry = looked.last, decode_entry(signed.entry)
            if last is not None and entry.previous != last.hash:
                shown.append(last)
            looked.last, looked.at = signed, _place(entry)
            if fill_request(shown):
                break
        return shown if looked.last is None else [*shown, looked.last]

    def begin_anew(self) -> None:
        """Look at all of it once more: what was shown last may not have arrived."""
        self._looked.clear()
        self._contradicted.clear()
        self._waiting.clear()

    def show_again(self, waiting: Iterable[Mark]) -> None:
        """Look at boots once more of which the ledger does not take anything now."""
        names = {(mark.device_id, mark.boot) for mark in waiting}
        for name in names:
            self._looked.pop(name, None)
        self._waiting |= names & self._contradicted
        self._contradicted -= names

    def note(self, forked: Iterable[Mark]) -> None:
        """Take note of entries that the ledger holds otherwise."""
        self._contradicted.update((mark.device_id, mark.boot) for mark in forked)

    def next_brought(self) -> list[SignedEntry]:
        """Return what is to be brought next of a boot that the ledger holds otherwise."""
        while self._contradicted:
            name = min(self._contradicted)
            looked, found = self._looked_at(name), list[SignedEntry]()
            for signed in self._read_after(looked.brought, ENTRIES_AT_ONCE_MAX):
                found.append(signed)
                looked.brought = _place(decode_entry(signed.entry))
                if fill_request(found):
                    break
            if found:
                return found
            self._contradicted.discard(name)
        return []

    def _looked_at(self, name: BootName) -> _Looked:
        start = Mark(DeviceId(name[0]), name[1], 0)
        return self._looked.setdefault(name, _Looked(start, start))


def _place(entry: Entry) -> Mark:
    return Mark(entry.device_id, entry.boot, entry.dseq)
