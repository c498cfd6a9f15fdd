"""Whom the judge of the fair takes for let in by a plan that was over, and whom not."""

from __future__ import annotations

from typing import Final, cast

import pytest

from gatekeeper.gate.answer import ScanAnswer
from shared.journal.chain import SignedEntry
from shared.journal.entry import ENTRY_VERSION, Entry
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import SECOND, Duration, Instant
from shared.wire.feed import ConfigChange
from simulator.further_events.second_event.checks import check_plan
from simulator.further_events.second_event.evidence import FairEvidence
from simulator.further_events.second_event.ground import Ground
from simulator.further_events.second_event.record import FairRecord, Paper, PaperKind, Shown
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerUse, LedgerView
from simulator.kernel.stage import WORLD_START
from tests.factories.house import make_config

CLOSED: Final = 7
"""The feed's number by which gates may let nobody in alone."""
CLAIM: Final = ClaimId(f"{1:032x}")
HOLDER: Final = Paper("1", PaperKind.GOOD, TicketId(1), ZoneId("zn_1"))


def make_use(source: str) -> LedgerUse:
    """Give the passage as the ledger has it, from a claim or from a journal."""
    return LedgerUse(
        claim_id=CLAIM,
        ticket_id=HOLDER.ticket_id,
        zone_id=HOLDER.zone_id,
        occurrence_id=OccurrenceId(""),
        direction="in",
        at=WORLD_START,
        count=1,
        gate_id=GateId("gt_1"),
        device_id=DeviceId("dv_1"),
        mode="lan",
        reason="ok",
        is_annulled=False,
        is_confirmed=True,
        source=source,
    )


def evidence_of(mode: str, source: str, cursor: int) -> FairEvidence:
    """Let somebody in by a gate that had read so much of the feed."""
    entry = Entry(
        v=ENTRY_VERSION,
        device_id=DeviceId("dv_1"),
        boot=bytes(8),
        dseq=1,
        seq=1,
        previous=bytes(32),
        kind="scan",
        event_id=EventId(""),
        wall=WORLD_START,
        monotonic=Duration(0),
        offset=Duration(0),
        offset_error=Duration(0),
        epoch=1,
        cursor=cursor,
        body=b"",
    )
    answer = ScanAnswer(
        verdict="admit",
        reason="ok",
        ticket_id=f"{HOLDER.ticket_id:016x}",
        remaining=0,
        mode=mode,
        seq=1,
        at=WORLD_START,
        ms=1.0,
        claim_id=CLAIM,
    )
    shown = Shown(
        number=1,
        node="gate",
        start=1,
        event_id=EventId(""),
        zone_id=HOLDER.zone_id,
        paper=HOLDER,
        direction="in",
        began=WORLD_START,
        is_in_reach=False,
        peers=frozenset(),
        ended=Instant(WORLD_START + SECOND),
        answer=answer,
    )
    record = FairRecord()
    record.shown.append(shown)
    ledger = LedgerView(
        epoch=1,
        head=CLOSED,
        tickets={},
        uses={CLAIM: make_use(source)},
        entries={},
        forks={},
        refusals={},
        conflicts=[],
        feed=[(CLOSED, "config", ConfigChange(make_config(offline_policy="closed"), ()))],
        pending_effects=0,
        inside={},
        shares={},
    )
    return FairEvidence(
        ground=cast("Ground", None),
        record=record,
        ledger=ledger,
        entries={"gate": {1: HeldEntry(SignedEntry(b"", b""), entry, None)}},
        ended=Instant(WORLD_START + SECOND),
        has_true_clocks=True,
        capacity=10,
    )


@pytest.mark.parametrize(
    ("mode", "source", "cursor", "is_named"),
    [
        ("lan", "journal", CLOSED, True),
        ("offline", "journal", CLOSED, True),
        ("lan", "journal", CLOSED - 1, False),
        # The ledger has granted it, and a peer has brought that, beside the page that says closed.
        ("lan", "claim", CLOSED, False),
        ("offline", "claim", CLOSED, True),
        ("online", "claim", CLOSED, False),
    ],
)
def test_a_closed_policy_speaks_against_gates_that_decide_alone(
    mode: str, source: str, cursor: int, *, is_named: bool
) -> None:
    """And not against the ledger's word, on whatever way it has come."""
    assert bool(list(check_plan(evidence_of(mode, source, cursor)))) is is_named
