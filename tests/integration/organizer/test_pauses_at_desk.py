"""Pauses as the desk says and reads them, at the real application."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.organizer.during.live_board_channel import read_live
from gatekeeper.organizer.during.pauses_client import read_pauses, say_pause
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.live_words import gate_rows, spell_paused
from shared.kernel.instant import DAY, SECOND, datetime_from_instant, format_instant
from tests.factories.desk_seat import take_seat
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import open_gate

pytestmark = pytest.mark.either_database


async def test_places_of_another_night_stand_after_those_of_tonight(
    ledger_office: LedgerOffice,
) -> None:
    """Who pauses in a hurry finds tonight's doors first, and another night's last."""
    made = ledger_office
    site = EventSite(made.owner.organization_id, made.event_id)
    seat = take_seat(made.office, made.owner)
    seat.server_time = datetime_from_instant(made.now)
    tonight = [place.name for place in (await read_pauses(seat, site)).places]
    night = {"name": "Tomorrow", "starts_at": format_instant(made.now + 2 * DAY)}
    date = await seat.post(f"{site.path}/occurrences", night)
    hall = {"name": "A hall of tomorrow", "occurrence_id": date["id"]}
    zone = await seat.post(f"{site.path}/zones", hall)
    await seat.post(f"{site.path}/gates", {"name": "A door", "zone_id": zone["id"]})
    found = [place.name for place in (await read_pauses(seat, site)).places]
    assert found == [*tonight, "A hall of tomorrow", "A door"]
    seat.server_time = datetime_from_instant(made.now + 2 * DAY)
    found = [place.name for place in (await read_pauses(seat, site)).places]
    assert found[:2] == ["A hall of tomorrow", "A door"]


async def test_one_press_pauses_and_one_resumes_and_the_board_says_so(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A gate, while the other one lets in; then the zone, with both."""
    made = ledger_office
    site = EventSite(made.owner.organization_id, made.event_id)
    seat = take_seat(made.office, made.owner)
    gate = await open_gate(made, tmp_path, 0)
    for _ in range(2):
        await gate.sync()
        made.office.clock.advance(3 * SECOND)
    hall, north, south = (await read_pauses(seat, site)).places
    assert (hall.is_zone, north.is_zone, north.zone_id) == (True, False, hall.place_id)

    await say_pause(seat, site, north, is_paused=True)
    await say_pause(seat, site, north, is_paused=True)
    pauses = await read_pauses(seat, site)
    assert set(pauses.paused_gates) == {north.place_id}
    (one,) = pauses.found
    assert [(device.gate, device.has_heard) for device in one.devices] == [("North", False)]
    await gate.sync()  # it hears of it, and says so at once
    (one,) = (await read_pauses(seat, site)).found
    assert [device.has_heard for device in one.devices] == [True]
    board = await read_live(seat, site)
    assert spell_paused(board) == "Paused now: North"
    assert [row[0] for row in gate_rows(board)] == ["North: paused", "South"]

    await say_pause(seat, site, hall, is_paused=True)
    await say_pause(seat, site, north, is_paused=False)
    pauses = await read_pauses(seat, site)
    assert set(pauses.paused_gates) == {north.place_id, south.place_id}
    await say_pause(seat, site, hall, is_paused=False)
    assert (await read_pauses(seat, site)).paused_gates == {}
    assert spell_paused(await read_live(seat, site)) == ""

    clerk = await made.office.person("box_office", organization_id=made.owner.organization_id)
    counter = take_seat(made.office, clerk)
    with pytest.raises(Refused):
        await say_pause(counter, site, hall, is_paused=True)
    for office in (seat, counter):
        await office.close()
    await gate.session.close()
