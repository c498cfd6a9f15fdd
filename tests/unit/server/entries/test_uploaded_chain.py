"""Sorting uploads into chains, over every way in which a journal can be cut and sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.entries.checking_uploaded_entries import CheckedEntry, check_entry
from server.entries.uploaded_chain import ChainSorter, HeldBoot, HeldJournal, newest_boot
from shared.journal.chain import SignedEntry, is_signed_by
from shared.journal.entry import BootBody, NoteBody
from shared.kernel.id_types import DeviceId, EventId
from shared.wire.exchange import EntryStatus
from tests.factories.house import DEVICE_KEY, DOORS
from tests.factories.ledger_office import Journal

BOOTS = 3
LENGTH = 5


def write_journal() -> list[SignedEntry]:
    """Write some boots of some entries."""
    journal = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000")
    journal.add(BootBody("test", b"", 0), EventId(""), DOORS)
    for boot in range(BOOTS):
        if boot:
            journal.reboot(DOORS, boot=f"boot-{boot:03}".encode())
        for number in range(LENGTH - 1):
            journal.add(NoteBody("note", str(number)), EventId(""), DOORS)
    return journal.entries


def checked(entries: list[SignedEntry]) -> list[CheckedEntry]:
    """Read and verify entries."""
    return [
        check_entry(one, DeviceId("dv_1"), is_signed=is_signed_by(one, DEVICE_KEY.public_key))
        for one in entries
    ]


def nothing_held() -> HeldJournal:
    """Hold nothing yet."""
    return HeldJournal({}, {}, {})


def take(held: HeldJournal, entries: list[SignedEntry]) -> list[str]:
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
    again = Journal(DeviceId("dv_1"), DEVICE_KEY, b"anew-000")
    again.add(BootBody("test", b"", 0), EventId(""), DOORS)
    sorter = ChainSorter(held, is_revoked=False)
    sorter.take(checked(again.entries)[0])
    assert [answer.status for answer in sorter.sorted.answers] == [EntryStatus.STORED]
    assert [alarm.kind for alarm in sorter.sorted.alarms] == ["forked_journal"]


def test_boot_that_forgot_the_end_of_the_one_before_is_alarmed() -> None:
    """A restored copy of a device's disk goes on from an older entry: a fork."""
    entries = write_journal()
    held = nothing_held()
    take(held, entries[:LENGTH])
    restored = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000", dseq=2)
    restored.previous = entries[1].hash
    restored.reboot(DOORS, boot=b"restored")
    sorter = ChainSorter(held, is_revoked=False)
    sorter.take(checked(restored.entries)[0])
    assert [alarm.kind for alarm in sorter.sorted.alarms] == ["forked_journal"]


def alarmed(held: HeldJournal, entries: list[SignedEntry]) -> list[str]:
    """Sort an upload that is taken whole; returns what is said about it."""
    sorter = ChainSorter(held, is_revoked=False)
    for one in checked(entries):
        sorter.take(one)
    assert {answer.status for answer in sorter.sorted.answers} == {EntryStatus.STORED}
    assert {alarm.kind for alarm in sorter.sorted.alarms} <= {"forked_journal"}
    return [alarm.detail for alarm in sorter.sorted.alarms]


def copy_of(entries: list[SignedEntry], boot: str) -> list[SignedEntry]:
    """Go on from the first boot's last entry in another one, as a copy of the disk does."""
    copy = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000", dseq=LENGTH)
    copy.previous = entries[LENGTH - 1].hash
    copy.reboot(DOORS, boot=boot.encode())
    copy.add(NoteBody("note", "of the copy"), EventId(""), DOORS)
    return copy.entries


def test_two_boots_that_go_on_from_one_are_alarmed() -> None:
    """A copy was taken between two starts, and put back, or used beside the disk itself."""
    entries = write_journal()
    held = nothing_held()
    take(held, entries)
    (said,) = alarmed(held, copy_of(entries, "restored"))
    assert "two boots" in said
    assert take(held, copy_of(entries, "restored")) == [EntryStatus.KNOWN] * 2


def test_a_boot_that_goes_on_after_it_was_left_is_alarmed_once_in_an_upload() -> None:
    """A copy of a running gate was started elsewhere, and heard of first."""
    entries = write_journal()
    running = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000", dseq=LENGTH)
    running.previous = entries[LENGTH - 1].hash
    for number in range(3):
        running.add(NoteBody("note", str(number)), EventId(""), DOORS)
    held = nothing_held()
    take(held, [*entries[:LENGTH], *copy_of(entries, "copied00")])
    (said,) = alarmed(held, running.entries)
    assert "had left" in said


def test_a_boot_that_was_given_up_as_damaged_may_come_whole_by_another_way() -> None:
    """A peer has kept what the disk has lost: that is no second journal."""
    entries = write_journal()
    sealed = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000", dseq=2, previous=entries[1].hash)
    sealed.reboot(DOORS, boot=b"mended00", damage="a page was torn")
    held = nothing_held()
    take(held, entries[:3])
    sorter = ChainSorter(held, is_revoked=False)
    for one in checked([*sealed.entries, *entries[3:LENGTH]]):
        sorter.take(one)
    assert [alarm.kind for alarm in sorter.sorted.alarms] == ["damaged_journal"]


def test_entry_on_another_link_is_kept_beside() -> None:
    """The next number on a link that is not ours is a fork, however well it is signed."""
    held = nothing_held()
    take(held, write_journal()[:3])
    other = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-000", dseq=3, previous=bytes(range(32)))
    other.add(NoteBody("note", "else"), EventId(""), DOORS)
    sorter = ChainSorter(held, is_revoked=False)
    sorter.take(checked(other.entries)[0])
    assert [answer.status for answer in sorter.sorted.answers] == [EntryStatus.FORKED]
    assert held.boots[b"boot-000"].dseq == 3


def test_first_entry_must_say_what_came_before() -> None:
    """A boot without its boot entry is refused."""
    journal = Journal(DeviceId("dv_1"), DEVICE_KEY, b"boot-xyz")
    journal.add(NoteBody("note", "first"), EventId(""), DOORS)
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
        name: HeldBoot(name, number, b"", 1, b"")
        for number, name in enumerate((b"zz", b"aa", b"mm"))
    }
    newest = newest_boot(states)
    assert newest is not None
    assert newest.boot == b"mm"
    assert newest_boot({}) is None
