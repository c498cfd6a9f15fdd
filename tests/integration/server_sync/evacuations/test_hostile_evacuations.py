"""What a device's word, another evacuation or a clock may do to one that the organizer orders."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from server.devices.device_of_request import KnownDevices
from server.ledger.evacuations_on_record import EVACUATION_STOPS_MAX, EVACUATION_WORDS_KEPT_MAX
from shared.journal.entry import EvacuationBody
from shared.kernel.id_types import EvacuationId, ZoneId
from shared.kernel.instant import HOUR, MINUTE, Instant
from shared.wire.feed import EvacuationNotice
from tests.adversaries.scene import named
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice

pytestmark = pytest.mark.either_database

PASSWORD: Final = "seven lamps over the gate"
STOPS: Final = 3 * EVACUATION_STOPS_MAX


@pytest.fixture
async def office(ledger_office: LedgerOffice) -> LedgerOffice:
    """Give an office whose owner has a password."""
    await ledger_office.office.give_password(ledger_office.owner, PASSWORD)
    return ledger_office


async def order(
    office: LedgerOffice, phase: str, evacuation_id: str | None = None, *, status: int = 200
) -> Any:
    """Order it; returns the last word on it, or what was refused."""
    body = {"zone_id": office.zone_id, "phase": phase, "password": PASSWORD}
    named = {} if evacuation_id is None else {"evacuation_id": evacuation_id}
    path = f"{office.path}/evacuations"
    answer = await office.office.call("POST", path, office.owner, json=body | named)
    assert answer.status_code == status, answer.text
    return answer.json()[-1]["evacuation_id"] if status == 200 else answer.json()


async def reach(office: LedgerOffice) -> Any:
    """Return what is under way, and who has heard."""
    return await office.office.ok("GET", f"{office.path}/evacuations/reach", office.owner)


async def open_yard(office: LedgerOffice) -> ZoneId:
    """Add a zone with a gate of its own, and hand the event over."""
    made = await office.office.ok(
        "POST", f"{office.path}/zones", office.owner, json={"name": "Yard"}
    )
    gate = {"name": "West", "zone_id": made["id"]}
    west = await office.office.ok("POST", f"{office.path}/gates", office.owner, json=gate)
    office.gates.append(west["id"])
    await office.office.hand_over(office.path, office.owner)
    return ZoneId(made["id"])


async def say(office: LedgerOffice, gate: GateDevice, *words: EvacuationBody) -> None:
    """Put words into a gate's journal, and upload it."""
    for word in words:
        gate.journal.add(word, office.event_id, office.now)
    await office.exchanged(gate, gate.journal.entries)


async def test_a_gate_of_another_zone_ends_nothing_by_the_id_that_it_has_read(
    office: LedgerOffice,
) -> None:
    """Its own zone under the same id is another evacuation, even with a supervisor's badge."""
    yard = await open_yard(office)
    north, west = await office.enrol(0), await office.enrol(2)
    jo = await Chief.appoint(office)
    name = EvacuationId(await order(office, "stop"))
    words = (jo.word(west, phase, name=name, zone_id=yard) for phase in ("stop", "over"))
    await say(office, west, *words)
    assert (await office.claimed(north, office.codes[0]))["reason"] == "rules_denied"
    assert [one["zone_id"] for one in await reach(office)] == [office.zone_id]


async def words(office: LedgerOffice) -> list[Any]:
    """List the words as they stand."""
    found = await office.office.ok("GET", f"{office.path}/evacuations", office.owner)
    return [*found]


