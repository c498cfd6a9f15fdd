"""A server that was put back has not heard yet what a gate knew to be gone: the gate keeps it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.admission.reasons import Reason
from shared.manifest.tickets import TicketRow
from tests.factories.gate_event import EVENT, STANDARD, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

TOLD = pytest.mark.parametrize("told_by", ["feed", "list"])
LISTED = pytest.mark.parametrize("is_listed", [False, True])


def changed(row: TicketRow, **facts: object) -> TicketRow:
    """Make another row of a ticket."""
    return msgspec.structs.replace(row, facts=msgspec.structs.replace(row.facts, **facts))


class Evening:
    """A gate that knew a ticket, and more of it than the copy to which its server goes back."""

    def __init__(self, folder: Path, *, is_listed: bool, **facts: object) -> None:
        self.office = TicketOffice()
        self.server = FakeSyncServer(self.office, ManualClock())
        self.gate, self.facts = PairedGate(folder, self.server), facts
        if is_listed:
            self.digits = self.office.sell()
            self.server.publish()
        else:
            self.server.publish()
            self.digits = self.office.sell()
        (self.row,) = self.office.rows.values()

    async def put_back(self, told_by: str, *, is_heard: bool = True) -> GateSession:
        """Let the gate hear of the ticket, then of what became of it, then of none of that."""
        session = await self.gate.open()
        self.server.change_ticket(self.row)
        await session.sync_once()
        backup = self.server.copy()
        self.server.change_ticket(changed(self.row, **self.facts))
        if told_by == "list":
            self.server.publish()
        await session.sync_once()
        self.server.restore(backup)
        self.office.rows[self.row.ticket_id] = self.row
        self.server.epoch = 2
        for _ in range(2 if is_heard else 0):
            await session.sync_once()
        return session

    async def reason(self, session: GateSession, digits: str = "") -> str:
        """Scan the ticket at the gate, which is cut off."""
        self.server.is_cut = True
        answer = await session.scan(Scan(digits or self.digits))
        self.server.is_cut = False
        return answer.reason


@TOLD
@LISTED
async def test_a_void_that_a_gate_has_synced_admits_nobody_after_a_restore(
    tmp_path: Path, told_by: str, *, is_listed: bool
) -> None:
    """Whether the feed had told it or a list; also after the gate's program was started anew."""
    evening = Evening(tmp_path, is_listed=is_listed, state="cancelled")
    session = await evening.put_back(told_by)
    assert await evening.reason(session) == Reason.CANCELLED
    await session.close()
    session = await evening.gate.open()
    assert await evening.reason(session) == Reason.CANCELLED
    await session.close()


@TOLD
async def test_a_code_that_was_replaced_stays_worth_nothing_after_a_restore(
    tmp_path: Path, told_by: str
) -> None:
    """And the one that took its place is good, though the copy has not heard of it."""
    evening = Evening(tmp_path, is_listed=True, generation=1)
    session = await evening.put_back(told_by)
    newer = evening.office.digits(evening.row.ticket_id, STANDARD, 1)
    assert await evening.reason(session) == Reason.SUPERSEDED
    assert await evening.reason(session, newer) == Reason.OK
    await session.close()


async def test_whoever_edits_the_ticket_later_gives_no_right_back(tmp_path: Path) -> None:
    """They need not know of the refund. What the new ledger itself has ended, it gives back."""
    evening = Evening(tmp_path, is_listed=True, state="cancelled")
    other = evening.office.sell()
    ours = next(row for row in evening.office.rows.values() if row != evening.row)
    session = await evening.put_back("feed")
    for row in (evening.row, ours, changed(ours, state="cancelled"), ours):
        evening.server.change_ticket(row)
        await session.sync_once()
    assert await evening.reason(session) == Reason.CANCELLED
    assert await evening.reason(session, other) == Reason.OK
    await session.close()


@TOLD
async def test_a_list_that_is_handed_over_after_the_restore_counts(
    tmp_path: Path, told_by: str
) -> None:
    """The organizer has looked through what the copy has forgotten, and handed the event over."""
    evening = Evening(tmp_path, is_listed=True, state="cancelled")
    session = await evening.put_back(told_by)
    evening.server.publish()
    await session.sync_once()
    assert await evening.reason(session) == Reason.OK
    await session.close()


@pytest.mark.parametrize("begins_with", ["feed", "list"])
@pytest.mark.parametrize("facts", [{"state": "cancelled"}, {"generation": 1}])
async def test_whichever_comes_first_feed_or_list_they_come_to_the_same(
    tmp_path: Path, begins_with: str, facts: dict[str, object]
) -> None:
    """Somebody has edited the ticket before the hand-over, and blocked it after."""
    evening = Evening(tmp_path, is_listed=True, **facts)
    session = await evening.put_back("feed", is_heard=False)
    evening.server.change_ticket(evening.row)
    evening.server.publish()
    evening.server.change_ticket(changed(evening.row, blocked=True))
    engine = session.engine
    if begins_with == "feed":
        for _ in range(3):
            await engine._round()
        assert await evening.reason(session) in {Reason.CANCELLED, Reason.SUPERSEDED}
        assert session._knowledge.state.cursor == len(evening.server.items)
    await engine._installer.install_newest(EVENT)
    await session.sync_once()
    assert await evening.reason(session) == Reason.BLOCKED
    await session.close()
