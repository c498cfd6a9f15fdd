"""A list of names whose guests have no codes yet: tickets of ours are made of its lines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from server.db.tenancy import SYSTEM
from server.imports import import_job
from server.imports.models import TicketImport
from server.ticketing.words_of_wrong_lines import IS_SEATED
from shared.credential.manual_code import format_manual_code
from shared.kernel.id_types import EventId
from tests.factories.office import Office
from tests.integration.server.imports.test_imports import BATCH, Desk, _idle, desk, lines_of

__all__ = ["_idle", "desk"]
NAMES = (
    "Name;Kategorie;E-Mail\nKlára;Adult;klara@example.org\nSam;child;\n"
    "Sam;Child;\nsam ;CHILD;\nSam;Adult;\n"
)


async def made_of(desk: Desk, text: str, **mapping: Any) -> dict[str, Any]:
    """Take a list of which no column holds codes; returns the import."""
    looked = await desk.checked(text, makes_codes=True, **mapping)
    assert (looked["state"], looked["wrong"]) == ("checked", 0)
    await desk.ask("POST", f"/imports/{looked['id']}/start", json={})
    return await desk.settled(looked["id"])


async def all_of(desk: Desk) -> dict[str, dict[str, Any]]:
    """Return the event's tickets by their ids."""
    page = await desk.ask("GET", "/tickets?limit=500")
    return {row["id"]: row for row in page["items"]}


@pytest.mark.either_database
async def test_each_line_becomes_a_ticket_with_a_code_of_ours(desk: Desk) -> None:
    """Whoever invented codes for them, as the desk advised, let a guest read the next one's."""
    done = await made_of(desk, NAMES)
    assert (done["state"], done["added"], done["named"]) == ("done", 5, 5)
    assert done["alike"] == 2, "Sam's child stands there three times"
    tickets = await all_of(desk)
    assert sorted(one["holder_name"] for one in tickets.values()) == [
        "Klára", "Sam", "Sam", "Sam", "sam",
    ]  # fmt: skip
    for ticket_id, one in tickets.items():
        assert (one["is_imported"], one["state"]) == (False, "claimed")
        told = await desk.ask("GET", f"/tickets/{ticket_id}/credential")
        assert len(told["digits"]) == 200
        assert told["manual_code"]
    assert await desk.counts() == [(2, 0), (3, 0)]


