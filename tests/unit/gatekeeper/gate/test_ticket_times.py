"""A ticket shown outside of its own time: the gate says when that is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.requests import Scan
from shared.kernel.instant import HOUR, MINUTE
from tests.factories.gate_event import STARTS, TicketOffice, make_config
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


@pytest.mark.parametrize(
    ("state", "reason", "end"),
    [
        ("completed", "expired", "over"),
        ("archived", "expired", "over"),
        ("cancelled", "cancelled", "called_off"),
        ("active", "ok", ""),
    ],
)
async def test_where_the_event_keeps_everybody_out_its_end_is_told(
    tmp_path: Path, state: str, reason: str, end: str
) -> None:
    """And not beside a ticket of its own that is cancelled, nor of who goes out."""
    office, clock = TicketOffice(config=make_config(state=state)), ManualClock(STARTS)
    server = FakeSyncServer(office, clock)
    good, cancelled = office.sell(), office.sell(state="cancelled")
    server.publish()
    gate = await PairedGate(tmp_path, server, clock=clock).open()
    try:
        await gate.sync_once()
        answer = await gate.lane.scan(Scan(good))
        assert (answer.reason, answer.event_end) == (reason, end)
        own = await gate.lane.scan(Scan(cancelled))
        assert own.reason == "cancelled"
        assert own.event_end == (end if reason == "cancelled" else "")
        out = await gate.lane.scan(Scan(good, direction="out"))
        assert (out.reason, out.event_end) == ("exit", "")
    finally:
        await gate.close()


async def test_where_the_gates_date_was_called_off_no_ticket_is_called_cancelled(
    tmp_path: Path,
) -> None:
    """A pass is good for the other dates, and staff told its holder that it was cancelled."""
    config = make_config()
    off = tuple(msgspec.structs.replace(one, is_cancelled=True) for one in config.occurrences)
    zones = tuple(msgspec.structs.replace(one, occurrence_id=off[0].id) for one in config.zones)
    office = TicketOffice(config=msgspec.structs.replace(config, occurrences=off, zones=zones))
    clock = ManualClock(STARTS)
    server, good = FakeSyncServer(office, clock), office.sell()
    server.publish()
    gate = await PairedGate(tmp_path, server, clock=clock).open()
    try:
        await gate.sync_once()
        answer = await gate.lane.scan(Scan(good))
        assert (answer.reason, answer.event_end) == ("cancelled", "date_off")
    finally:
        await gate.close()