async def test_a_device_that_says_stops_without_end_leaves_a_few_to_be_ended(
    office: LedgerOffice,
) -> None:
    """Each had to be annulled by itself; and each word was held against all before it."""
    honest, hostile = await office.enrol(0), await office.enrol(1)
    for part in range(2):
        names = [EvacuationId(f"{part}{number:031x}") for number in range(STOPS)]
        await say(office, hostile, *(stop(office, hostile, name) for name in names))
    assert (await office.claimed(honest, office.codes[0]))["reason"] == "rules_denied"
    found = await words(office)
    assert [one["standing"] for one in found] == ["counts"] * EVACUATION_STOPS_MAX
    assert await named(office) == {"evacuation_unproven": 1}
    heard = [one for one in await office.read_feed(honest) if isinstance(one, EvacuationNotice)]
    assert len(heard) == EVACUATION_STOPS_MAX
    for one in found:
        ruling = {"evacuation_id": one["evacuation_id"], "zone_id": office.zone_id}
        path = f"{office.path}/evacuations/rulings"
        await office.office.ok("POST", path, office.owner, json=ruling | {"ruling": "annul"})
    assert (await office.claimed(honest, office.codes[0]))["reason"] == "ok"
    await say(office, hostile, stop(office, hostile, EvacuationId("f" * 32)))
    assert (await office.claimed(honest, office.codes[1]))["reason"] == "rules_denied"


async def test_a_gate_whose_stops_are_ended_begins_as_many_as_it_has_to(
    office: LedgerOffice,
) -> None:
    """One false alarm after the other; what stands between them counts as ever."""
    gate, jo = await office.enrol(0), await Chief.appoint(office)
    for number in range(2 * EVACUATION_STOPS_MAX):
        name = EvacuationId(f"{number:032x}")
        await say(office, gate, jo.word(gate, "stop", name=name))
        assert (await office.claimed(gate, office.codes[number]))["reason"] == "rules_denied"
        await say(office, gate, jo.word(gate, "over", name=name))
        assert (await office.claimed(gate, office.codes[number]))["reason"] == "ok"
    assert await named(office) == {}


async def test_a_device_that_ends_what_nobody_began_is_named_so_often_and_then_once(
    office: LedgerOffice,
) -> None:
    """The organizer's list of conflicts, and the gates', hold others as well."""
    hostile = await office.enrol(1)
    unsigned = [
        msgspec.structs.replace(
            stop(office, hostile, EvacuationId(f"{number:032x}")),
            phase="return",
            emptied_at=office.now,
        )
        for number in range(2 * EVACUATION_WORDS_KEPT_MAX)
    ]
    nowhere = [msgspec.structs.replace(one, zone_id=ZoneId("zn_nowhere")) for one in unsigned]
    await say(office, hostile, *nowhere, *unsigned)
    assert len(await words(office)) == EVACUATION_WORDS_KEPT_MAX
    assert await named(office) == {"evacuation_unproven": EVACUATION_WORDS_KEPT_MAX + 2}


def stop(office: LedgerOffice, gate: GateDevice, name: EvacuationId) -> EvacuationBody:
    """Make a stop that nobody has signed."""
    return EvacuationBody(
        evacuation_id=name,
        zone_id=office.zone_id,
        phase="stop",
        gate_id=gate.gate_id,
        begun_at=office.now,
    )


async def test_a_device_alone_does_not_say_since_when_the_way_out_was_an_alarm_s(
    office: LedgerOffice,
) -> None:
    """Nobody who had left hours before comes in again, though the organizer goes on with it."""
    north, south = await office.enrol(0), await office.enrol(1)
    early, late = office.codes[:2]
    for code in (early, late):
        await office.claimed(north, code)
    office.office.clock.advance(MINUTE)
    await office.claimed(north, early, direction="out")
    office.office.clock.advance(3 * HOUR)
    stop = (await Chief.appoint(office)).word(south, "stop", began=Instant(0))
    await say(office, south, msgspec.structs.replace(stop, person="", signature=b""))
    office.office.clock.advance(MINUTE)
    await office.claimed(north, late, direction="out")
    await order(office, "return", stop.evacuation_id)
    office.office.clock.advance(MINUTE)
    answers = [await office.claimed(north, code) for code in (early, late)]
    assert [one["reason"] for one in answers] == ["already_used", "reentry"]


