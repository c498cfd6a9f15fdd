"""A ticket shown outside of its own time: the gate says when that is."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.gate.requests import Scan
from shared.kernel.instant import HOUR, MINUTE
from tests.factories.gate_event import STARTS, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer


async def test_a_ticket_outside_its_time_is_answered_with_that_time(tmp_path: Path) -> None:
    """Before it with its beginning, after it with its end; within it with neither."""
    office, clock = TicketOffice(), ManualClock(STARTS)
    server = FakeSyncServer(office, clock)
    first, last = STARTS + 30 * MINUTE, STARTS + HOUR
    evening = office.sell(valid_from=first, valid_until=last)
    later = office.sell(valid_from=first, valid_until=last)
    server.publish()
    gate = await PairedGate(tmp_path, server, clock=clock).open()
    try:
        await gate.sync_once()
        early = await gate.lane.scan(Scan(evening))
        assert (early.reason, early.valid_from, early.valid_until) == (
            "not_yet_valid",
            first,
            None,
        )
        clock.advance(40 * MINUTE)
        due = await gate.lane.scan(Scan(evening))
        assert (due.reason, due.valid_from, due.valid_until) == ("ok", None, None)
        clock.advance(40 * MINUTE)
        late = await gate.lane.scan(Scan(later))
        assert (late.reason, late.valid_from, late.valid_until) == ("expired", None, last)
    finally:
        await gate.close()
