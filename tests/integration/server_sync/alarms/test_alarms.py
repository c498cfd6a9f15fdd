"""Alarms: raised once by what gates bring in, ended when it is over, seen, told to programs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from server.alarms.raising_and_ending_alarms import AlarmWatch
from server.db.tenancy import SYSTEM
from server.devices.device_of_request import KnownDevices
from server.webhooks.models import WebhookMessage
from shared.journal.entry import TAKEN_BACK_BY_ITSELF, UndoBody
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import HOUR, MINUTE
from shared.wire.device_report import DeviceReport, encode_report
from tests.factories.alarms import datetime_after, deny, look, standing, upload, watch_of
from tests.factories.journal_writing import GateDevice
from tests.factories.ledger_office import LedgerOffice


def take_back(ledger_office: LedgerOffice, gate: GateDevice, count: int, why: str) -> None:
    """Write admissions on one ticket, each taken back."""
    for number in range(count):
        body = ledger_office.scan(gate, 0, mode="offline", claim_id=ClaimId(f"back-{number}"))
        undo = UndoBody(body.claim_id, ledger_office.tickets[0], "", why)
        gate.journal.add(undo, ledger_office.event_id, ledger_office.now)


@pytest.mark.either_database
async def test_many_denials_at_a_gate_are_raised_once_until_they_are_over(
    ledger_office: LedgerOffice,
) -> None:
    """With the gate's name, figures and what to do; it ends some minutes after the last."""
    gate = await ledger_office.enrol()
    deny(ledger_office, gate, 19)
    await upload(ledger_office, gate)
    assert await look(ledger_office) == []
    deny(ledger_office, gate, 1)
    await upload(ledger_office, gate)
    (alarm,) = await look(ledger_office)
    assert (alarm["kind"], alarm["place"], alarm["count"]) == ("many_denials", "North", 20)
    assert alarm["what"] == "North: 20 of 20 scans denied in ten minutes"
    assert alarm["advice"]
    ledger_office.office.clock.advance(9 * MINUTE)
    assert [one["id"] for one in await look(ledger_office)] == [alarm["id"]]
    ledger_office.office.clock.advance(4 * MINUTE)
    assert [one["id"] for one in await look(ledger_office)] == [alarm["id"]], "not calm yet"
    ledger_office.office.clock.advance(2 * MINUTE)
    assert await look(ledger_office) == []
    listed = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/alarms?standing=false", ledger_office.owner
    )
    assert [one["id"] for one in listed["items"]] == [alarm["id"]]
    deny(ledger_office, gate, 20)
    await upload(ledger_office, gate)
    (again,) = await look(ledger_office)
    assert again["id"] != alarm["id"]


@pytest.mark.either_database
async def test_who_is_told_to_wait_raises_nothing(ledger_office: LedgerOffice) -> None:
    """While entry is paused at a gate, and after it; what else is denied there counts as ever."""
    gate = await ledger_office.enrol()
    pause = f"{ledger_office.path}/zones/{ledger_office.zone_id}/pause"
    await ledger_office.office.ok("PUT", pause, ledger_office.owner)
    deny(ledger_office, gate, 40, reason="rules_denied")
    await upload(ledger_office, gate)
    assert await look(ledger_office) == []
    ledger_office.office.clock.advance(MINUTE)
    await ledger_office.office.ok("DELETE", pause, ledger_office.owner)
    assert await look(ledger_office) == []
    deny(ledger_office, gate, 20)
    await upload(ledger_office, gate)
    (alarm,) = await look(ledger_office)
    assert (alarm["kind"], alarm["count"]) == ("many_denials", 20)
    ledger_office.office.clock.advance(30 * MINUTE)
    await look(ledger_office)
    deny(ledger_office, gate, 20, reason="rules_denied")
    await upload(ledger_office, gate)
    assert [one["kind"] for one in await look(ledger_office)] == ["many_denials"]


@pytest.mark.either_database
async def test_a_late_journal_raises_nothing(ledger_office: LedgerOffice) -> None:
    """What was scanned an hour ago, at a gate that was cut off, is no alarm of now."""
    gate = await ledger_office.enrol()
    deny(ledger_office, gate, 40, ago=50 * MINUTE)
    deny(ledger_office, gate, 40, reason="bad_signature", ago=50 * MINUTE)
    await upload(ledger_office, gate)
    assert await look(ledger_office) == []


