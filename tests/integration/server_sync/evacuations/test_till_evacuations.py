"""An evacuation of a zone is told at the tills, which stand in none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_till import add_printer
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.presenters.till.till_facts import read_facts
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.stocked_tills import open_till

if TYPE_CHECKING:
    from gatekeeper.device.attended_gate import AttendedGate


@pytest.mark.either_database
async def test_a_till_says_which_zones_are_evacuated_until_they_are_not(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Also when it was opened anew and is cut off; the return lets it sell without a word."""
    office = ledger_office
    north, till = await office.enrol(0), await open_till(office, tmp_path, 20)
    session = cast("AttendedGate", till.session)
    opened = add_printer(session, machine_system())
    assert read_facts(opened).evacuated == ()
    jo = await Chief.appoint(office)
    jo.say(north, "stop")
    await office.exchanged(north, north.journal.entries)
    await till.sync()
    await till.cut()
    facts = read_facts(opened)
    assert len(facts.evacuated) == 1
    window = TillPresenter()
    window.take_facts(facts)
    assert (window.screen().title, window.screen().icon) == ("Evacuation", "evacuate")
    window.state.go(TillStep.SELL)
    assert facts.evacuated[0] in window.screen().note
    jo.say(north, "return")
    await office.exchanged(north, north.journal.entries)
    await till.mend()
    assert read_facts(opened).evacuated == ()
    await session.close()
