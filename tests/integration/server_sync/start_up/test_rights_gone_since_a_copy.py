"""Tickets that lost their right since a copy are listed where it is put back: it admits them."""

from __future__ import annotations

import asyncio
import csv
import shutil
from io import StringIO
from pathlib import Path

from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.supervisors.former_badges import read_former
from server.supervisors.models import Supervisor
from shared.kernel.ids import format_ticket_id
from tests.factories.evacuations import Chief
from tests.factories.killed_restores import kill_behind_the_copy
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place, on_postgres, on_sqlite, place
from tests.factories.sales_till import Till
from tests.integration.server.commands.test_commands import run
from tests.integration.server_sync.start_up.test_ended_before_a_restore import verb

__all__ = ["on_postgres", "on_sqlite", "place"]


async def act(office: LedgerOffice, ticket: int, what: str) -> None:
    """Let the organizer end a ticket's right, or give it back."""
    path = f"{office.path}/tickets/{office.hex_of(ticket)}"
    if what in {"block", "unblock"}:
        blocked = {"blocked": what == "block"}
        await office.office.ok("PUT", f"{path}/block", office.owner, json=blocked)
    else:
        why = {"reason": "event_changed"} if what == "refund" else {}
        await office.office.ok("POST", f"{path}/{what}", office.owner, json=why)


async def test_tickets_that_lost_their_right_since_the_copy_are_listed(
    place: Place, tmp_path: Path
) -> None:
    """Each by what became of it, and none of which the copy knows as much or that is good again.

    The database that knew is gone afterwards, and whoever looks through the time since has no
    other list.
    """
    folder = place.settings.data_folder
    async with open_ledger_office_again(place.settings, place.office) as office:
        for ticket in (0, 1):
            await act(office, ticket, "block")
    await verb(place, "backup", str(tmp_path / "yesterday"))
    async with open_ledger_office_again(place.settings, office) as office:
        await act(office, 1, "unblock")
        for ticket, what in enumerate(["refund", "block", "reissue", "block"], start=2):
            await act(office, ticket, what)
        await act(office, 5, "unblock")
    restored = await verb(place, "restore", str(tmp_path / "yesterday"))
    file = Path(restored["good_again"])
    assert file.parent == folder
    listed = await asyncio.to_thread(file.read_text, "utf-8")
    rows = {row["ticket"]: row for row in csv.DictReader(StringIO(listed))}
    assert {ticket: row["since"] for ticket, row in rows.items()} == {
        office.hex_of(2): "cancelled",
        office.hex_of(3): "blocked",
        office.hex_of(4): "reissued",
    }
    assert {row["event"] for row in rows.values()} == {office.event_id}
    later = await verb(place, "restore", str(tmp_path / "yesterday"))
    assert later["good_again"] is None


async def test_tickets_are_listed_that_come_back_to_a_copy_which_has_forgotten_them(
    place: Place, tmp_path: Path
) -> None:
    """Their till brings its sale, and the organizer the list once more: both know of no refund.

    What the office sold since comes back by nobody.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = Till(office, await office.enrol(role="till"))
        await till.open()
        (kind,) = (await office.office.ok("GET", f"{office.path}/ticket-types", office.owner))[:1]
    await verb(place, "backup", str(tmp_path / "yesterday"))
    async with open_ledger_office_again(place.settings, office) as office:
        till.office = office
        sold = [till.mint(number) for number in (1, 2)]
        till.sell(sold)
        await till.sync()
        codes = {"ticket_type_id": kind["id"], "codes": ["A-1", "A-2"]}
        path = f"{office.path}/tickets/import"
        brought = await office.office.ok("POST", path, office.owner, json=codes)
        order = {"lines": [{"ticket_type_id": kind["id"], "quantity": 1}], "payment": "paid"}
        bought = await office.office.ok("POST", f"{office.path}/orders", office.owner, json=order)
        back = [format_ticket_id(sold[0].ticket_id), brought["ticket_ids"][0]]
        for ticket in (*back, bought["tickets"][0]["id"]):
            why = {"reason": "event_changed"}
            path = f"{office.path}/tickets/{ticket}/refund"
            await office.office.ok("POST", path, office.owner, json=why)
    restored = await verb(place, "restore", str(tmp_path / "yesterday"))
    listed = await asyncio.to_thread(Path(restored["good_again"]).read_text, "utf-8")
    rows = [(row["ticket"], row["since"]) for row in csv.DictReader(StringIO(listed))]
    assert sorted(rows) == sorted((ticket, "cancelled") for ticket in back)


async def test_a_restore_that_is_killed_behind_the_copy_forgets_neither_badges_nor_tickets(
    on_postgres: Place, tmp_path: Path
) -> None:
    """Whoever starts next brings them, on another host as well; a second restore keeps them."""
    place, copy = on_postgres, str(tmp_path / "yesterday")
    url = place.settings.database
    await verb(place, "backup", copy)
    async with open_ledger_office_again(place.settings, place.office) as office:
        chief = await Chief.appoint(office, "Jo's")
        await act(office, 2, "refund")
    for number in range(2):
        await kill_behind_the_copy(place.settings.data_folder, url, copy)
        copy = str(tmp_path / f"of what was left behind {number}")
        await verb(place, "backup", copy)
    other = tmp_path / "other host"
    await asyncio.to_thread(shutil.copytree, tmp_path / "secrets", other / "secrets")
    migrated = await asyncio.to_thread(run, other, "migrate", database=url)
    (file,) = other.glob("good-again-*.csv")
    assert f"{file} lists the tickets" in migrated.stderr
    (row,) = csv.DictReader(StringIO(await asyncio.to_thread(file.read_text, "utf-8")))
    assert (row["ticket"], row["since"]) == (office.hex_of(2), "cancelled")
    async with (
        open_ledger_office_again(place.settings, office) as office,
        office.office.context.database.read(org=SYSTEM) as session,
    ):
        found = await session.get(Supervisor, chief.person)
        kept = await session.scalar(text("SELECT to_regclass('known_before_copy')"))
    assert found is not None
    assert found.removed_at is not None
    (badge,) = read_former(found.former_badges)
    assert badge.until > badge.since
    assert kept is None
