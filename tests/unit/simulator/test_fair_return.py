"""Who must be let back in after an evacuation, as the fair's checks see it."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.gate.answer import ScanAnswer
from shared.journal.chain import SignedEntry
from shared.journal.entry import ENTRY_VERSION, Entry
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EvacuationId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.wire.feed import EvacuationNotice
from simulator.further_events.second_event.checks import check_return
from simulator.further_events.second_event.evidence import FairEvidence
from simulator.further_events.second_event.ground import Ground, Site
from simulator.further_events.second_event.record import (
    Emptying,
    FairRecord,
    Paper,
    PaperKind,
    Shown,
)
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerUse, LedgerView
from simulator.kernel.stage import WORLD_START

HALL = ZoneId("zn_hall")
TICKET = TicketId(7)
SITE = Site(
    event_id=EventId("ev_fair"), today="oc_1", tomorrow="oc_2", zones={}, gates={}, kinds={}
)
ENTERED, STOPPED, RETURNED = (Instant(WORLD_START + n * MINUTE) for n in (10, 15, 16))


def shown(number: int, node: str, began: Instant, verdict: str, reason: str) -> Shown:
    """Make one scan of the ticket into the hall."""
    answer = ScanAnswer(
        verdict=verdict,
        reason=reason,
        ticket_id=f"{TICKET:016x}",
        remaining=0,
        mode="lan",
        seq=number,
        at=began,
        ms=1.0,
        claim_id=ClaimId(f"{number:032x}"),
    )
    paper = Paper(text="1", kind=PaperKind.GOOD, ticket_id=TICKET, zone_id=HALL)
    return Shown(
        number=number,
        node=node,
        start=1,
        event_id=SITE.event_id,
        zone_id=HALL,
        paper=paper,
        direction="in",
        began=began,
        is_in_reach=False,
        peers=frozenset(),
        ended=began,
        answer=answer,
    )


def held_at(cursor: int) -> HeldEntry:
    """Make the entry of a scan at a gate that had read so much of the feed."""
    entry = Entry(
        v=ENTRY_VERSION,
        device_id=DeviceId("dv_1"),
        boot=bytes(8),
        dseq=1,
        seq=1,
        previous=bytes(32),
        kind="scan",
        event_id=SITE.event_id,
        wall=WORLD_START,
        monotonic=Duration(0),
        offset=Duration(0),
        offset_error=Duration(0),
        epoch=1,
        cursor=cursor,
        body=b"",
    )
    return HeldEntry(SignedEntry(b"", b""), entry, None)


def evening(entered_at: int, *, has_true_clocks: bool) -> FairEvidence:
    """Let one in, by the ledger as of then, empty the hall, and turn the holder away."""
    record = FairRecord()
    record.shown = [
        shown(1, "fair01", ENTERED, "admit", "ok"),
        shown(2, "fair01", Instant(RETURNED + MINUTE), "deny", "already_used"),
    ]
    record.emptyings = [Emptying("fair01", HALL, STOPPED, frozenset({TICKET}), RETURNED)]
    notice = EvacuationNotice(
        evacuation_id=EvacuationId("e" * 32),
        zone_id=HALL,
        phase="return",
        gate_id=GateId("gt_1"),
        begun_at=STOPPED,
        emptied_at=RETURNED,
    )
    use = LedgerUse(
        claim_id=ClaimId(f"{1:032x}"),
        ticket_id=TICKET,
        zone_id=HALL,
        occurrence_id=OccurrenceId("oc_1"),
        direction="in",
        at=entered_at,
        count=1,
        gate_id=GateId("gt_1"),
        device_id=DeviceId("dv_1"),
        mode="online",
        reason="ok",
        is_annulled=False,
        is_confirmed=True,
        source="claim",
    )
    ledger = LedgerView(
        epoch=1,
        head=1,
        tickets={},
        uses={use.claim_id: use},
        entries={},
        forks={},
        refusals={},
        conflicts=[],
        feed=[(1, "evacuation", notice)],
        pending_effects=0,
        inside={},
        shares={},
    )
    key = SigningKey(bytes(32))
    return FairEvidence(
        ground=Ground(SITE, SITE, "sv_1", "badge", 1, key, "ky_1"),
        record=record,
        ledger=ledger,
        entries={"fair01": {}},
        ended=Instant(RETURNED + 10 * MINUTE),
        has_true_clocks=has_true_clocks,
        capacity=10,
    )


@pytest.mark.parametrize("has_true_clocks", [True, False])
def test_a_holder_who_was_inside_and_is_turned_away_after_the_return_is_named(
    *, has_true_clocks: bool
) -> None:
    """The ledger itself has the entry before the return: nothing speaks against the holder."""
    found = list(check_return(evening(ENTERED, has_true_clocks=has_true_clocks)))
    name = "scan 2 at fair01 (good, lan already_used)"
    assert found == [f"{name}: was inside, may come back, and is told already_used"]


def test_an_entry_is_behind_the_return_only_where_the_server_s_clock_was_set_back() -> None:
    """By instants it is a return that was made already; with true clocks no entry may be that."""
    ahead = RETURNED + 3 * MINUTE
    assert not list(check_return(evening(ahead, has_true_clocks=False)))
    assert list(check_return(evening(ahead, has_true_clocks=True)))


@pytest.mark.parametrize(
    ("stop", "stopped", "cursor", "is_named"),
    [
        pytest.param("evacuation", True, 1, False, id="heard, and its end is not"),
        pytest.param("evacuation", True, 2, True, id="its end has been read"),
        pytest.param("evacuation", False, 1, True, id="nobody had stopped entry falsely"),
        pytest.param("", True, 1, True, id="refused for something else"),
    ],
)
def test_a_false_stop_keeps_entry_shut_at_a_gate_that_has_not_read_that_it_was_taken_back(
    stop: str, cursor: int, *, stopped: bool, is_named: bool
) -> None:
    """Its own supervisor's return ends no other evacuation: that stop is lifted by hand there."""
    evidence = evening(ENTERED, has_true_clocks=True)
    first = evidence.record.shown[1]
    assert first.answer is not None
    first.answer = msgspec.structs.replace(first.answer, reason="rules_denied", stop=stop)
    (_, kind, said), *_ = evidence.ledger.feed
    assert isinstance(said, EvacuationNotice)
    other = EvacuationId("f" * 32)
    taken_back = msgspec.structs.replace(
        said, evacuation_id=other, phase="over", emptied_at=None, annulled=True
    )
    evidence.ledger.feed.append((2, kind, taken_back))
    if stopped:
        evidence.record.stops.append((Instant(ENTERED + MINUTE), RETURNED))
    evidence.entries["fair01"][2] = held_at(cursor)
    assert bool(list(check_return(evidence))) is is_named


def test_the_ledger_keeps_nobody_out_for_a_false_stop_that_was_taken_back() -> None:
    """Whom it answers itself it has to let in from then on, whatever the gate has read."""
    evidence = evening(ENTERED, has_true_clocks=True)
    first = evidence.record.shown[1]
    assert first.answer is not None
    first.answer = msgspec.structs.replace(
        first.answer, reason="rules_denied", stop="evacuation", mode="online"
    )
    evidence.record.stops.append((Instant(ENTERED + MINUTE), Instant(first.began + MINUTE)))
    assert not list(check_return(evidence))
    evidence.record.stops[:] = [(Instant(ENTERED + MINUTE), RETURNED)]
    assert list(check_return(evidence))
