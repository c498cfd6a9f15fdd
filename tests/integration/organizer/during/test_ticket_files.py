"""Tickets in bulk as the desk asks for them, at the real application."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gatekeeper.organizer.during.ticket_files_client import (
    FilesWanted,
    TicketFilesClient,
    TicketGroup,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from server.ticket_files import routes
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import open_office, test_settings
from tests.integration.server.imports.test_imports import Desk, _idle, desk
from tests.integration.server.imports.test_lists_without_codes import NAMES, made_of

__all__ = ["_idle", "desk"]


async def test_tickets_are_written_saved_and_deleted_from_the_desk(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was there before stays where the one on the server is gone."""
    monkeypatch.setattr(routes, "TICKET_FILE_POLL_S", 3_600)
    async with open_office(test_settings(sqlite_url, tmp_path)) as office:
        owner = await office.person()
        event_id = EventId(await office.event(owner))
        kind = await office.ticket_type(owner, event_id, name="Stehplatz")
        lines = [{"ticket_type_id": kind, "quantity": 3}]
        order = {"lines": lines, "payment": "paid"}
        await office.ok("POST", f"{owner.path}/events/{event_id}/orders", owner, json=order)
        seat = take_seat(office, owner)
        client = TicketFilesClient(seat, EventSite(owner.organization_id, event_id))
        types = (TicketGroup(type_id=kind, name="Stehplatz"),)
        assert await client.list_groups() == types
        made = await client.ask(FilesWanted(form="cut", type_id=kind), "de")
        assert made.state == "writing"
        await routes.make_runner(office.framework.state).work()
        (ready,) = await client.list_files()
        assert (ready.state, ready.done, ready.file_name) == ("ready", 3, "tickets-001.pdf")
        told: list[int] = []
        file = tmp_path / "tickets.pdf"
        await client.save(ready, file, told.append)
        assert file.read_bytes().startswith(b"%PDF")
        # Whoever reads them has the tickets: others of the laptop do not.
        assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
        assert told[-1] == file.stat().st_size
        await client.give_up(ready)
        with pytest.raises(Refused):
            await client.save(ready, file, told.append)
        assert file.exists()
        assert not file.with_name("tickets.pdf.part").exists()
        await seat._http.aclose()


async def test_a_list_that_came_later_is_written_by_itself(desk: Desk) -> None:
    """Whoever brought twenty more names had to print all the others once more."""
    site = EventSite(desk.person.organization_id, EventId(desk.event.rpartition("/")[2]))
    await made_of(desk, NAMES)
    later = await made_of(desk, NAMES + "Mara;Adult;\nJo;Adult;\n")
    await desk.taken("Barcode;Kategorie\nLN-1;Adult\n")  # codes of others are on paper already
    client = TicketFilesClient(take_seat(desk.office, desk.person), site)
    lists = [one for one in await client.list_groups() if one.import_id]
    assert [one.count for one in lists] == [2, 5]
    assert lists[0].import_id == later["id"]
    made = await client.ask(FilesWanted(form="page", import_id=lists[0].import_id), "en")
    assert made.total == 2
