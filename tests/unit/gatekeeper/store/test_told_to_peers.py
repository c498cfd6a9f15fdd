"""The durable side of claims among gates: promises survive, peers' entries count as uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import JournalAuthor, Store
from gatekeeper.store.told_to_peers import StorePromises
from gatekeeper.store.use_table import KnownUse
from shared.admission.purpose import Purpose
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import NoteBody, ReleaseBody, ScanBody, UndoBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId, ZoneId
from shared.kernel.instant import HOUR, Duration, Instant
from shared.lan.actions import Forget, Keep, Remember
from shared.lan.asking_and_answering_claims import fit_answer
from shared.lan.claims import Claim, ClaimKey, judge_single_entry
from shared.lan.messages import Mark, encode_body
from shared.lan.messages import decode_body as decode_message
from tests.factories.house import EVENT
from tests.fakes.entropy import SeededEntropy
from tests.fakes.power_cut_disk import PowerCutDisk
from tests.unit.shared.lan.venue import Journal, device_name

STAMP = Stamp(wall=Instant(1), monotonic=Duration(2))
ZONE = ZoneId("zn_1")
REF = (DeviceId("dv_1"), ClaimId("one"))
"""Whatever claim an entry ends: which, it says itself."""
RIGHT = ClaimKey(7, ZONE)


def open_store(disk: FolderDisk | PowerCutDisk, run: int = 1) -> Store:
    """Open a device's store, for its n-th run."""
    return Store(
        disk,
        JournalAuthor(DeviceId("dv_me"), SigningKey(bytes(32)), SeededEntropy(f"promises {run}")),
    )


def make_claim(name: ClaimId, stamp: int, device_id: DeviceId = DeviceId("dv_1")) -> Claim:
    """Make another gate's open claim."""
    return Claim(
        claim_id=name,
        key=RIGHT,
        device_id=device_id,
        gate_id=GateId("gt_1"),
        count=1,
        at=1_000,
        stamp=stamp,
    )


async def test_promises_survive_a_power_cut_and_end_by_being_forgotten() -> None:
    """With the highest stamp ever seen, also that of a claim that has ended."""
    disk = PowerCutDisk()
    promises = StorePromises(open_store(disk), EVENT)
    first, second = make_claim(ClaimId("one"), 5), make_claim(ClaimId("two"), 9)
    await promises.save([Remember(first), Remember(second), Remember(first)])
    await promises.save([Forget(second.ref), Forget(second.ref)])
    store = open_store(disk.cut(seed=1))
    state = StorePromises(store, EVENT).load()
    assert state.claims == (first,)
    assert state.clock == 9
    assert StorePromises(store, EventId("ev_other")).load().claims == ()


@pytest.mark.parametrize(
    ("was_promised", "is_clock_known", "ways"),
    [(True, True, ["out", "in"]), (False, False, ["out", "in"]), (False, True, ["in", "out"])],
)
async def test_whom_a_neighbour_let_in_comes_last_where_no_clock_speaks_against_it(
    tmp_path: Path, was_promised: bool, is_clock_known: bool, ways: list[str]
) -> None:
    """An exit that only seems later, by clocks that differ, lets no copy in behind them."""
    store, error = open_store(FolderDisk(tmp_path)), Duration(1_000) if is_clock_known else None
    left = Journal(1).scan(RIGHT, ClaimId("left"), direction="out", offset=HOUR)
    slow, promises = Journal(2), StorePromises(store, EVENT)
    entered = slow.scan(RIGHT, ClaimId("entered"), offset_error=error)
    await promises.save([Keep(left, REF), Keep(entered, REF, was_promised=was_promised)])
    assert [use.direction for use in store.uses.records_of(TicketId(7))] == ways
    gone = slow.scan(RIGHT, ClaimId("gone"), direction="out", offset_error=error)
    await promises.save([Keep(gone, REF)])
    assert store.uses.records_of(TicketId(7))[ways.index("in") + 1].claim_id == "gone"


def give_entry(store: Store, claim_id: ClaimId, at: Instant) -> None:
    """Leave an entry of the right, as its ticket's home, to the first gate."""
    use = KnownUse(
        claim_id=claim_id,
        event_id=EVENT,
        ticket_id=TicketId(RIGHT.ticket_id),
        zone_id=RIGHT.zone_id,
        direction="in",
        at=at,
        count=1,
        gate_id=GateId("gt_1"),
        device_id=Journal(1).identity.device_id,
    )
    with store.transaction("give"):
        store.uses.add_given(use)


def ways_in(store: Store) -> list[str]:
    """List a ticket's passages in the order in which they count."""
    return [use.claim_id for use in store.uses.records_of(TicketId(RIGHT.ticket_id))]


