"""Who is known to have left twice, so that two places were made of one until a gate is heard."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from shared.journal.chain import SignedEntry
from shared.journal.entry import Body, Entry, ScanBody, UndoBody
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId, ZoneId
from shared.kernel.instant import Duration, Instant
from simulator.checkers.capacity import Leavings
from simulator.judging.evidence import Evidence, Passage
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.zone_limits import Words

OWN, OTHER = "gate01", "gate02"


def held(body: Body, seq: int) -> HeldEntry:
    """Hold an entry by its number."""
    entry = Entry(
        v=1,
        device_id=DeviceId("dv_1"),
        boot=bytes(8),
        dseq=seq,
        seq=seq,
        previous=bytes(32),
        kind="scan",
        event_id=EventId("ev_1"),
        wall=Instant(seq),
        monotonic=Duration(seq),
        offset=None,
        offset_error=None,
        epoch=1,
        cursor=1,
        body=b"",
    )
    return HeldEntry(SignedEntry(b"", b""), entry, body)


def passed(
    way: str, node: str, seq: int, *, mode: str, allotted: int, is_taken_back: bool = False
) -> Passage:
    """Let a holder pass at a gate."""
    said: dict[str, Any] = dict.fromkeys(ScanBody.__struct_fields__[:11])
    said |= {"claim_id": ClaimId(f"{node}.{seq}"), "gate_id": GateId("gt_1")}
    said |= {"zone_id": ZoneId("zn_1"), "ticket_id": TicketId(1), "count": 1}
    said |= {"direction": way, "verdict": "admit", "reason": "ok", "mode": mode}
    body = ScanBody(**(said | {"allotted": allotted}))
    return Passage(DeviceId(node), node, held(body, seq), body, is_taken_back, None)


@pytest.mark.parametrize(("undone_at", "twice"), [(9, 1), (2, 0)], ids=["after", "before"])
def test_an_entry_that_is_taken_back_after_its_exit_had_cost_its_gate_a_place(
    undone_at: int, twice: int
) -> None:
    """The gate that was cut off has put that place into its share; the other one's is free too."""
    passages = [
        passed("in", OWN, 1, mode="lan", allotted=1, is_taken_back=True),
        passed("out", OTHER, 1, mode="online", allotted=0),
        passed("out", OWN, 5, mode="offline", allotted=-1),
    ]
    undo = UndoBody(ClaimId(f"{OWN}.1"), TicketId(1), person="staff", why="mistake")
    uses = {f"{OTHER}.1": SimpleNamespace(source="awaited")}
    evidence = cast(
        "Evidence",
        SimpleNamespace(
            devices=[SimpleNamespace(entries=[held(undo, undone_at)])],
            passages=passages,
            ledger=SimpleNamespace(uses=uses, feed=[]),
        ),
    )
    leavings = Leavings(evidence, Words(evidence))
    for one in passages:
        leavings.take(one)
    assert leavings.twice() == twice
