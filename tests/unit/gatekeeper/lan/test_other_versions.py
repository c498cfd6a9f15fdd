"""Which entries of others' journals the ledger is shown, whatever it holds under their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gatekeeper.lan.forked_journals import OtherVersions
from shared.journal.chain import SignedEntry, decode_entry, seal_entry
from shared.kernel.id_types import TicketId
from shared.lan.messages import Mark
from tests.unit.shared.lan.venue import Journal, claim_name, right


class Kept:
    """What a gate holds of others."""

    def __init__(self, *journals: list[SignedEntry]) -> None:
        self.journals = journals

    def marks(self) -> list[Mark]:
        """Tell how far each is held."""
        ends = [decode_entry(journal[-1].entry) for journal in self.journals]
        return [Mark(end.device_id, end.boot, end.dseq) for end in ends]

    def after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return a boot's entries after a number."""
        for journal in self.journals:
            first = decode_entry(journal[0].entry)
            if (first.device_id, first.boot) == (mark.device_id, mark.boot):
                return journal[mark.dseq : mark.dseq + limit]
        return []


def journal_of(device: int, count: int) -> tuple[Journal, list[SignedEntry]]:
    """Write a journal of so many passages."""
    journal = Journal(device, 1)
    return journal, [journal.scan(right(TicketId(n)), claim_name(n)) for n in range(count)]


def test_the_newest_entry_of_each_boot_is_shown_once_in_turn() -> None:
    """Each names the one before it, so that no other follows the same ones."""
    (first, told), (_, others) = journal_of(1, 3), journal_of(2, 2)
    kept = Kept(told, others)
    versions = OtherVersions(kept.after)
    shown = [versions.next_shown(kept.marks()) for _ in range(3)]
    assert shown == [[told[-1]], [others[-1]], []]
    told.append(first.scan(right(TicketId(9)), claim_name(9)))
    assert versions.next_shown(kept.marks()) == [told[-1]]


def test_an_entry_that_the_next_one_does_not_follow_is_shown_as_well() -> None:
    """Told to this gate alone, amid what everybody was told: its newest one shows nothing."""
    journal, told = journal_of(1, 4)
    false = msgspec.structs.replace(decode_entry(told[1].entry), wall=0)
    kept = Kept([told[0], seal_entry(false, journal.identity.key), *told[2:]])
    versions = OtherVersions(kept.after)
    assert versions.next_shown(kept.marks()) == [kept.journals[0][1], told[-1]]


def test_what_the_ledger_holds_otherwise_is_brought_whole_and_then_what_follows() -> None:
    """It may be the passage of somebody whom no other gate has heard of."""
    journal, told = journal_of(1, 3)
    kept = Kept(told)
    versions = OtherVersions(kept.after)
    assert versions.next_brought() == []
    versions.note(kept.marks())
    assert versions.next_brought() == told
    assert versions.next_brought() == []
    told.append(journal.scan(right(TicketId(9)), claim_name(9)))
    versions.note(kept.marks())
    assert versions.next_brought() == told[-1:]


def test_what_may_not_have_arrived_is_looked_at_anew() -> None:
    """The answer was lost: nobody knows whether the ledger has seen it."""
    _, told = journal_of(1, 2)
    kept = Kept(told)
    versions = OtherVersions(kept.after)
    assert versions.next_shown(kept.marks()) == told[-1:]
    versions.begin_anew()
    assert versions.next_shown(kept.marks()) == told[-1:]