async def test_a_gate_s_clock_that_nobody_knows_lets_nobody_back_who_had_left_before(
    office: LedgerOffice,
) -> None:
    """Cut off since it was started, and hours behind; a supervisor has signed the stop."""
    north, south = await office.enrol(0), await office.enrol(1)
    await office.claimed(north, office.codes[0])
    office.office.clock.advance(MINUTE)
    await office.claimed(north, office.codes[0], direction="out")
    office.office.clock.advance(3 * HOUR)
    behind = Instant(office.now - 4 * HOUR)
    stop = (await Chief.appoint(office)).word(south, "stop", began=behind)
    south.journal.add(stop, office.event_id, behind, offset_error=None, monotonic=3 * HOUR)
    await office.exchanged(south, south.journal.entries)
    await order(office, "return", stop.evacuation_id)
    office.office.clock.advance(MINUTE)
    assert (await office.claimed(north, office.codes[0]))["reason"] == "already_used"


async def test_a_gate_s_own_stop_outlasts_the_return_of_the_organizer_s(
    office: LedgerOffice,
) -> None:
    """It was cut off and began another one: the desk shows it, and doors stay shut until then."""
    north, south = await office.enrol(0), await office.enrol(1)
    jo = await Chief.appoint(office)
    began = jo.word(north, "stop")
    office.office.clock.advance(MINUTE)
    mine = await order(office, "stop")
    await say(office, north, began)
    await order(office, "return", mine)
    assert (await office.claimed(south, office.codes[0]))["reason"] == "rules_denied"
    phases = {one["evacuation_id"]: one["phase"] for one in await reach(office)}
    assert phases == {mine: "return", began.evacuation_id: "stop"}
    await order(office, "return", began.evacuation_id)
    assert (await office.claimed(south, office.codes[0]))["reason"] == "ok"


async def test_a_clock_that_is_set_back_makes_no_stop_an_older_one(office: LedgerOffice) -> None:
    """The second alarm holds, though the first one bears a later time."""
    north = await office.enrol(0)
    first = await order(office, "stop")
    await order(office, "return", first)
    office.office.clock.step_wall(-10 * MINUTE)
    assert await order(office, "stop") != first
    assert (await office.claimed(north, office.codes[0]))["reason"] == "rules_denied"


async def test_a_stop_is_named_by_the_ledger(office: LedgerOffice) -> None:
    """Nobody is told that a zone is stopped by the name of what is over, or another zone's."""
    name = await order(office, "stop")
    assert "a stop begins one" in str(await order(office, "stop", name, status=422))
    await order(office, "return", name)
    await order(office, "over", name)
    await order(office, "stop", name, status=422)


async def test_whoever_may_stand_in_the_zone_is_called(office: LedgerOffice) -> None:
    """A device of no fixed gate; one that was sent elsewhere and has not heard that either."""
    await open_yard(office)
    floating, sent = await office.enrol(0, is_fixed=False), await office.enrol(0)
    far = await office.enrol(2)
    for device in (floating, sent, far):
        await office.exchanged(device, device.journal.entries)
    office.office.clock.advance(MINUTE)
    where = {"event_id": office.event_id, "gate_id": office.gates[2]}
    path = f"{office.owner.path}/devices/{sent.id}/assignment"
    await office.office.ok("PUT", path, office.owner, json=where)
    await order(office, "stop")

    async def called() -> dict[str, str | None]:
        ((one),) = await reach(office)
        return {device["device_id"]: device["gate"] for device in one["devices"]}

    assert await called() == {floating.id: None, sent.id: "North"}
    office.office.clock.advance(MINUTE)
    async with office.office.driving() as driver:
        known_devices = KnownDevices(office.office.context, driver)
        known_devices.hear(await known_devices.identify(sent.headers["authorization"]))
        await known_devices.note_contacts()
    assert await called() == {floating.id: None}


async def test_a_rehearsal_shows_who_has_heard(office: LedgerOffice) -> None:
    """There is no better time to learn it."""
    gate = await office.enrol(0, profile="rehearsal")
    await order(office, "stop")
    ((one),) = await reach(office)
    assert [device["device_id"] for device in one["devices"]] == [gate.id]