@pytest.mark.either_database
async def test_a_ticket_taken_back_again_and_again_is_named_with_the_overrides(
    ledger_office: LedgerOffice,
) -> None:
    """Friends come in on one code, one after the other, by the undo that needs no badge."""
    gate = await ledger_office.enrol()
    take_back(ledger_office, gate, 5, "did_not_enter")
    ledger_office.scan(gate, 0, mode="offline")
    await upload(ledger_office, gate)
    (alarm,) = await look(ledger_office)
    assert (alarm["kind"], alarm["place"], alarm["count"]) == ("many_overrides", "North", 5)
    assert alarm["out_of"] == 6
    ledger_office.office.clock.advance(HOUR)
    assert await look(ledger_office) == []


@pytest.mark.parametrize("why", TAKEN_BACK_BY_ITSELF)
async def test_what_an_arm_takes_back_by_itself_is_nobodys_doing(
    ledger_office: LedgerOffice, why: str
) -> None:
    """Holders who turn back, an arm that fails, a gate that is started anew."""
    gate = await ledger_office.enrol()
    take_back(ledger_office, gate, 20, why)
    await upload(ledger_office, gate)
    assert await look(ledger_office) == []


@pytest.mark.either_database
async def test_codes_that_nobody_signed_are_named(ledger_office: LedgerOffice) -> None:
    """Five of them in ten minutes, whatever else the gate lets in."""
    gate = await ledger_office.enrol(1)
    deny(ledger_office, gate, 3, reason="bad_signature")
    deny(ledger_office, gate, 2, reason="unknown_key")
    await upload(ledger_office, gate)
    (alarm,) = await look(ledger_office)
    assert (alarm["kind"], alarm["place"], alarm["count"]) == ("forged_codes", "South", 5)


@pytest.mark.either_database
async def test_a_double_use_stands_until_somebody_decides(ledger_office: LedgerOffice) -> None:
    """The alarm ends with the last of the conflicts."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for gate in (north, south):
        ledger_office.scan(gate, 0)
        await ledger_office.exchanged(gate, gate.journal.entries)
    (alarm,) = await look(ledger_office)
    assert (alarm["kind"], alarm["subject"], alarm["count"]) == ("double_use", "", 1)
    (conflict,) = await ledger_office.conflicts()
    await ledger_office.office.ok(
        "POST",
        f"{ledger_office.path}/conflicts/{conflict['id']}/disposition",
        ledger_office.owner,
        json={"disposition": "let_stay"},
    )
    assert await look(ledger_office) == []


@pytest.mark.either_database
async def test_a_zone_that_fills_up_is_named(ledger_office: LedgerOffice) -> None:
    """From the share on that the organizer has said."""
    limits = {"zone_percent": 50}
    path = f"{ledger_office.path}/alarm-limits"
    await ledger_office.office.ok("PUT", path, ledger_office.owner, json=limits)
    zone = f"{ledger_office.path}/zones/{ledger_office.zone_id}"
    terms = {"name": "Arena", "occurrence_id": ledger_office.occurrence_id, "capacity": 4}
    await ledger_office.office.ok("PUT", zone, ledger_office.owner, json=terms)
    gate = await ledger_office.enrol()
    await ledger_office.claimed(gate, ledger_office.codes[0])
    assert await look(ledger_office) == []
    await ledger_office.claimed(gate, ledger_office.codes[1])
    (alarm,) = await look(ledger_office)
    assert (alarm["place"], alarm["count"], alarm["out_of"]) == ("Arena", 2, 4)
    for lifted, at, said in (
        ({"capacity": None}, zone, terms),
        ({"zone_percent": 0}, path, limits),
    ):
        assert len(await look(ledger_office)) == 1
        await ledger_office.office.ok("PUT", at, ledger_office.owner, json=said | lifted)
        assert await look(ledger_office) == [], "nobody waits until it is calm"
        await ledger_office.office.ok("PUT", at, ledger_office.owner, json=said)


async def heard(ledger_office: LedgerOffice, gate: GateDevice) -> None:
    """Note that a gate is heard of now; the server's own upkeep would later, at another time."""
    known_devices: KnownDevices = ledger_office.office.framework.state["known_devices"]
    known_devices.hear(await known_devices.identify(gate.headers["authorization"]))
    await known_devices.note_contacts()


async def listen(ledger_office: LedgerOffice, watch: AlarmWatch, minutes: int) -> list[Any]:
    """Let minutes pass, with a look at each; returns what stands then."""
    for _ in range(minutes):
        ledger_office.office.clock.advance(MINUTE)
        await watch.look()
    return await standing(ledger_office)


