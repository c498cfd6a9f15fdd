"""What the judge of called-back places takes for a broken promise, and what nobody promised."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from shared.journal.chain import SignedEntry
from shared.journal.entry import Entry, ScanBody
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Duration, Instant
from simulator.further_events.called_back_places.checks import (
    CalledBackEvidence,
    check_accused,
    check_told,
)
from simulator.further_events.called_back_places.evening import (
    PLACES,
    SIZE,
    Around,
    CalledBack,
    Party,
)
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerView
from simulator.judging.seen_visits import Visit
from simulator.kernel.stage import WORLD_START

HALL = ZoneId("zn_hall")
GROUP = Party("1", TicketId(1), persons=SIZE)
OTHERS = [Party(str(number), TicketId(number), persons=SIZE) for number in (2, 3)]
BEGAN = Instant(WORLD_START + 10 * MINUTE)


def shown(
    party: Party, verdict: str, reason: str, *, at: int, mode: str = "online", way: str = "in"
) -> Visit[Party]:
    """Present a ticket at a gate, which answers within a tenth of a second."""
    answer = ScanAnswer(
        verdict=verdict,
        reason=reason,
        ticket_id=f"{party.ticket_id:016x}",
        remaining=0,
        mode=mode,
        seq=1,
        at=Instant(at),
        ms=1.0,
        claim_id=ClaimId(f"{at:032x}"),
    )
    return Visit(
        number=at,
        node="called01",
        start=1,
        card=party,
        asked=Scan(party.text, direction=way, count=party.persons),
        began=Instant(at),
        is_in_reach=True,
        ended=Instant(at + 100 * MILLISECOND),
        answer=answer,
    )


def passed(way: str, mode: str) -> HeldEntry:
    """Let a gate have on record that the group went in or out."""
    body = ScanBody(
        claim_id=ClaimId(way),
        gate_id=GateId("gt_1"),
        zone_id=HALL,
        occurrence_id=OccurrenceId("oc_1"),
        direction="in" if way == "in" else "out",
        count=SIZE,
        ticket_id=GROUP.ticket_id,
        generation=1,
        key_id=1,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="online" if mode == "online" else "offline",
    )
    entry = Entry(
        v=1,
        device_id=DeviceId("dv_1"),
        boot=bytes(8),
        dseq=1,
        seq=1,
        previous=bytes(32),
        kind="scan",
        event_id=EventId("ev_1"),
        wall=BEGAN,
        monotonic=Duration(0),
        offset=None,
        offset_error=None,
        epoch=1,
        cursor=1,
        body=b"",
    )
    return HeldEntry(SignedEntry(b"", b""), entry, body, "")


def evening(
    visits: Sequence[Visit[Party]] = (),
    held: Sequence[HeldEntry] = (),
    *,
    counted: int = 0,
    has_true_server: bool = True,
) -> CalledBackEvidence:
    """Let so much be seen, with all gates in touch, and the ledger count so many inside."""
    ledger = LedgerView(
        epoch=1,
        head=1,
        tickets={},
        uses={},
        entries={},
        forks={},
        refusals={},
        conflicts=[],
        feed=[],
        pending_effects=0,
        inside={HALL: counted},
        shares={},
    )
    calm = {one.number: Around(is_calm=True) for one in visits}
    played = SimpleNamespace(
        visits=list(visits),
        before=calm,
        after=calm,
        owner=SimpleNamespace(refused=[]),
        scenario=SimpleNamespace(
            poll=5 * SECOND, hears=75 * SECOND, has_true_server=has_true_server
        ),
        read_journals=lambda: {("called01", seq): one for seq, one in enumerate(held)},
    )
    return CalledBackEvidence(cast("CalledBack", played), ledger)


def told_full() -> Visit[Party]:
    """Tell the group that the hall is full, and of no places that are on their way."""
    return shown(GROUP, "deny", "capacity_full", at=BEGAN)


def two_groups_inside() -> list[Visit[Party]]:
    """Let in two groups, which leave places for fewer than a third."""
    assert PLACES - 2 * SIZE < SIZE
    return [shown(one, "admit", "ok", at=BEGAN - 5 * MINUTE + n) for n, one in enumerate(OTHERS)]


@pytest.mark.parametrize(("ago", "is_wrong"), [(1 * SECOND, True), (50 * MILLISECOND, False)])
def test_a_full_hall_has_room_from_when_the_ledger_let_somebody_out(
    ago: int, *, is_wrong: bool
) -> None:
    """Who goes out while the group is being answered may have gone after that was decided."""
    left = shown(OTHERS[0], "admit", "exit", at=BEGAN - ago, way="out")
    assert bool(list(check_told(evening([*two_groups_inside(), left, told_full()])))) is is_wrong


@pytest.mark.parametrize(("ago", "is_wrong"), [(1 * SECOND, False), (5 * MINUTE, True)])
def test_a_gate_whose_word_was_late_soon_tells_the_ledger_who_did_not_come_in(
    ago: int, *, is_wrong: bool
) -> None:
    """The ledger may have let in whom the gate turned away alone, and count them until then."""
    inside, unheard = two_groups_inside()
    turned_away = shown(unheard.card, "deny", "capacity_full", at=BEGAN - ago, mode="offline")
    assert bool(list(check_told(evening([inside, turned_away, told_full()])))) is is_wrong


@pytest.mark.parametrize("mode", ["online", "offline"])
@pytest.mark.parametrize("has_true_server", [True, False])
def test_who_went_out_counts_as_inside_only_where_a_wrong_clock_alone_says_when(
    mode: str, *, has_true_server: bool
) -> None:
    """Nothing else proves that they went after they came; fewer are never counted than are in."""
    out = [passed("in", "online"), passed("out", mode)]
    is_excused = mode == "offline" and not has_true_server
    still = evening(held=out, counted=SIZE, has_true_server=has_true_server)
    assert (not list(check_accused(still))) is is_excused
    fewer = evening(held=out[:1], counted=SIZE - 1, has_true_server=has_true_server)
    assert list(check_accused(fewer))
