"""Tickets in bulk as the desk asks for them, at the real application."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gatekeeper.organizer.during.ticket_files import FilesWanted, TicketFilesClient
from gatekeeper.organizer.server_api import EventSite, Refused
from server.ticket_files import routes
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import open_office, test_settings


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
        desk = TicketFilesClient(seat, EventSite(owner.organization_id, event_id))
        assert await desk.list_types() == {kind: "Stehplatz"}
        made = await desk.ask(FilesWanted(form="cut", type_id=kind), "de")
        assert made.state == "writing"
        await routes.make_runner(office.framework.state).work()
        (ready,) = await desk.list_files()
        assert (ready.state, ready.done, ready.file_name) == ("ready", 3, "tickets-001.pdf")
        told: list[int] = []
        file = tmp_path / "tickets.pdf"
        await desk.save(ready, file, told.append)
        assert file.read_bytes().startswith(b"%PDF")
        # Whoever reads them has the tickets: others of the laptop do not.
        assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
        assert told[-1] == file.stat().st_size
        await desk.give_up(ready)
        with pytest.raises(Refused):
            await desk.save(ready, file, told.append)
        assert file.exists()
        assert not file.with_name("tickets.pdf.part").exists()
        await seat._http.aclose()
