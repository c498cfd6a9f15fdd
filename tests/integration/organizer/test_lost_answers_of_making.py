"""Things that are made while the server's answer is lost on the way: asked again, one is there."""

from __future__ import annotations

from datetime import datetime

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.event_draft import DateDraft, EventDraft, TypeDraft, ZoneDraft
from gatekeeper.organizer.event_setup import EventSetup
from gatekeeper.organizer.plan import PlanClient, PlanKind, Thing, new_thing
from shared.kernel.errors import ServerFault
from tests.factories.ledger_office import LedgerOffice
from tests.fakes.entropy import SeededEntropy
from tests.integration.organizer.test_gate_lists import seat, site_of
from tests.integration.organizer.test_undone_edits import Line

__all__ = ["seat"]
pytestmark = pytest.mark.integration
NIGHT = datetime(2026, 11, 28, 19, 0)  # noqa: DTZ001 - by the venue's clock

LATE = NIGHT.replace(hour=23)


@pytest.mark.either_database
@pytest.mark.parametrize("kind", [PlanKind.GATE, PlanKind.TYPE, PlanKind.DATE])
async def test_a_new_thing_is_saved_once(
    ledger_office: LedgerOffice, seat: desk_office.Office, kind: PlanKind
) -> None:
    """*Save* again takes what was made, with what was typed since; another new one is another."""
    line = Line(seat._http._transport)
    seat._http._transport = line
    desk = PlanClient(seat, site_of(ledger_office))
    plan = await desk.read()
    before = len(plan.of(kind))
    new = new_thing(kind, plan)
    for lost, name in (("question", "Side"), ("answer", "Side"), ("answer", "Side door")):
        line.loses = lost
        with pytest.raises(ServerFault):
            await desk.save(new, new.fields | {"name": name})
        await desk.read()  # as the desk does every few seconds
    saved = await desk.save(new, new.fields | {"name": "Side door"})
    assert isinstance(saved, Thing)
    assert saved.name == "Side door"
    assert len((await desk.read()).of(kind)) == before + 1
    other = new_thing(kind, await desk.read())
    assert isinstance(await desk.save(other, other.fields | {"name": "Side door"}), Thing)
    assert len((await desk.read()).of(kind)) == before + 2
    assert await desk.undo() is None
    assert await desk.undo() is None
    assert len((await desk.read()).of(kind)) == before


@pytest.mark.either_database
async def test_a_drafted_event_is_made_once_whatever_answer_is_lost(
    ledger_office: LedgerOffice, seat: desk_office.Office
) -> None:
    """Also its event and its supervisor, whose badge is drawn again: nobody has the first one."""
    line = Line(seat._http._transport)
    seat._http._transport = line
    draft = EventDraft(
        name="Lanterns",
        timezone="Europe/Berlin",
        currency="EUR",
        dates=(DateDraft(name="Tonight", doors=NIGHT, starts=NIGHT, ends=LATE),),
        types=(TypeDraft(name="Standing", price_minor=2_500),),
        zones=(ZoneDraft(name="Hall", gates=("North", "South")),),
        supervisors=("Sam",),
    )
    organization = ledger_office.owner.organization_id
    setup = EventSetup(seat, organization, draft, SeededEntropy("setup"))
    root = f"/organizations/{organization}"
    events = len(await seat.list_all(f"{root}/events"))
    people = len(await seat.get(f"{root}/supervisors"))
    for _step in range(7):
        line.loses = "answer"
        with pytest.raises(ServerFault):
            await setup.run()
    line.loses = ""
    site = await setup.run()
    assert len(await seat.list_all(f"{root}/events")) == events + 1
    plan = await PlanClient(seat, site).read()
    counts = {kind: len(plan.of(kind)) for kind in PlanKind if kind is not PlanKind.VENUE}
    assert counts == {"event": 1, "date": 1, "zone": 1, "gate": 2, "type": 1}
    found = await seat.get(f"{root}/supervisors")
    assert len(found) == people + 1
    assert [one.id for one in setup.people] == [one["id"] for one in found if one["name"] == "Sam"]
