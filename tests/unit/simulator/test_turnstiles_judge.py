"""Whom the judge of turnstiles expects to be let in, and whom not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import msgspec

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.turnstile.granted_passages import Granted
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant
from simulator.further_events.turnstiles.arm import Fate
from simulator.further_events.turnstiles.checks import (
    FREED_MAX,
    TurnstilesEvidence,
    check_good,
    check_inside,
    check_unopened,
)
from simulator.further_events.turnstiles.evening import Turnstiles
from simulator.further_events.turnstiles.record import Body, Party, Walk
from simulator.judging.ledger_and_device_views import LedgerUse, LedgerView
from simulator.judging.seen_visits import Visit
from simulator.kernel.stage import WORLD_START

HOLDER = Party("1", TicketId(1), persons=1)
EMPTY = LedgerView(
    epoch=1,
    head=0,
    tickets={},
    uses={},
    entries={},
    forks={},
    refusals={},
    conflicts=[],
    feed=[],
    pending_effects=0,
    inside={},
    shares={},
)


def shown(number: int, verdict: str, reason: str, at: int) -> Visit[Party]:
    """Present the ticket at a gate, which answers within a tenth of a second."""
    answer = ScanAnswer(
        verdict=verdict,
        reason=reason,
        ticket_id=f"{HOLDER.ticket_id:016x}",
        remaining=0,
        mode="online",
        seq=number,
        at=Instant(at),
        ms=1.0,
        claim_id=ClaimId(f"{number:032x}"),
    )
    return Visit(
        number=number,
        node=f"gate{number}",
        start=1,
        card=HOLDER,
        asked=Scan(HOLDER.text, count=1),
        began=Instant(at),
        is_in_reach=True,
        ended=Instant(at + 100 * MILLISECOND),
        answer=answer,
    )


def went_in(visit: Visit[Party], after: Duration) -> Walk:
    """Let the holder go through the arm so long after the green light."""
    assert visit.answer is not None
    assert visit.ended is not None
    passed_at = Instant(visit.ended + after)
    return Walk(
        visit=visit,
        granted=Granted(visit.answer.claim_id, 1, is_exit=False, is_watched=True),
        began=visit.ended,
        bodies=[Body(fate=Fate(), passed_at=passed_at, has_sensor=True)],
        ended=passed_at,
        is_whole=True,
    )


def seen(
    *visits: Visit[Party], walks: list[Walk], ledger: LedgerView = EMPTY
) -> TurnstilesEvidence:
    """Give the evidence of one holder's visits, before each of which nobody was inside."""
    evening = SimpleNamespace(
        policy=OfflinePolicy.OPEN,
        parties=[HOLDER],
        visits=list(visits),
        last=0,
        walks=walks,
        inside_before={one.number: 0 for one in visits},
        owner=SimpleNamespace(refused=[]),
        scenario=SimpleNamespace(hears=Duration(SECOND), has_true_server=True),
        read_journals=dict,
    )
    return TurnstilesEvidence(cast("Turnstiles", evening), ledger)


def test_a_ticket_that_stays_used_although_no_arm_opened_for_it_is_named() -> None:
    """Its gate died between the entry that was on disk and the arm."""
    use = LedgerUse(
        claim_id=ClaimId(f"{1:032x}"),
        ticket_id=HOLDER.ticket_id,
        zone_id=ZoneId("zn_1"),
        occurrence_id=OccurrenceId("oc_1"),
        direction="in",
        at=WORLD_START,
        count=1,
        gate_id=GateId("gt_1"),
        device_id=DeviceId("dv_1"),
        mode="offline",
        reason="ok",
        is_annulled=False,
        is_confirmed=True,
        source="journal",
    )
    ledger = msgspec.structs.replace(EMPTY, uses={use.claim_id: use})
    evidence = seen(walks=[], ledger=ledger)
    assert len(list(check_unopened(evidence))) == 1
    evidence.opened = frozenset({use.claim_id})
    assert list(check_unopened(evidence)) == []


def test_of_two_who_come_with_one_ticket_at_once_one_stays_outside_and_nothing_is_wrong() -> None:
    """The other is on the way through the arm, and counts."""
    first = shown(1, "admit", "ok", WORLD_START)
    second = shown(2, "deny", "already_used", WORLD_START)
    evidence = seen(first, second, walks=[went_in(first, Duration(2 * SECOND))])
    assert list(check_good(evidence)) == []


def test_a_holder_who_is_refused_while_nobody_else_is_at_an_arm_is_named() -> None:
    """Also where somebody comes and passes afterwards."""
    second = shown(2, "deny", "already_used", WORLD_START)
    later = shown(3, "admit", "ok", WORLD_START + 60 * SECOND)
    evidence = seen(second, later, walks=[went_in(later, Duration(2 * SECOND))])
    said = list(check_good(evidence))
    assert len(said) == 1
    assert "stands outside" in said[0]


def test_who_comes_in_before_a_gate_is_back_that_died_in_a_way_out_is_no_fault() -> None:
    """Its arm stayed closed, but until the gate releases them they count as gone."""
    inside = shown(1, "admit", "ok", WORLD_START)
    died = shown(2, "admit", "exit", WORLD_START + 10 * SECOND)
    died.asked = Scan(HOLDER.text, direction="out", count=1)
    died.answer = died.ended = None
    copy = shown(3, "admit", "reentry", WORLD_START + 15 * SECOND)
    back = shown(4, "deny", "already_used", WORLD_START + 12 * SECOND)
    back.node, back.start = died.node, died.start + 1
    walks = [went_in(one, Duration(2 * SECOND)) for one in (inside, copy)]
    assert list(check_inside(seen(inside, died, copy, walks=walks))) == []
    assert len(list(check_inside(seen(inside, copy, walks=walks)))) == 1
    assert len(list(check_inside(seen(inside, died, copy, back, walks=walks)))) == 1


def turned_back(number: int, card: Party) -> Walk:
    """Let somebody turn back before an arm whose sensor is fine, at the one gate of all."""
    visit = shown(number, "admit", "ok", WORLD_START + number * MINUTE)
    visit.card, visit.node = card, "gate"
    walk = went_in(visit, Duration(0))
    walk.bodies = [Body(fate=Fate(passes_after=None), passed_at=None, has_sensor=True)]
    return walk


def test_a_ticket_that_is_used_since_its_sensor_was_no_longer_believed_is_no_fault() -> None:
    """Some in a row turned back before: the next who does has used the ticket (record 0143)."""
    other = Party("2", TicketId(2), persons=1)
    before = [turned_back(number, other) for number in range(1, 1 + FREED_MAX)]
    own = turned_back(8, HOLDER)
    again = shown(9, "deny", "already_used", WORLD_START + HOUR)
    assert list(check_good(seen(own.visit, again, walks=[*before, own]))) == []
    assert len(list(check_good(seen(own.visit, again, walks=[own])))) == 1
