"""What entries say of claims, and who lacks which."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.chain import SignedEntry, decode_entry
from shared.journal.entry import NoteBody, ScanBody
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.packing import pack
from shared.lan.claims import ClaimOutcome
from shared.lan.entries_of_peers import Ended, Marks, find_missing, pack_news, read_ended
from shared.lan.messages import Mark
from tests.unit.shared.lan.venue import Journal, device_name, right

KEY = right(TicketId(5))


def read(signed: SignedEntry) -> Ended | None:
    """Read what an entry ends."""
    return read_ended(decode_entry(signed.entry))


def test_admission_is_a_use_of_its_right() -> None:
    """With device, gate, persons and direction, at the corrected time."""
    journal = Journal(1)
    ended = read(journal.scan(KEY, ClaimId("c"), count=3))
    assert ended is not None
    assert (ended.outcome, ended.key) == (ClaimOutcome.USED, KEY)
    hold = ended.hold
    assert (hold.device_id, hold.gate_id) == (device_name(1), journal.gate_id)
    assert (hold.claim_id, hold.count, hold.direction) == ("c", 3, "in")
    way_out = read(journal.scan(KEY, ClaimId("d"), direction="out"))
    assert way_out is not None
    assert way_out.hold.direction == "out"


@pytest.mark.parametrize("verdict", ["deny", "refer"])
def test_scan_that_admitted_nobody_releases_its_claim(verdict: str) -> None:
    """The signed entry says that nobody was admitted under this id."""
    ended = read(Journal(1).scan(KEY, ClaimId("c"), verdict))
    assert ended is not None
    assert (ended.outcome, ended.key) == (ClaimOutcome.RELEASED, None)


def test_release_and_undo_end_their_claims() -> None:
    """Each in its way."""
    released, undone = (
        read(Journal(1).release(ClaimId("c"), TicketId(5))),
        read(Journal(1).undo(ClaimId("c"), TicketId(5))),
    )
    assert released is not None
    assert undone is not None
    assert (released.outcome, undone.outcome) == (ClaimOutcome.RELEASED, ClaimOutcome.UNDONE)
    assert released.hold.ref == undone.hold.ref == (device_name(1), "c")


def test_other_entries_end_nothing() -> None:
    """Notes, later kinds, damaged bodies, and what no honest reader would take on."""
    journal = Journal(1)
    assert read(journal.write(NoteBody("clock", "jumped"))) is None
    assert read(journal.write(NoteBody("a", "b"), kind="later")) is None
    scan = decode_entry(journal.scan(KEY, ClaimId("c")).entry)
    assert read_ended(msgspec.structs.replace(scan, body=b"\xc1")) is None
    assert read(journal.scan(KEY, ClaimId("c" * 65))) is None
    assert read(journal.scan(KEY, ClaimId("c\0"))) is None
    assert read(journal.scan(KEY, ClaimId("c"), count=0)) is None
    assert read(journal.scan(KEY, ClaimId("c"), direction="up")) is None


def test_scan_that_names_no_ticket_is_no_use() -> None:
    """Whatever its verdict says."""
    journal = Journal(1)
    scan = decode_entry(journal.scan(KEY, ClaimId("c")).entry)
    body = msgspec.msgpack.decode(scan.body, type=ScanBody)
    nameless = msgspec.structs.replace(body, ticket_id=None)
    ended = read_ended(msgspec.structs.replace(scan, body=pack(nameless)))
    assert ended is not None
    assert ended.outcome is ClaimOutcome.RELEASED


def test_news_fill_messages_in_order_and_leave_out_what_is_too_long() -> None:
    """Long entries travel over streams."""
    entries = [SignedEntry(bytes([n]) * size, bytes(64)) for n, size in enumerate([100] * 5)]
    long = SignedEntry(bytes(2000), bytes(64))
    messages = list(pack_news([*entries[:3], long, *entries[3:]], 400))
    assert [len(message.entries) for message in messages] == [2, 2, 1]
    assert [e for message in messages for e in message.entries] == entries
    assert list(pack_news([long], 400)) == []


@given(st.lists(st.integers(1, 12)))
def test_marks_know_what_was_added(numbers: list[int]) -> None:
    """Against a plain set: what is held, and up to where without a gap."""
    marks = Marks([Mark(DeviceId("dv"), b"boot----", 2)])
    held = {1, 2}
    for number in numbers:
        marks.add(DeviceId("dv"), b"boot----", number)
        held.add(number)
    whole = next(n for n in range(20) if n + 1 not in held)
    assert {n for n in range(1, 20) if marks.has(DeviceId("dv"), b"boot----", n)} == held
    assert marks.whole(DeviceId("dv"), b"boot----") == whole
    assert marks.list() == (Mark(DeviceId("dv"), b"boot----", whole),)


def test_boot_that_is_held_from_no_beginning_is_not_listed() -> None:
    """A mark of nothing would say nothing."""
    marks = Marks()
    marks.add(DeviceId("dv"), b"boot----", 3)
    assert marks.list() == ()
    assert marks.whole(DeviceId("dv"), b"other---") == 0


def test_missing_is_what_one_holds_beyond_the_other() -> None:
    """Boots that the other has never heard of begin at 0."""
    mine = [
        Mark(DeviceId("a"), b"1" * 8, 5),
        Mark(DeviceId("b"), b"2" * 8, 3),
        Mark(DeviceId("c"), b"3" * 8, 1),
    ]
    theirs = [Mark(DeviceId("a"), b"1" * 8, 2), Mark(DeviceId("b"), b"2" * 8, 3)]
    assert find_missing(mine, theirs) == [
        Mark(DeviceId("a"), b"1" * 8, 2),
        Mark(DeviceId("c"), b"3" * 8, 0),
    ]