@pytest.mark.parametrize("is_fast", [False, True], ids=["clock right", "clock fast"])
async def test_an_exit_that_is_heard_late_comes_before_what_its_gate_was_given_since(
    tmp_path: Path, is_fast: bool
) -> None:
    """Its gate had recorded it before it asked the home; behind it a copy would come in."""
    store = open_store(FolderDisk(tmp_path))
    theirs, promises = Journal(1), StorePromises(store, EVENT)
    came = theirs.scan(RIGHT, ClaimId("came"))
    left = theirs.scan(
        RIGHT, ClaimId("left"), direction="out", offset=HOUR if is_fast else Duration(0)
    )
    back = theirs.scan(RIGHT, ClaimId("back"))
    await promises.save([Keep(came, REF)])
    give_entry(store, ClaimId("back"), Instant(decode_entry(back.entry).wall))
    await promises.save([Keep(left, REF)])
    assert ways_in(store) == ["came", "left", "back"]
    await promises.save([Keep(back, REF)])
    assert ways_in(store) == ["came", "left", "back"]
    gone = theirs.scan(RIGHT, ClaimId("gone"), direction="out")
    await promises.save([Keep(gone, REF)])
    assert ways_in(store) == ["came", "left", "back", "gone"]


async def test_who_has_left_again_is_out_though_the_entry_before_is_heard_late(
    tmp_path: Path,
) -> None:
    """The journal says which came first, once both are here."""
    store = open_store(FolderDisk(tmp_path))
    theirs, promises = Journal(1), StorePromises(store, EVENT)
    back = theirs.scan(RIGHT, ClaimId("back"))
    gone = theirs.scan(RIGHT, ClaimId("gone"), direction="out")
    give_entry(store, ClaimId("back"), Instant(decode_entry(back.entry).wall))
    await promises.save([Keep(gone, REF)])
    assert ways_in(store) == ["gone", "back"], "nobody knows yet, and so nobody comes in again"
    await promises.save([Keep(back, REF)])
    assert ways_in(store) == ["back", "gone"]


async def test_changes_are_saved_all_or_none(tmp_path: Path) -> None:
    """A disk that fails in the midst leaves no half of a promise."""
    store = open_store(FolderDisk(tmp_path))
    promises = StorePromises(store, EVENT)
    spoilt = Keep(SignedEntry(b"no entry", bytes(64)), None)
    with pytest.raises(Exception, match="entry"):
        await promises.save([Remember(make_claim(ClaimId("one"), 1)), spoilt])
    assert promises.load().claims == ()
    store.close()
    with pytest.raises(StoreFault):
        await promises.save([Remember(make_claim(ClaimId("one"), 1))])


async def test_peers_entries_are_kept_once_and_count_until_they_are_taken_back(
    tmp_path: Path,
) -> None:
    """A use counts from its entry on, an undo ends it, in whatever order they come."""
    store = open_store(FolderDisk(tmp_path))
    promises = StorePromises(store, EVENT)
    peer = Journal(1)
    used, undone = (
        peer.scan(RIGHT, ClaimId("one")),
        peer.write(UndoBody(ClaimId("two"), TicketId(7), "sup", "by mistake")),
    )
    late, released = (
        peer.scan(RIGHT, ClaimId("two")),
        peer.write(ReleaseBody(ClaimId("three"), TicketId(7), "denied")),
    )
    for signed in (used, undone, late, released, used):
        await promises.save([Keep(signed, REF)])
    (hold,) = promises.uses_of(RIGHT)
    assert (hold.device_id, hold.claim_id, hold.state) == (device_name(1), "one", "used")
    assert promises.uses_of(ClaimKey(7, ZoneId("zn_other"))) == []
    whole = Mark(device_name(1), peer.identity.boot, 4)
    assert promises.load().marks == (whole,)
    begin = Mark(device_name(1), peer.identity.boot, 0)
    assert list(promises.entries_after(begin, 2)) == [used, undone]
    assert list(promises.entries_after(Mark(device_name(1), whole.boot, 2), 9)) == [
        late,
        released,
    ]


async def test_marks_end_before_a_gap_and_name_the_own_journal(tmp_path: Path) -> None:
    """What comes after a gap is kept and not told of; own entries are read from the journal."""
    store = open_store(FolderDisk(tmp_path))
    promises = StorePromises(store, EVENT)
    peer = Journal(1)
    first, lost, third = (peer.scan(ClaimKey(n, ZONE), ClaimId(f"claim {n}")) for n in range(3))
    await promises.save([Keep(first, REF), Keep(third, REF)])
    with store.transaction("note"):
        for number in range(3):
            store.journal.append(NoteBody("test", str(number)), STAMP)
    (boot,) = store.journal.boots
    theirs = Mark(device_name(1), peer.identity.boot, 1)
    assert set(promises.load().marks) == {
        theirs,
        Mark(DeviceId("dv_me"), boot.boot, boot.last_dseq),
    }
    own = [signed for _, signed in store.journal.read(1, store.journal.last_seq)]
    assert list(promises.entries_after(Mark(DeviceId("dv_me"), boot.boot, 1), 2)) == own[1:3]
    assert promises.own_dseq(boot.boot) == boot.last_dseq
    assert promises.own_dseq(theirs.boot) == 0
    await promises.save([Keep(lost, REF)])
    assert Mark(device_name(1), theirs.boot, 3) in promises.load().marks


