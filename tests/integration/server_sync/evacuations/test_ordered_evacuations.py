"""An evacuation by the organizer's own word: what it needs, whom it stops, who comes back."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from gatekeeper.organizer.afterwards.audit_client import AuditLine
from server.evacuations.evacuation_rulings import EvacuationRulings
from server.evacuations.organizers_evacuations import EvacuationOrder
from server.plans.event_book import EventBooks
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import DeviceId, EvacuationId, EventId, OrganizationId, TicketId
from shared.kernel.instant import MINUTE, SECOND
from shared.wire.feed import EvacuationNotice
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.office import Person
from tests.factories.wired_gates import open_gate
from tests.factories.zone_limits import limit_zone

pytestmark = pytest.mark.either_database

PASSWORD: Final = "seven lamps over the gate"


async def order(
    office: LedgerOffice, phase: str, *, status: int = 200, by: Person | None = None, **more: Any
) -> Any:
    """Order it; returns what is answered."""
    body = {"zone_id": office.zone_id, "phase": phase, "password": PASSWORD} | more
    path = f"{office.path}/evacuations"
    answer = await office.office.call("POST", path, by or office.owner, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def said_so_far(office: LedgerOffice) -> Any:
    return await office.office.ok("GET", f"{office.path}/evacuations", office.owner)


async def test_the_audit_tells_which_zone_and_what_was_said(ledger_office: LedgerOffice) -> None:
    """Neither stands in the request's path; whoever asks later has to tell a start from an end."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    (stop,) = await order(ledger_office, "stop")
    ledger_office.office.clock.advance(MINUTE)
    ruling = {"evacuation_id": stop["evacuation_id"], "zone_id": ledger_office.zone_id}
    path = f"{ledger_office.path}/evacuations/rulings"
    owner = ledger_office.owner
    await ledger_office.office.ok("POST", path, owner, json=ruling | {"ruling": "annul"})
    answer = await ledger_office.office.ok("GET", f"{owner.path}/audit", owner)
    lines = msgspec.convert(answer["items"], list[AuditLine])
    told = [one for one in lines if "/evacuations" in one.route]
    assert [one.act for one in told] == [("evacuation.annul", ""), ("evacuation.stop", "")]
    assert {one.last_target for one in told} == {ledger_office.zone_id}


async def test_an_ordered_evacuation_stops_every_gate_and_lets_who_was_inside_back_once(
    ledger_office: LedgerOffice,
) -> None:
    """The ledger's word goes the way of a supervisor's: stop, return, over."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    inside, outside = ledger_office.codes[:2]
    await ledger_office.claimed(north, inside)
    ledger_office.office.clock.advance(MINUTE)

    (stop,) = await order(ledger_office, "stop")
    assert (stop["phase"], stop["device_id"], stop["standing"]) == ("stop", None, "counts")
    assert ledger_office.owner.user_id in stop["person"]
    for gate in (north, south):
        assert (await ledger_office.claimed(gate, outside))["reason"] == "rules_denied"
    (again,) = await order(ledger_office, "stop")
    assert again == stop, "a button that is pressed twice begins no second one"

    named = {"evacuation_id": stop["evacuation_id"]}
    await order(ledger_office, "over", status=409, **named)
    ledger_office.office.clock.advance(MINUTE)
    assert len(await order(ledger_office, "return", **named)) == 2
    assert len(await order(ledger_office, "return", **named)) == 2
    ledger_office.office.clock.advance(MINUTE)
    assert (await ledger_office.claimed(south, inside))["reason"] == "reentry"
    assert (await ledger_office.claimed(north, inside))["reason"] == "already_used"
    assert len(await order(ledger_office, "over", **named)) == 3
    await order(ledger_office, "return", **named)  # said already, and changes nothing
    assert (await ledger_office.claimed(north, outside))["reason"] == "ok"
    told_of = f"{ledger_office.path}/report"
    tables = (await ledger_office.office.ok("GET", told_of, ledger_office.owner))["tables"]
    (arrivals,) = [one["rows"] for one in tables if one["name"] == "arrivals"]
    assert [row[1:] for row in arrivals if row[1] == "evacuation"] == [["evacuation", 0, 1]]

    feed = await ledger_office.read_feed(south)
    told = [item.phase for item in feed if isinstance(item, EvacuationNotice)]
    assert told == ["stop", "return", "over"]
    assert await ledger_office.conflicts() == []


async def test_an_evacuation_that_a_gate_began_goes_on_at_the_desk(
    ledger_office: LedgerOffice,
) -> None:
    """Who began it may be out of reach when the all-clear is given."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    north = await ledger_office.enrol(0)
    code = ledger_office.codes[0]
    await ledger_office.claimed(north, code)
    ledger_office.office.clock.advance(MINUTE)
    jo = await Chief.appoint(ledger_office)
    jo.say(north, "stop")
    await ledger_office.exchanged(north, north.journal.entries)
    (stop,) = await said_so_far(ledger_office)
    assert stop["device_id"] == north.id
    ledger_office.office.clock.advance(MINUTE)
    await order(ledger_office, "return", evacuation_id=stop["evacuation_id"])
    ledger_office.office.clock.advance(MINUTE)
    assert (await ledger_office.claimed(north, code))["reason"] == "reentry"