@pytest.mark.either_database
async def test_a_gate_that_falls_silent_is_missed_and_found_again(
    ledger_office: LedgerOffice,
) -> None:
    """Its neighbour in a box is not, since it never began."""
    north = await ledger_office.enrol(0)
    await ledger_office.enrol(1)
    watch = watch_of(ledger_office)
    await heard(ledger_office, north)
    assert await listen(ledger_office, watch, 4) == []
    (alarm,) = await listen(ledger_office, watch, 2)
    assert (alarm["kind"], alarm["place"]) == ("gate_silent", "North")
    assert alarm["count"] >= 5
    await heard(ledger_office, north)
    await watch.look()
    assert await standing(ledger_office) == []


@pytest.mark.either_database
async def test_a_gate_of_which_one_device_is_heard_is_not_silent(
    ledger_office: LedgerOffice,
) -> None:
    """The other lane's device is a matter of the board."""
    one, other = await ledger_office.enrol(0), await ledger_office.enrol(0)
    watch = watch_of(ledger_office)
    await heard(ledger_office, one)
    for _ in range(8):
        await heard(ledger_office, other)
        assert await listen(ledger_office, watch, 1) == []


@pytest.mark.either_database
async def test_a_gate_that_said_it_closes_is_closed_and_not_silent(
    ledger_office: LedgerOffice,
) -> None:
    """Its last report says so; once it is heard of again it counts again."""
    gate = await ledger_office.enrol()
    watch = watch_of(ledger_office)
    report = DeviceReport(v=1, program="test", epoch=0, cursor=0, head=0, is_leaving=True)
    await ledger_office.exchanged(gate, report=encode_report(report))
    await heard(ledger_office, gate)
    assert await listen(ledger_office, watch, 10) == []
    await heard(ledger_office, gate)
    assert len(await listen(ledger_office, watch, 6)) == 1


@pytest.mark.either_database
async def test_a_server_that_was_away_does_not_take_that_for_its_gates_silence(
    ledger_office: LedgerOffice,
) -> None:
    """It listens first, after a start and after a laptop's sleep; what it had raised stays."""
    gate = await ledger_office.enrol()
    await heard(ledger_office, gate)
    ledger_office.office.clock.advance(20 * MINUTE)
    watch = watch_of(ledger_office)
    await watch.look()
    assert await standing(ledger_office) == []
    assert len(await listen(ledger_office, watch, 6)) == 1
    ledger_office.office.clock.advance(20 * MINUTE)
    await watch.look()
    assert len(await standing(ledger_office)) == 1
    await heard(ledger_office, gate)
    assert await listen(ledger_office, watch, 1) == []


@pytest.mark.either_database
@pytest.mark.parametrize("hours", [-3, 8])
async def test_no_gate_is_missed_before_doors_or_after_the_end(
    ledger_office: LedgerOffice, hours: int
) -> None:
    """Devices are switched off then."""
    gate = await ledger_office.enrol()
    if hours < 0:
        start = datetime_after(ledger_office, HOUR)
        date = f"{ledger_office.path}/occurrences/{ledger_office.occurrence_id}"
        body = {"name": "Night", "starts_at": start, "ends_at": None}
        await ledger_office.office.ok("PUT", date, ledger_office.owner, json=body)
        await heard(ledger_office, gate)
        assert await listen(ledger_office, watch_of(ledger_office), 10) == []
        return
    ledger_office.office.clock.advance(8 * HOUR - 8 * MINUTE)
    watch = watch_of(ledger_office)
    await heard(ledger_office, gate)
    assert len(await listen(ledger_office, watch, 7)) == 1
    assert await listen(ledger_office, watch, 5) == []


@pytest.mark.either_database
async def test_an_alarm_is_seen_by_somebody_with_a_name(ledger_office: LedgerOffice) -> None:
    """The first one's name stays; a key has none."""
    gate = await ledger_office.enrol()
    deny(ledger_office, gate, 30)
    await upload(ledger_office, gate)
    (alarm,) = await look(ledger_office)
    office, owner = ledger_office.office, ledger_office.owner
    path = f"{ledger_office.path}/alarms/{alarm['id']}/seen"
    other = await office.person("staff", organization_id=owner.organization_id, name="Mara Vogt")
    seen = await office.ok("POST", path, other, json={"note": "called North"})
    assert (seen["seen_by"], seen["note"]) == ("Mara Vogt", "called North")
    assert (await office.ok("POST", path, owner, json={}))["seen_by"] == "Mara Vogt"
    key = await office.ok(
        "POST", f"{owner.path}/api-keys", owner, json={"name": "K", "scopes": ["reports:read"]}
    )
    headers = {"authorization": f"Bearer {key['key']}"}
    assert (await office.call("POST", path, headers=headers, json={})).status_code == 403


