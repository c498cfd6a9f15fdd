"""The organizer's evacuation as the desk says it, at the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatekeeper.organizer.during.evacuations_client import (
    EvacuationAct,
    EvacuationUnderWay,
    find_evacuation,
    read_evacuations,
    say_evacuation,
)
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi
from shared.kernel.instant import MINUTE, SECOND
from tests.factories.desk_seat import take_seat
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import open_gate

PASSWORD = "seven lamps over the gate"


@pytest.fixture
async def seat(ledger_office: LedgerOffice) -> AsyncIterator[ServerApi]:
    """The owner's."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    office = take_seat(ledger_office.office, ledger_office.owner)
    yield office
    await office.close()


@pytest.mark.either_database
async def test_a_zone_is_emptied_filled_again_and_a_false_alarm_is_taken_back(
    ledger_office: LedgerOffice, seat: ServerApi, tmp_path: Path
) -> None:
    """What the buttons say is what the ledger does, and a wrong password says nothing."""
    site = EventSite(ledger_office.owner.organization_id, ledger_office.event_id)
    zone_id, code = str(ledger_office.zone_id), ledger_office.codes[0]
    gate = await open_gate(ledger_office, tmp_path, 0)
    scanner = await ledger_office.enrol(0)
    assert (await ledger_office.claimed(scanner, code))["verdict"] == "admit"
    ledger_office.office.clock.advance(MINUTE)

    async def say(act: EvacuationAct, password: str = PASSWORD) -> EvacuationUnderWay | None:
        under_way = find_evacuation(await read_evacuations(seat, site), zone_id)
        await say_evacuation(seat, site, act, zone_id, password, under_way)
        ledger_office.office.clock.advance(3 * SECOND)
        return find_evacuation(await read_evacuations(seat, site), zone_id)

    with pytest.raises(Refused) as refused:
        await say(EvacuationAct.STOP, "another one")
    assert [one.field for one in refused.value.fields] == ["password"]
    assert await read_evacuations(seat, site) == ()

    stopped = await say(EvacuationAct.STOP)
    assert stopped is not None
    assert stopped.phase == EvacuationAct.STOP
    assert not any(one.has_heard for one in stopped.devices)
    assert len(stopped.devices) == 2
    assert (await ledger_office.claimed(scanner, code))["reason"] == "rules_denied"
    back = await say(EvacuationAct.RETURN)
    assert back is not None
    assert (back.evacuation_id, back.phase) == (stopped.evacuation_id, EvacuationAct.RETURN)
    assert (await ledger_office.claimed(scanner, code))["reason"] == "reentry"
    assert await say(EvacuationAct.OVER) is None

    other = await say(EvacuationAct.STOP)
    assert other is not None
    assert other.evacuation_id != stopped.evacuation_id
    assert await say(EvacuationAct.ANNUL) is None
    await gate.session.close()