async def test_the_organizers_stop_outlives_the_false_alarm_of_a_gate(
    ledger_office: LedgerOffice,
) -> None:
    """Smoke at the desk, a moment after a gate pressed by mistake: its end reopens no door."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    north = await ledger_office.enrol(0)
    code = ledger_office.codes[0]
    jo = await Chief.appoint(ledger_office)
    jo.say(north, "stop")
    await ledger_office.exchanged(north, north.journal.entries)
    ledger_office.office.clock.advance(MINUTE)
    said = await order(ledger_office, "stop")
    again = await order(ledger_office, "stop")  # by a second desk: the same
    own = {one["evacuation_id"] for one in (*said, *again) if one["device_id"] is None}
    assert len(own) == 1
    jo.say(north, "over")
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await ledger_office.claimed(north, code))["verdict"] == "deny"
    body = {"evacuation_id": own.pop(), "zone_id": ledger_office.zone_id, "ruling": "annul"}
    path = f"{ledger_office.path}/evacuations/rulings"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    assert (await ledger_office.claimed(north, code))["reason"] == "ok"


async def test_a_false_alarm_is_taken_back_and_the_next_one_is_another(
    ledger_office: LedgerOffice,
) -> None:
    """Annulled, nobody had to leave; it goes on no more, and another one can begin."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    north = await ledger_office.enrol(0)
    (stop,) = await order(ledger_office, "stop")
    named = {"evacuation_id": stop["evacuation_id"], "zone_id": ledger_office.zone_id}
    path = f"{ledger_office.path}/evacuations/rulings"
    body = named | {"ruling": "annul"}
    await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    assert (await ledger_office.claimed(north, ledger_office.codes[0]))["reason"] == "ok"
    await order(ledger_office, "return", status=409, **named)
    (other,) = await order(ledger_office, "stop")
    assert other["evacuation_id"] != stop["evacuation_id"]
    assert (await ledger_office.claimed(north, ledger_office.codes[1]))["verdict"] == "deny"


async def test_only_a_manager_who_proves_it_orders_one(ledger_office: LedgerOffice) -> None:
    """A laptop left open empties no hall, nor does a zone or an evacuation that is not there."""
    office, owner = ledger_office.office, ledger_office.owner
    await ledger_office.office.give_password(owner, PASSWORD)
    north = await ledger_office.enrol(0)
    found = await order(ledger_office, "stop", status=422, password="another one")
    assert "is not your password" in str(found)
    clerk = await office.person("box_office", organization_id=owner.organization_id)
    await ledger_office.office.give_password(clerk, PASSWORD)
    await order(ledger_office, "stop", status=403, by=clerk)
    await order(ledger_office, "stop", status=404, zone_id="zn_nowhere")
    await order(ledger_office, "return", status=404, evacuation_id="ab" * 16)
    await order(ledger_office, "return", status=404)
    assert (await ledger_office.claimed(north, ledger_office.codes[0]))["reason"] == "ok"


