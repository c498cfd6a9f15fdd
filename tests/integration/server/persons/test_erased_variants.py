"""A guest's name in a ticket's variant goes with them, and gates hear of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.persons import routes
from server.persons.typed_texts import find_variants
from server.publishing.sealing_names import add_names
from server.publishing.ticket_classes import add_classes
from shared.kernel.ids import format_ticket_id
from tests.factories.office import Office
from tests.factories.racing import queued, rows_of
from tests.integration.server.persons.test_persons import EMAIL, KLARA, NAME, Desk


@pytest.fixture
async def desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give an organizer's desk; the test itself does what is due."""
    monkeypatch.setattr(routes, "ERASURE_POLL_S", 3_600)
    return await Desk(office, await office.person()).open()


@pytest.mark.either_database
async def test_a_name_in_a_tickets_variant_goes_and_what_a_rule_says_stays(desk: Desk) -> None:
    """It is a choice within a type, in whatever words the shop has sent; gates are told.

    What they were handed is handed anew without it.
    """
    event, kind = desk.events[0], desk.orders[0]["kind"]
    lounge = {"fact": "variant", "cmp": "in", "value": [f"Table {NAME}"]}
    zone = await desk.ask("POST", f"/events/{event}/zones", {"name": "Lounge", "rule": lounge})
    await desk.ask("POST", f"/events/{event}/gates", {"name": "North", "zone_id": zone["id"]})

    async def varied(text: str) -> str:
        line = {"ticket_type_id": kind, "quantity": 1, "variant": text}
        placed = await desk.order(event, kind, {"lines": [line], "buyer_name": NAME})
        return str(placed["tickets"][0]["id"])

    mine = await varied(f"Stalls, {NAME} ({EMAIL})")
    for text in (f"Table {NAME}", "Stalls"):
        await varied(text)
    await desk.ask("POST", f"/events/{event}/handover")
    told = len(desk.office.feed.changes)
    texts = (await desk.held(KLARA))["texts"]
    assert [(one["place"], one["rows"]) for one in texts] == [("ticket.variant", 1)]
    assert (await desk.erase(KLARA))["texts"] == 1
    found = "SELECT ticket_id, variant FROM ticket WHERE event_id = '{}' AND variant IS NOT NULL"
    left = sorted(str(row[1]) for row in await rows_of(desk.office, found.format(event)))
    assert left == ["Stalls", "Stalls, … (…)", f"Table {NAME}"]
    handed = [
        bytes(row[0])
        for table, column in (("manifest", "document"), ("manifest_class", "facts"))
        for row in await rows_of(desk.office, f"SELECT {column} FROM {table}")
    ]
    for text, count in (("Stalls, … (…)", 2), (f"Stalls, {NAME}", 0), (f"Table {NAME}", 2)):
        assert sum(text.encode() in one for one in handed) == count
    ((place, change),) = desk.office.feed.changes[told:]
    assert (place, format_ticket_id(change.ticket_id)) == (event, mine)
    assert change.facts.variant == "Stalls, … (…)"
    assert (await desk.held(KLARA))["texts"] == []


async def varied_hall(desk: Desk) -> str:
    """Sell a ticket whose variant names Klara; return the event, which nobody was handed yet."""
    event, kind = desk.events[0], desk.orders[0]["kind"]
    zone = await desk.ask("POST", f"/events/{event}/zones", {"name": "Hall"})
    await desk.ask("POST", f"/events/{event}/gates", {"name": "North", "zone_id": zone["id"]})
    line = {"ticket_type_id": kind, "quantity": 1, "variant": f"Stalls, {NAME}"}
    await desk.order(event, kind, {"lines": [line], "buyer_name": NAME})
    return event


async def no_list_names_her(desk: Desk) -> bool:
    """Tell whether no list for gates has her name; there is one."""
    kept = [
        bytes(row[0])
        for table, column in (("manifest", "document"), ("manifest_class", "facts"))
        for row in await rows_of(desk.office, f"SELECT {column} FROM {table}")
    ]
    return len(kept) > 1 and not any(NAME.encode() in one for one in kept)


@pytest.mark.either_database
async def test_who_is_erased_while_lists_are_made_is_in_none_of_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first publication of an event has no list before it that an erasure could renew."""
    event = await varied_hall(desk)
    erased: list[Any] = []

    async def meanwhile(*given: Any) -> Any:
        if not erased:
            erased.append(await desk.erase(KLARA))
        return await add_names(*given)

    monkeypatch.setattr("server.publishing.publisher.add_names", meanwhile)
    published = await desk.ask("POST", f"/events/{event}/handover")
    assert published["ticket_count"] == 3
    assert await no_list_names_her(desk)


@pytest.mark.either_database
async def test_a_list_that_is_kept_while_an_erasure_looks_is_made_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What names somebody is found in a long look before anything is erased."""
    event = await varied_hall(desk)
    handed: list[Any] = []

    async def meanwhile(*given: Any) -> Any:
        found = await find_variants(*given)
        if not handed:
            handed.append(await desk.ask("POST", f"/events/{event}/handover"))
        return found

    monkeypatch.setattr("server.persons.erasing.find_variants", meanwhile)
    await desk.erase(KLARA)
    assert handed
    assert await no_list_names_her(desk)


async def test_an_erasure_waits_for_a_list_that_has_seen_no_erasure(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its last look and its commit there is nothing to find yet, and then there is."""
    event = await varied_hall(desk)
    erasing: list[asyncio.Task[Any]] = []

    async def meanwhile(*given: Any) -> Any:
        if not erasing:
            erasing.append(asyncio.create_task(desk.erase(KLARA)))
            if not desk.office.database.is_sqlite:  # which has one writer at a time
                await queued(desk.office, erasing)
        return await add_classes(*given)

    monkeypatch.setattr("server.publishing.publisher.add_classes", meanwhile)
    await desk.ask("POST", f"/events/{event}/handover")
    await erasing[0]
    assert await no_list_names_her(desk)
