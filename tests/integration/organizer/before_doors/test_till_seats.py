"""Reserved seats given to a till and freed again at the desk, at the real application."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.before_doors.lost_devices_client import declare_lost
from gatekeeper.organizer.before_doors.till_seats_client import (
    free_seats,
    give_seats,
    read_till_seats,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.till_seats_words import spell_own
from shared.seating.csv_form import write_csv
from tests.factories.ledger_office import LedgerOffice
from tests.factories.seats import make_seat_map
from tests.factories.wired_gates import open_gate

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def test_a_till_sells_the_seats_that_the_desk_gave_it_and_a_revoked_ones_are_freed(
    ledger_office: LedgerOffice,
    seat: desk_office.ServerApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All or none; who comes second is told; the map is read page by page."""
    monkeypatch.setattr("gatekeeper.organizer.before_doors.till_seats_client._PAGE", 7)
    office, owner = ledger_office.office, ledger_office.owner
    site = EventSite(owner.organization_id, ledger_office.event_id)
    till = await open_gate(ledger_office, tmp_path, 0, role="till")
    await till.sync()
    assert not (await read_till_seats(seat, site, till.id)).rows, "an event without seats"

    table = {"form": "csv", "text": write_csv(make_seat_map(4, 10))}
    await office.ok("PUT", f"{ledger_office.path}/seats/map", owner, json=table)
    await office.ticket_type(owner, ledger_office.event_id, selling={"seats": {}})
    await office.ok("POST", f"{ledger_office.path}/handover", owner)
    seats = await read_till_seats(seat, site, till.id)
    assert [(one.row, len(one.seats)) for one in seats.rows] == [(name, 10) for name in "ABCD"]
    assert spell_own(seats) == "It has no seats of its own."
    row = seats.rows[1]
    wanted = [one.id for one in row.between("B-4", "B-1")]
    assert wanted == ["B-1", "B-2", "B-3", "B-4"]
    await give_seats(seat, site, till.id, wanted)
    await till.sync()
    given = await read_till_seats(seat, site, till.id)
    assert [one.id for one in given.own] == wanted
    assert "B · 1–4" in spell_own(given).replace("\u2068", "").replace("\u2069", "")
    assert [one.id for one in given.rows[1].between("B-1", "B-6")] == ["B-5", "B-6"]

    other = await ledger_office.enrol(role="till")
    with pytest.raises(Refused) as refused:
        await give_seats(seat, site, other.id, ["C-1", "B-4"])
    assert (refused.value.status, refused.value.problem) == (409, "seat-taken")
    assert not (await read_till_seats(seat, site, other.id)).own, "all or none"
    gate = await ledger_office.enrol(role="gate")
    with pytest.raises(Refused) as refused:
        await give_seats(seat, site, gate.id, ["C-1"])
    assert [one.field for one in refused.value.fields] == ["device_id"]

    with pytest.raises(Refused) as refused:
        await free_seats(seat, site, till.id)
    assert refused.value.status == 409
    await declare_lost(seat, site, till.id, reason="taken", is_stolen=True)
    assert (await read_till_seats(seat, site, till.id)).own, "held until a person frees them"
    assert await free_seats(seat, site, till.id) == 4
    assert await free_seats(seat, site, till.id) == 0
    assert not (await read_till_seats(seat, site, till.id)).own
    reader = await office.person("reader", organization_id=owner.organization_id)
    seat._http.headers.update(reader.headers)
    with pytest.raises(Refused) as refused:
        await give_seats(seat, site, other.id, ["C-1"])
    assert refused.value.status == 403
    await till.session.close()