async def test_a_zone_that_is_emptied_is_not_removed(ledger_office: LedgerOffice) -> None:
    """Its evacuation could not be ended at the desk any more, and gates would hold to it."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    path = f"{ledger_office.path}/zones"
    made = await ledger_office.office.ok("POST", path, ledger_office.owner, json={"name": "Yard"})
    (stop,) = await order(ledger_office, "stop", zone_id=made["id"])
    answer = await ledger_office.office.call("DELETE", f"{path}/{made['id']}", ledger_office.owner)
    assert answer.status_code == 409, answer.text
    assert "evacuated" in answer.json()["detail"]
    ruling = {"evacuation_id": stop["evacuation_id"], "zone_id": made["id"], "ruling": "annul"}
    rule = f"{ledger_office.path}/evacuations/rulings"
    await ledger_office.office.ok("POST", rule, ledger_office.owner, json=ruling)
    answer = await ledger_office.office.call("DELETE", f"{path}/{made['id']}", ledger_office.owner)
    assert answer.status_code == 204, answer.text


async def test_a_gate_that_has_not_heard_is_named_until_it_says_so(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Whom to call by radio: gates of that zone alone, each until its own word is there."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    north = await open_gate(ledger_office, tmp_path / "north", 0)
    south = await open_gate(ledger_office, tmp_path / "south", 0)
    for gate in (north, south):
        await gate.sync()
    path = f"{ledger_office.path}/evacuations/reach"

    async def heard() -> dict[str, bool]:
        ((one),) = await ledger_office.office.ok("GET", path, ledger_office.owner)
        return {device["device_id"]: device["has_heard"] for device in one["devices"]}

    assert await ledger_office.office.ok("GET", path, ledger_office.owner) == []
    (stop,) = await order(ledger_office, "stop")
    assert await heard() == {north.id: False, south.id: False}
    for _ in range(2):  # one brings the word, the next says that it is known
        ledger_office.office.clock.advance(3 * SECOND)
        await north.sync()
    assert await heard() == {north.id: True, south.id: False}
    for _ in range(2):
        ledger_office.office.clock.advance(3 * SECOND)
        await south.sync()
    assert await heard() == {north.id: True, south.id: True}
    named = {"evacuation_id": stop["evacuation_id"]}
    await order(ledger_office, "return", **named)
    assert await heard() == {north.id: False, south.id: False}
    ledger_office.office.clock.advance(3 * SECOND)
    for _ in range(2):
        ledger_office.office.clock.advance(3 * SECOND)
        await north.sync()
    await order(ledger_office, "over", **named)
    assert await heard() == {south.id: False}, "it still lets nobody in; of north it is all one"
    for _ in range(2):
        ledger_office.office.clock.advance(3 * SECOND)
        await south.sync()
    assert await ledger_office.office.ok("GET", path, ledger_office.owner) == []
    for gate in (north, south):
        await gate.session.close()


async def test_a_password_is_not_guessed_by_a_session_that_was_stolen(
    ledger_office: LedgerOffice,
) -> None:
    """Wrong ones count as they do at sign-in; right ones do not."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    (stop,) = await order(ledger_office, "stop")
    for _ in range(11):
        assert await order(ledger_office, "stop") == [stop]
    for _ in range(10):
        await order(ledger_office, "stop", status=422, password="another one")
    await order(ledger_office, "return", status=429, evacuation_id=stop["evacuation_id"])


@pytest.mark.parametrize("is_gates", [False, True], ids=["desk", "gate"])
async def test_a_full_zone_keeps_the_places_of_all_who_had_to_leave(
    ledger_office: LedgerOffice, *, is_gates: bool
) -> None:
    """Also of who was scanned out on the way; whoever goes on with it."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    await limit_zone(ledger_office, 2)
    north, scanner = await ledger_office.enrol(0), await ledger_office.enrol(0, role="scanner")
    first, second, stranger = ledger_office.codes[:3]
    for code in (first, second):
        assert (await ledger_office.claimed(scanner, code))["reason"] == "ok"
    ledger_office.office.clock.advance(MINUTE)
    if is_gates:
        (await Chief.appoint(ledger_office)).say(north, "stop")
        await ledger_office.exchanged(north, north.journal.entries)
    else:
        await order(ledger_office, "stop")
    (stop,) = await said_so_far(ledger_office)
    ledger_office.office.clock.advance(MINUTE)
    assert (await ledger_office.claimed(scanner, first, direction="out"))["reason"] == "exit"
    ledger_office.office.clock.advance(MINUTE)
    await order(ledger_office, "return", evacuation_id=stop["evacuation_id"])
    ledger_office.office.clock.advance(MINUTE)
    answers = [await ledger_office.claimed(scanner, one) for one in (stranger, first, second)]
    assert [one["reason"] for one in answers] == ["capacity_full", "reentry", "reentry"]


async def test_a_server_that_dies_after_its_word_has_let_everybody_leave(
    ledger_office: LedgerOffice,
) -> None:
    """What gates were told of, the ledger does: who was inside comes back, whatever stopped."""
    north = await ledger_office.enrol(0)
    code = ledger_office.codes[0]
    await ledger_office.claimed(north, code)
    ledger_office.office.clock.advance(MINUTE)

    async def die(
        org: OrganizationId, device: DeviceId, event: EventId, tickets: Collection[TicketId]
    ) -> None:
        raise ConnectionAbortedError

    async with ledger_office.office.driving() as driver:
        context = ledger_office.office.context
        dying = EvacuationRulings(context, driver, EventBooks(context), die, lambda *_: None)
        for phase in (EvacuationPhase.STOP, EvacuationPhase.RETURN):
            said = EvacuationOrder(
                organization_id=ledger_office.owner.organization_id,
                event_id=ledger_office.event_id,
                evacuation_id=EvacuationId("cd" * 16),
                zone_id=ledger_office.zone_id,
                phase=phase,
                actor=ledger_office.owner.user_id,
            )
            with pytest.raises(ConnectionAbortedError):
                await dying.order(said)
            ledger_office.office.clock.advance(MINUTE)
    answers = [await ledger_office.claimed(north, code) for _ in range(2)]
    assert [one["reason"] for one in answers] == ["reentry", "already_used"]
