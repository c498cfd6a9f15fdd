"""Lists of guests that were being taken when a copy was made which is put back later."""

from __future__ import annotations

import msgspec
import pytest

from server.erasures.erasure_list import get_erasure
from server.erasures.hashed_words import PURPOSE
from server.imports import import_acts, import_job
from server.imports import routes as import_routes
from server.imports.import_acts import get_import
from server.keys.vault import open_vault
from server.persons import routes
from server.persons.erased_persons_beside_database import ERASURES
from server.persons.erasing_again import erase_again
from shared.kernel.id_types import EventId
from shared.kernel.instant import Duration
from tests.integration.server.persons.test_persons import KLARA, NAME, Desk, desk

__all__ = ["desk"]
pytestmark = pytest.mark.either_database


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application's own workers wait: each test has its own."""
    monkeypatch.setattr(routes, "ERASURE_POLL_S", 3_600)
    monkeypatch.setattr(import_routes, "IMPORT_POLL_S", 3_600)


@pytest.mark.parametrize("scope", ["person", "event"])
@pytest.mark.parametrize("state", ["placing", "telling"])
async def test_a_list_that_was_being_taken_when_a_copy_was_made_brings_nobody_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, state: str, scope: str
) -> None:
    """It goes on where the copy is put back, and would name its tickets behind the erasure."""
    office, event = desk.office, desk.events[0]
    monkeypatch.setattr(import_acts, "IMPORT_BATCH", 1)
    monkeypatch.setattr(import_job, "IMPORT_BATCH", 1)
    owner, folder = desk.person.organization_id, office.settings.data_folder
    await desk.erase(KLARA)
    (erased,) = ERASURES.read(folder).values()
    if scope == "event":
        erased = msgspec.structs.replace(erased, scope=scope, event_id=event, words=[], records=[])
        (folder / ERASURES.file_name).write_bytes(msgspec.json.encode([erased]))
    async with office.context.write(owner) as unit:
        await unit.session.delete(await get_erasure(unit, erased.id))
    runner = import_routes.make_runner(office.framework.state)

    async def take(name: str, until: str) -> str:
        """Bring a list of two, and work until it is in a state, with a line of it done."""
        body = f"Barcode;Kategorie;Name\nLN-1;1;Sam\nLN-2;1;{name}\n".encode()
        path, said = f"/events/{event}/imports", {"content-type": "text/csv"}
        made = await office.ok(
            "POST", desk.person.path + path, desk.person, content=body, headers=said
        )
        path = f"{path}/{made['id']}"
        await desk.ask("POST", f"{path}/check", made["mapping"])
        await runner.work()
        await desk.ask("POST", f"{path}/start", {"leave_out_wrong": False})
        monkeypatch.setattr(import_job, "IMPORT_SLICE", Duration(-1))  # a batch at each lease
        for _ in range(10):
            async with office.context.read(owner) as unit:
                found = await get_import(unit, EventId(event), made["id"])
                if found.state == until and found.position:
                    break
            job = await runner.lease()
            assert job is not None
            await runner.do(job)
        return path

    if state == "telling":
        await take("Somebody", "done")
    taken = await take(NAME, state)
    vault = open_vault(folder, office.entropy)
    assert await erase_again(office.context, folder, vault.derive(PURPOSE)) == 1
    await runner.work()
    ended = (await desk.ask("GET", taken))["state"]
    assert ended == ("cancelled" if state == "placing" else "done")
    assert (await desk.held({"name": NAME}))["records"] == []
