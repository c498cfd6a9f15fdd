"""A holder who came in time, and whose time ends while staff ask, look or count: let in."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.gate.answer import GroupOutlook, ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.presenters.gate.open_decision import ask_count, decision_on
from shared.admission.facts import ASKING_MAX, Direction, ScanFacts
from shared.kernel.id_types import TicketTypeId
from shared.kernel.instant import SECOND, Instant
from shared.manifest.event_config import TicketTypeConfig, ZoneConfig
from tests.factories.gate_device import GateDevice, open_device
from tests.factories.gate_event import GROUP, STANDARD, ZONE, TicketOffice, make_config
from tests.fakes.clock import DEFAULT_START
from tests.unit.gatekeeper.gate.test_overriding import supervision
from tests.unit.gatekeeper.gate.test_questions_at_the_lane import BAGS

ENDS = Instant(DEFAULT_START + 10 * SECOND)
PROVEN = TicketTypeConfig(
    id=TicketTypeId("tt_std"), code=STANDARD, name="Day", questions=(BAGS,), check_id=True
)
GROUPS = TicketTypeConfig(id=TicketTypeId("tt_grp"), code=GROUP, name="Group", persons=5)
HALL = ZoneConfig(id=ZONE, name="Hall", reentry_after_exit=True, admit_pending=True)


async def open_gate(folder: Path, office: TicketOffice) -> GateDevice:
    """Open a gate whose zone lets in who is told of their debt."""
    office.config = make_config(ticket_types=(PROVEN, GROUPS), zones=(HALL,))
    return await open_device(folder, office)


def confirm(asked: Scan, answer: ScanAnswer) -> Scan:
    """Return the scan that goes on once staff have said yes, as a gate's window makes it."""
    decision = decision_on(asked, answer)
    assert decision is not None
    return (decision.reply(0) or decision).confirmed()


async def test_who_is_asked_in_time_is_not_made_late_by_the_asking(tmp_path: Path) -> None:
    """A question, then a proof; the ticket's time ends between them. The next one is too late."""
    office = TicketOffice()
    digits, late = office.sell(valid_until=ENDS), office.sell(valid_until=ENDS)
    device = await open_gate(tmp_path, office)
    first = Scan(digits)
    asked = await device.lane.scan(first)
    device.clock.advance(20 * SECOND)
    second = confirm(first, asked)
    looked = await device.lane.scan(second)
    device.clock.advance(20 * SECOND)
    admitted = await device.lane.scan(confirm(second, looked))
    assert [one.reason for one in (asked, looked, admitted)] == ["question", "check_id", "ok"]
    assert (await device.lane.scan(Scan(late))).reason == "expired"


async def test_a_group_that_is_counted_comes_when_it_has_shown_its_code(tmp_path: Path) -> None:
    """Nothing is decided before staff have said how many pass."""
    office = TicketOffice()
    digits = office.sell(GROUP, valid_until=ENDS)
    device = await open_gate(tmp_path, office)
    outlook = supervision(device).outlook(Scan(digits))
    assert isinstance(outlook, GroupOutlook)
    device.clock.advance(20 * SECOND)
    admitted = await device.lane.scan(ask_count(Scan(digits), outlook).confirmed())
    assert (admitted.reason, admitted.count) == ("ok", 5)


@pytest.mark.parametrize("later", [ASKING_MAX + 1, -SECOND], ids=["for long", "clock set back"])
async def test_what_is_asked_for_too_long_is_asked_for_nothing(tmp_path: Path, later: int) -> None:
    """Nobody keeps a ticket's time open by a question, nor by a clock that is set."""
    scan = ScanFacts(
        direction=Direction.IN, at=Instant(ENDS + 1), asked_at=Instant(ENDS + 1 - later)
    )
    assert scan.came_at == scan.at
    office = TicketOffice()
    digits = office.sell(valid_until=Instant(ENDS))
    device = await open_gate(tmp_path, office)
    first = Scan(digits)
    asked = await device.lane.scan(first)
    device.clock.advance(ASKING_MAX + SECOND)
    assert (await device.lane.scan(confirm(first, asked))).reason == "expired"


async def test_a_debt_that_is_told_makes_nobody_late(tmp_path: Path) -> None:
    """Where the zone lets in who owes, once staff have told them."""
    office = TicketOffice()
    digits = office.sell(GROUP, state="pending", valid_until=ENDS, persons=1)
    device = await open_gate(tmp_path, office)
    first = Scan(digits)
    asked = await device.lane.scan(first)
    assert (asked.reason, asked.may_acknowledge) == ("unpaid", True)
    device.clock.advance(15 * SECOND)
    assert (await device.lane.scan(confirm(first, asked))).reason == "ok"