async def test_boots_before_this_event_are_not_told_of(tmp_path: Path) -> None:
    """Nobody here wants another event's journals; what the server lacks of the own one goes on."""
    disk = FolderDisk(tmp_path)
    numbers: list[bytes] = []
    runs = (("ev_other", True), ("ev_other", False), (EVENT, True), ("", True))
    for run, (event_id, is_uploaded) in enumerate(runs):
        store = open_store(disk, run)
        with store.transaction("note"):
            store.journal.append(NoteBody("test", ""), STAMP, event_id=EventId(event_id))
            boot = store.journal.boots[-1]
            if is_uploaded:
                store.journal.acknowledge(boot.boot, boot.last_dseq)
        numbers.append(boot.boot)
        store.close()
    store = open_store(disk)
    earlier, present, later = (Journal(1, number) for number in (1, 2, 3))
    kept = [
        earlier.write(NoteBody("a", "b"), event_id="ev_other"),
        present.scan(RIGHT, ClaimId("one")),
        later.write(NoteBody("a", "b"), event_id=""),
    ]
    promises = StorePromises(store, EVENT)
    await promises.save([Keep(signed, REF) for signed in kept])
    marks = promises.load().marks
    told = {mark.boot for mark in marks if mark.device_id == "dv_me"}
    assert told == set(numbers[1:])
    theirs = {mark.boot for mark in marks if mark.device_id == device_name(1)}
    assert theirs == {present.identity.boot, later.identity.boot}


async def test_another_events_passage_is_no_use(tmp_path: Path) -> None:
    """It is kept for the ledger, and counts for nothing here."""
    promises = StorePromises(open_store(FolderDisk(tmp_path)), EVENT)
    scan = Journal(1).scan(RIGHT, ClaimId("one"))
    body = decode_body(decode_entry(scan.entry))
    assert isinstance(body, ScanBody)
    await promises.save([Keep(Journal(2).write(body, event_id="ev_other"), REF)])
    assert promises.uses_of(RIGHT) == []
    await promises.save([Keep(scan, REF)])
    assert len(promises.uses_of(RIGHT)) == 1


async def test_hold_that_a_hostile_device_spoilt_can_still_be_told(tmp_path: Path) -> None:
    """The ledger takes names of any length; an answer with such a one would be refused."""
    store = open_store(FolderDisk(tmp_path))
    use = KnownUse(
        claim_id=ClaimId("c" * 80),
        event_id=EVENT,
        ticket_id=TicketId(7),
        zone_id=ZONE,
        direction="in",
        at=Instant(1),
        count=1,
        gate_id=GateId("gt_" * 50),
        device_id=DeviceId("dv_" * 50),
    )
    with store.transaction("feed"):
        store.uses.add_from_ledger(use, 1)
    holds = StorePromises(store, EVENT).uses_of(RIGHT)
    answer = fit_answer(ClaimId("claim"), list(holds))
    assert decode_message("answer", encode_body(answer)) == answer
    assert len(holds) == 1


@pytest.mark.parametrize("purpose", [Purpose.REFUND, Purpose.HAND_OVER])
async def test_gate_that_asks_is_told_of_a_ticket_that_was_paid_back_here(
    tmp_path: Path, purpose: Purpose
) -> None:
    """In its answer, however late the entry is passed on; a newer credential is not kept out."""
    store = open_store(FolderDisk(tmp_path))
    body = WithdrawalBody(
        claim_id=ClaimId("00" * 16),
        ticket_id=TicketId(RIGHT.ticket_id),
        generation=0,
        purpose=purpose.value,
        mode="offline",
    )
    with store.transaction("withdrawal"):
        store.withdrawn.note(EVENT, body, 9_000)
    holds = StorePromises(store, EVENT).uses_of(RIGHT)
    if purpose is Purpose.HAND_OVER:
        assert holds == []
        return
    (hold,) = holds
    assert (hold.device_id, hold.state, hold.at, hold.direction) == ("dv_me", "used", 9_000, "in")
    assert not judge_single_entry(holds)
    assert StorePromises(store, EventId("ev_other")).uses_of(RIGHT) == []