async def test_two_workers_raise_one_alarm_and_tell_it_once(ledger_office: LedgerOffice) -> None:
    """To other programs by ids and figures, when it is raised and when it ends."""
    office, owner = ledger_office.office, ledger_office.owner
    body = {"name": "W", "url": "https://example.org/", "kinds": ["alarm.raised", "alarm.ended"]}
    await office.ok("POST", f"{owner.path}/webhooks", owner, json=body)
    gate = await ledger_office.enrol()
    deny(ledger_office, gate, 30)
    await upload(ledger_office, gate)
    changed = [await watch_of(ledger_office).look() for _ in range(3)]
    assert changed == [1, 0, 0]
    office.clock.advance(HOUR)
    assert await look(ledger_office) == []
    async with office.database.read(org=SYSTEM) as session:
        query = select(WebhookMessage.body).order_by(WebhookMessage.created_at)
        told = [msgspec.json.decode(one) for one in (await session.execute(query)).scalars()]
    assert [one["type"] for one in told] == ["alarm.raised", "alarm.ended"]
    assert told[0]["data"]["subject"] == gate.gate_id
    assert told[0]["data"]["alarm_id"] == told[1]["data"]["alarm_id"]


@pytest.mark.either_database
async def test_an_event_that_is_over_has_no_alarm_that_stands(ledger_office: LedgerOffice) -> None:
    """Nor one that is completed by hand."""
    gate = await ledger_office.enrol()
    deny(ledger_office, gate, 30)
    await upload(ledger_office, gate)
    assert len(await look(ledger_office)) == 1
    for state in ("active", "completed"):
        path = f"{ledger_office.path}/state"
        await ledger_office.office.ok("POST", path, ledger_office.owner, json={"state": state})
    assert await look(ledger_office) == []


@pytest.mark.either_database
async def test_no_gate_is_missed_at_doors_that_were_called_off(
    ledger_office: LedgerOffice,
) -> None:
    """Its crew went home; at those of a date that takes place it is."""
    gate = await ledger_office.enrol()
    night = f"{ledger_office.path}/occurrences"
    days = {"Today": HOUR, "Tomorrow": 25 * HOUR}
    first, _ = [
        await ledger_office.office.ok(
            "POST",
            night,
            ledger_office.owner,
            json={"name": name, "starts_at": datetime_after(ledger_office, ahead)},
        )
        for name, ahead in days.items()
    ]
    zone = f"{ledger_office.path}/zones/{ledger_office.zone_id}"
    await ledger_office.office.ok("PUT", zone, ledger_office.owner, json={"name": "Arena"})
    used = f"{night}/{ledger_office.occurrence_id}"
    gone = {"name": "Night", "starts_at": datetime_after(ledger_office, -10 * HOUR)}
    gone["ends_at"] = datetime_after(ledger_office, -HOUR)
    await ledger_office.office.ok("PUT", used, ledger_office.owner, json=gone)
    watch = watch_of(ledger_office)
    await heard(ledger_office, gate)
    off = f"{night}/{first['id']}/cancellation"
    await ledger_office.office.ok("POST", off, ledger_office.owner, json={"reason": "storm"})
    assert await listen(ledger_office, watch, 80) == []


@pytest.mark.either_database
async def test_a_gate_of_another_date_is_not_missed(ledger_office: LedgerOffice) -> None:
    """The matinee's gates are packed up while the evening's doors open: only these must speak."""
    office, owner, event = ledger_office.office, ledger_office.owner, ledger_office.path
    matinee = {"name": "Matinee", "starts_at": datetime_after(ledger_office, -3 * HOUR)}
    matinee["ends_at"] = datetime_after(ledger_office, -5 * MINUTE)
    used = f"{event}/occurrences/{ledger_office.occurrence_id}"
    await office.ok("PUT", used, owner, json=matinee)
    evening = {"name": "Evening", "starts_at": datetime_after(ledger_office, HOUR)}
    date = await office.ok("POST", f"{event}/occurrences", owner, json=evening)
    hall = {"name": "Hall, evening", "occurrence_id": date["id"]}
    zone = await office.ok("POST", f"{event}/zones", owner, json=hall)
    door = {"name": "Evening door", "zone_id": zone["id"]}
    gate = await office.ok("POST", f"{event}/gates", owner, json=door)
    ledger_office.gates.append(gate["id"])
    early, late = await ledger_office.enrol(0), await ledger_office.enrol(-1)
    watch = watch_of(ledger_office)
    await heard(ledger_office, early)
    await heard(ledger_office, late)
    (alarm,) = await listen(ledger_office, watch, 70)
    assert (alarm["kind"], alarm["place"]) == ("gate_silent", "Evening door")
