"""Sorting uploads into chains, over every way in which a journal can be cut and sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.sync.journal_chain import BootState, ChainSorter, Held, newest_boot
from server.sync.journal_check import CheckedEntry, check_entry
from shared.journal.chain import SignedEntry, is_signed_by
from shared.journal.entry import BootBody, NoteBody
from shared.wire.exchange import EntryStatus
from tests.factories.house import DEVICE_KEY, DOORS
from tests.factories.ledger_office import Journal

BOOTS = 3
LENGTH = 5


def write_journal() -> list[SignedEntry]:
    """Write some boots of some entries."""
    journal = Journal("dv_1", DEVICE_KEY, b"boot-000")
    journal.add(BootBody("test", b"", 0), "", DOORS)
    for boot in range(BOOTS):
        if boot:
            journal.reboot(DOORS, boot=f"boot-{boot:03}".encode())
        for number in range(LENGTH - 1):
            journal.add(NoteBody("note", str(number)), "", DOORS)
    return journal.entries


def checked(entries: list[SignedEntry]) -> list[CheckedEntry]:
    """Read and verify entries."""
    return [
        check_entry(one, "dv_1", is_signed=is_signed_by(one, DEVICE_KEY.public_key))
        for one in entries
    ]


def nothing_held() -> Held:
    """Hold nothing yet."""
    return Held({}, {}, {})


def take(held: Held, entries: list[SignedEntry]) -> list[str]:
    """Sort an upload into what is held; returns the answers."""
    sorter = ChainSorter(held, is_revoked=False)
    for one in checked(entries):
        sorter.take(one)
    assert sorter.sorted.alarms == []
    return [answer.status for answer in sorter.sorted.answers]


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(1, 15)), max_size=12))
def test_any_uploads_store_each_entry_once_and_in_order(
    spans: list[tuple[int, int]],
) -> None:
    """Overlapping, repeated and early uploads end in the same chain, without an alarm."""
    entries = write_journal()
    held = nothing_held()
    stored: list[SignedEntry] = []
    for start, length in [*spans, (0, 15)]:
        part = entries[start : start + length]
        statuses = take(held, part)
        stored += [
            one for one, status in zip(part, statuses, strict=True) if status == EntryStatus.STORED
        ]
    assert stored == entries
    assert [state.dseq for state in held.boots.values()] == [LENGTH] * BOOTS
    newest = newest_boot(held.boots)
    assert newest is not None
    assert newest.boot == b"boot-002"


def test_journal_begun_anew_is_alarmed() -> None:
    """A device that claims to have no journal, although it has one, is told of."""
    held = nothing_held()
    take(held, write_journal())
    again = Journal("dv_1", DEVICE_KEY, b"anew-000")
    again.add(BootBody("test", b"", 0), "", DOORS)
    sorter = ChainSorter(held, is_revoked=False)
    sorter.take(checked(again.entries)[0])
    assert [answer.status for answer in sorter.sorted.answers] == [EntryStatus.STORED]
    assert [alarm.kind for alarm in sorter.sorted.alarms] == ["forked_journal"]


def test_boot_that_forgot_the_end_of_the_one_before_is_alarmed() -> None:
    """A restored copy of a device's disk goes on from an older entry: a fork."""
    entries = write_journal()
    held = nothing_held()
    take(held, entries[:LENGTH])
    restored = Journal("dv_1", DEVICE_KEY, b"boot-000", dseq=2)
    restored.previous = entries[1].hash
    restored.reboot(DOORS, boot=b"restored")
    sorter = ChainSorter(held, is_revoked=False)
    sorter.take(checked(restored.entries)[0])
    assert [alarm.kind for alarm in sorter.sorted.alarms] == ["forked_journal"]


def test_entry_on_another_link_is_kept_beside() -> None:
    """The next number on a link that is not ours is a fork, however well it is signed."""
    held = nothing_held()
    take(held, write_journal()[:3])
    other = Journal("dv_1", DEVICE_KEY, b"boot-000", dseq=3, previous=bytes(range(32)))
    other.add(NoteBody("note", "else"), "", DOORS)
    sorter = ChainSorter(held, is_revoked=False)
    sorter.take(checked(other.entries)[0])
    assert [answer.status for answer in sorter.sorted.answers] == [EntryStatus.FORKED]
    assert held.boots[b"boot-000"].dseq == 3


def test_first_entry_must_say_what_came_before() -> None:
    """A boot without its boot entry is refused."""
    journal = Journal("dv_1", DEVICE_KEY, b"boot-xyz")
    journal.add(NoteBody("note", "first"), "", DOORS)
    sorter = ChainSorter(nothing_held(), is_revoked=False)
    sorter.take(checked(journal.entries)[0])
    assert [answer.status for answer in sorter.sorted.answers] == [EntryStatus.REFUSED]


def test_revoked_devices_entries_are_unconfirmed() -> None:
    """They are stored all the same."""
    sorter = ChainSorter(nothing_held(), is_revoked=True)
    for one in checked(write_journal()[:2]):
        sorter.take(one)
    assert {answer.status for answer in sorter.sorted.answers} == {EntryStatus.UNCONFIRMED}
    assert len(sorter.sorted.stored) == 2


def test_newest_boot_is_the_one_that_arrived_last() -> None:
    """Nothing else tells: boots have random names."""
    states = {
        name: BootState(name, number, b"", 1, b"")
        for number, name in enumerate((b"zz", b"aa", b"mm"))
    }
    newest = newest_boot(states)
    assert newest is not None
    assert newest.boot == b"mm"
    assert newest_boot({}) is None
