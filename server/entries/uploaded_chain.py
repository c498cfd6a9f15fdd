"""Where an uploaded entry stands in its device's chain. No input or output.

Each boot is a chain of its own; its first entry names the last one of the boot before. What is
held is never replaced: an entry that contradicts it is kept beside it, as a fork.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry
from shared.journal.chain import SignedEntry
from shared.journal.entry import NO_HASH, BootBody, Entry
from shared.kernel.id_types import DeviceId
from shared.wire.exchange import EntryAnswer, EntryStatus

FORKED: Final = "forked_journal"
DAMAGED: Final = "damaged_journal"


class HeldBoot(msgspec.Struct):
    """How far one boot is held; see `JournalBoot`.

    One that was begun because the boot before it is damaged names none: what that one has lost
    may still come by another way.
    """

    boot: bytes
    number: int
    previous_boot: bytes
    dseq: int
    head: bytes
    is_changed: bool = False


class JournalAlarm(msgspec.Struct, frozen=True):
    """Something wrong with a chain or a clock, for the organizer.

    Attributes:
        subject: One conflict is kept for each; "" for the device.
        others: Further entries that show it.
        about: Which device is at fault, "" for none; None for the one whose entry it is.
    """

    kind: str
    checked: CheckedEntry
    detail: str
    subject: str = ""
    others: tuple[CheckedEntry, ...] = ()
    about: DeviceId | None = None


class HeldJournal(msgspec.Struct):
    """What the server holds of a device's journal, as far as an upload touches it.

    Attributes:
        boots: By boot.
        hashes: Of held entries, by (boot, dseq).
        forks: Hashes of forked entries, by (boot, dseq).
        lasts: The last entry that is held of each boot that the upload names.
    """

    boots: dict[bytes, HeldBoot]
    hashes: dict[tuple[bytes, int], bytes]
    forks: dict[tuple[bytes, int], set[bytes]]
    lasts: Mapping[bytes, SignedEntry] = {}


class Sorted(msgspec.Struct):
    """The entries of a device's upload, sorted by whether and where they fit its chains.

    Attributes:
        answers: One for each entry, in order.
        stored: New entries at the end of their chains.
        forked: New entries beside them.
        refused: Entries that are not taken.
    """

    answers: list[EntryAnswer]
    stored: list[CheckedEntry]
    forked: list[CheckedEntry]
    refused: list[CheckedEntry]
    alarms: list[JournalAlarm]


class ChainSorter:
    """Sorts one upload into a device's journal."""

    def __init__(self, held: HeldJournal, *, is_revoked: bool) -> None:
        self._held = held
        self._stored_as = EntryStatus.UNCONFIRMED if is_revoked else EntryStatus.STORED
        self._left = {state.previous_boot for state in held.boots.values()}
        self.sorted = Sorted([], [], [], [], [])

    def take(self, checked: CheckedEntry) -> None:
        """Sort one entry; entries come in the device's order."""
        entry = checked.entry
        if entry is None or checked.problem:
            self._refuse(checked, checked.problem)
            return
        state = self._held.boots.get(entry.boot)
        if state is None:
            self._begin_boot(checked, entry)
        elif entry.dseq <= state.dseq:
            self._compare(checked, entry)
        elif entry.dseq == state.dseq + 1 and entry.previous == state.head:
            self._append(checked, entry, state)
        elif entry.dseq == state.dseq + 1 or self._is_fork(
            entry.boot, entry.dseq - 1, entry.previous
        ):
            self._fork(checked, entry)
        else:
            self._answer(entry, EntryStatus.GAP)

    def _begin_boot(self, checked: CheckedEntry, entry: Entry) -> None:
        if entry.dseq != 1:
            self._answer(entry, EntryStatus.GAP)
            return
        body = checked.body
        if not isinstance(body, BootBody):
            self._refuse(checked, "the first entry of a boot must be a boot entry")
            return
        flaw = self._link_flaw(entry, body)
        if flaw == _GAP:
            self._answer(entry, EntryStatus.GAP)
            return
        if body.damage:
            self._alarm(DAMAGED, checked, "the device sealed its journal as damaged")
        elif flaw:
            self._alarm(FORKED, checked, flaw)
        previous = b"" if body.damage else body.previous_boot
        state = HeldBoot(entry.boot, len(self._held.boots) + 1, previous, 0, b"")
        self._held.boots[entry.boot] = state
        self._append(checked, entry, state)
        self._left.add(previous)

    def _link_flaw(self, entry: Entry, body: BootBody) -> str:
        """Say why a boot does not continue the one that it names, or ""."""
        if not body.previous_boot:
            if self._held.boots:
                return "the device began anew as if it had no journal"
            return "" if entry.previous == NO_HASH else "the first boot names an entry before it"
        before = self._held.boots.get(body.previous_boot)
        if body.damage:
            return ""
        if self._is_fork(body.previous_boot, body.previous_dseq, entry.previous):
            return "the device went on from an entry that another one stands beside"
        if before is None or before.dseq < body.previous_dseq:
            return _GAP
        if before.dseq > body.previous_dseq:
            return "the device went on from an older copy of its journal"
        if body.previous_boot in self._left:
            return "two boots of the device go on from the same one: its disk was copied"
        return "" if entry.previous == before.head else "a boot names another entry before it"

    def _compare(self, checked: CheckedEntry, entry: Entry) -> None:
        if self._held.hashes.get((entry.boot, entry.dseq)) == checked.hash:
            self._answer(entry, EntryStatus.KNOWN)
        else:
            self._fork(checked, entry)

    def _is_fork(self, boot: bytes, dseq: int, digest: bytes) -> bool:
        return digest in self._held.forks.get((boot, dseq), ())

    def _fork(self, checked: CheckedEntry, entry: Entry) -> None:
        known = self._held.forks.setdefault((entry.boot, entry.dseq), set())
        if checked.hash not in known:
            known.add(checked.hash)
            self.sorted.forked.append(checked)
            self._alarm(FORKED, checked, "two different entries bear the same number")
        self._answer(entry, EntryStatus.FORKED)

    def _append(self, checked: CheckedEntry, entry: Entry, state: HeldBoot) -> None:
        if entry.boot in self._left:
            self._alarm(FORKED, checked, "the device wrote on in a boot that it had left")
            self._left.discard(entry.boot)  # said once for an upload
        state.dseq, state.head, state.is_changed = entry.dseq, checked.hash, True
        self._held.hashes[entry.boot, entry.dseq] = checked.hash
        self.sorted.stored.append(checked)
        self._answer(entry, self._stored_as)

    def _refuse(self, checked: CheckedEntry, problem: str) -> None:
        checked.problem = problem
        self.sorted.refused.append(checked)
        entry = checked.entry
        boot, dseq = (b"", 0) if entry is None else (entry.boot, entry.dseq)
        self.sorted.answers.append(EntryAnswer(boot, dseq, EntryStatus.REFUSED, problem))

    def _answer(self, entry: Entry, status: EntryStatus) -> None:
        self.sorted.answers.append(EntryAnswer(entry.boot, entry.dseq, status))

    def _alarm(self, kind: str, checked: CheckedEntry, detail: str) -> None:
        self.sorted.alarms.append(JournalAlarm(kind, checked, detail))


_GAP: Final = "gap"


def newest_boot(boots: Mapping[bytes, HeldBoot]) -> HeldBoot | None:
    """Return the boot that arrived last."""
    return max(boots.values(), key=lambda state: state.number, default=None)