@pytest.mark.either_database
async def test_no_two_tickets_have_one_manual_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ticket's own may be another's, within its list or from before it."""
    monkeypatch.setattr(import_job, "make_manual_code_by_key", lambda *_: 7)
    await made_of(desk, NAMES)
    await made_of(desk, "Name;Kategorie\nMara;Adult\nJo;Adult\n")
    codes = [one["manual_code"] for one in (await all_of(desk)).values()]
    assert format_manual_code(7) in codes
    assert len(set(codes)) == len(codes) == 7


@pytest.mark.either_database
async def test_the_same_list_adds_nothing_and_another_line_one_ticket(desk: Desk) -> None:
    """Of two who are called alike each keeps a ticket, across batches and in whichever order."""
    text = "Name;Type\n" + "Mara Holt;Adult\n" * (BATCH + 2)
    done = await made_of(desk, text)
    assert done["added"] == BATCH + 2
    again = await made_of(desk, text + "Mara Holt;Child\n")
    assert (again["added"], again["known"]) == (1, BATCH + 2)
    assert len(await all_of(desk)) == BATCH + 3


@pytest.mark.either_database
async def test_a_list_again_leaves_tickets_to_whom_they_were_passed_on(desk: Desk) -> None:
    """Its line is what the ticket was made by, no news of its holder: Jo was turned away."""
    await made_of(desk, NAMES)
    (klara,) = [one for one, row in (await all_of(desk)).items() if row["holder_email"]]
    await desk.ask("PUT", f"/tickets/{klara}/holder", json={"name": "Jo"})
    again = await made_of(desk, NAMES + "Mara;Adult;\n")
    assert (again["added"], again["known"], again["named"]) == (1, 5, 1)
    kept = (await all_of(desk))[klara]
    assert (kept["holder_name"], kept["holder_email"]) == ("Jo", None)
    await desk.ask("POST", f"/imports/{again['id']}/undo")
    assert (await desk.settled(again["id"]))["state"] == "undone"
    back = await made_of(desk, NAMES + "Mara;Adult;\n")
    assert (back["again"], back["named"]) == (1, 1)
    assert sorted(one["holder_name"] for one in (await all_of(desk)).values()) == [
        "Jo", "Mara", "Sam", "Sam", "Sam", "sam",
    ]  # fmt: skip


@pytest.mark.either_database
async def test_an_undone_list_ends_its_tickets_and_brings_the_same_ones_back(desk: Desk) -> None:
    """What was printed by then lets in again; what was cancelled by hand does not."""
    done = await made_of(desk, NAMES)
    before = await all_of(desk)
    await desk.ask("POST", f"/imports/{done['id']}/undo")
    assert (await desk.settled(done["id"]))["state"] == "undone"
    assert {one["state"] for one in (await all_of(desk)).values()} == {"cancelled"}
    back = await made_of(desk, NAMES)
    assert (back["added"], back["again"]) == (0, 5)
    after = await all_of(desk)
    assert {one["state"] for one in after.values()} == {"claimed"}
    assert {one: row["manual_code"] for one, row in after.items()} == {
        one: row["manual_code"] for one, row in before.items()
    }
    gone = next(iter(after))
    await desk.ask("POST", f"/tickets/{gone}/refund", json={"reason": "hers"})
    looked = await desk.checked(NAMES, makes_codes=True)
    assert (looked["known"], looked["wrong"]) == (4, 1)
    (wrong,) = await lines_of(desk, looked["id"], "wrong")
    assert "removed before" in wrong["message"]


@pytest.mark.either_database
async def test_a_list_that_is_given_up_amid_placing_leaves_nothing(desk: Desk) -> None:
    """Neither tickets nor places; and where places are too few nothing is begun."""
    text = "Name;Type\n" + "".join(f"Guest {number};Adult\n" for number in range(5 * BATCH))
    looked = await desk.checked(text, makes_codes=True)
    assert "places" in looked["said"] or looked["because"]
    assert await desk.counts() == [(0, 0), (0, 0)]
    assert await all_of(desk) == {}


async def test_what_its_lines_lack_is_named(desk: Desk) -> None:
    """A sum below the names is no guest; and with a column of codes none are made."""
    looked = await desk.checked("Name;Type\nSam;Adult\n;Adult\n", makes_codes=True)
    (wrong,) = await lines_of(desk, looked["id"], "wrong")
    assert (wrong["line"], wrong["field"], wrong["message"]) == (3, "name", "is empty")
    office, event_id = desk.office, EventId(desk.event.rpartition("/")[2])
    await office.ticket_type(desk.person, event_id, name="Stalls", selling={"seats": {}})
    looked = await desk.checked("Name;Type\nSam;Stalls\n", makes_codes=True)
    (wrong,) = await lines_of(desk, looked["id"], "wrong")
    assert (wrong["field"], wrong["message"]) == ("type", IS_SEATED), "who bought the seat has it"
    made = await desk.bring("Code;Name;Type\nA-1;Sam;Adult\n")
    path = f"/imports/{made['id']}/check"
    said = await desk.refused("POST", path, json=made["mapping"] | {"makes_codes": True})
    assert "makes_codes" in said
    plain = await desk.bring("Name;Type\nSam;Adult\n")
    said = await desk.refused("POST", f"/imports/{plain['id']}/check", json=plain["mapping"])
    assert "code" in said


@pytest.mark.either_database
async def test_a_list_says_whether_gates_are_told_its_names(desk: Desk) -> None:
    """The desk said that they come with the next handing over, at events that keep them back."""
    assert (await made_of(desk, NAMES))["names_at_gates"] == "off"
    event = await desk.ask("GET", "")
    answer = await desk.office.call(
        "PATCH",
        desk.event,
        desk.person,
        json={"policy": event["policy"] | {"names_at_gates": True}},
    )
    assert answer.is_success, answer.text
    (found,) = (await desk.ask("GET", "/imports"))["items"]
    assert found["names_at_gates"] == "next_handover"


async def test_lists_of_an_event_go_by_what_an_earlier_version_has_drawn(desk: Desk) -> None:
    """What the vault has would make each guest of before another ticket."""
    made = await desk.bring(NAMES)
    mapping = made["mapping"] | {"makes_codes": True}
    await desk.ask("POST", f"/imports/{made['id']}/check", json=mapping)
    async with desk.office.database.write(org=SYSTEM) as session:
        await session.execute(update(TicketImport).values(salt=bytes(16)))
    await desk.settled(made["id"])
    await desk.ask("POST", f"/imports/{made['id']}/start", json={})
    assert (await desk.settled(made["id"]))["added"] == 5
    again = await made_of(desk, NAMES)
    assert (again["added"], again["known"]) == (0, 5)


@pytest.mark.either_database
async def test_ids_say_nobodys_name(desk: Desk, office: Office) -> None:
    """Gates have ids and no names: the same name has another id at each event."""
    await made_of(desk, NAMES)
    other = EventId(await office.event(desk.person))
    await office.ticket_type(desk.person, other, name="Adult")
    await office.ticket_type(desk.person, other, name="Child")
    there = Desk(office, desk.person, other)
    await made_of(there, NAMES)
    assert not (await all_of(desk)).keys() & (await all_of(there)).keys()
