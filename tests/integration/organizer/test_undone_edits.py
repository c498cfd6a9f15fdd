"""Edits of a plan that are undone while the server comes and goes, at the real application."""

from __future__ import annotations

import httpx
import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.prepare.plan_client import PlanClient, PlanItem, PlanKind, new_thing
from shared.kernel.errors import ServerFault
from tests.factories.ledger_office import LedgerOffice
from tests.integration.organizer.before_doors.test_gate_paper_lists import site_of

pytestmark = pytest.mark.either_database


class Line(httpx.AsyncBaseTransport):
    """The way to the server: what is asked, or what is answered, may be lost on it.

    Attributes:
        loses: `question` or `answer`, of the next edit; "" for neither.
    """

    def __init__(self, beyond: httpx.AsyncBaseTransport) -> None:
        self._beyond = beyond
        self.loses = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        loses = "" if request.method == "GET" else self.loses
        if loses:
            self.loses = ""
        if loses == "question":
            raise httpx.ConnectError("nobody is there", request=request)
        answer = await self._beyond.handle_async_request(request)
        if loses == "answer":
            await answer.aread()
            raise httpx.ReadError("the line was cut", request=request)
        return answer


async def rename(desk: PlanClient, thing: PlanItem, name: str) -> PlanItem:
    """Give a thing another name."""
    saved = await desk.save(thing, thing.fields | {"name": name})
    assert isinstance(saved, PlanItem)
    return saved


@pytest.mark.parametrize("lost", ["question", "answer"])
async def test_an_undo_without_an_answer_is_still_the_next_one(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, lost: str
) -> None:
    """Asked again it undoes the same edit, not the one before it."""
    line = Line(seat._http._transport)
    seat._http._transport = line
    desk = PlanClient(seat, site_of(ledger_office))
    (kind, *_) = (await desk.read()).of(PlanKind.TYPE)
    dearer = await desk.save(kind, kind.fields | {"price_minor": 9_900})
    assert isinstance(dearer, PlanItem)
    await rename(desk, dearer, "Late")
    line.loses = lost
    with pytest.raises(ServerFault):
        await desk.undo()
    assert await desk.undo() is None
    now = await desk.read_again(kind)
    assert (now.name, now.fields["price_minor"]) == (kind.name, 9_900)
    assert await desk.undo() is None
    assert (await desk.read_again(kind)).fields == kind.fields
    assert desk.done == []


async def test_an_edit_whose_answer_was_lost_is_saved_by_being_asked_again(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """It is nobody else's, and can be undone."""
    line = Line(seat._http._transport)
    seat._http._transport = line
    desk = PlanClient(seat, site_of(ledger_office))
    (kind, *_) = (await desk.read()).of(PlanKind.TYPE)
    line.loses = "answer"
    with pytest.raises(ServerFault):
        await rename(desk, kind, "Late")
    await rename(desk, kind, "Late")
    assert await desk.undo() is None
    assert (await desk.read_again(kind)).fields == kind.fields


async def test_an_undo_never_takes_back_what_somebody_else_has_changed_between_two_edits(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """The first undo made the next one believe that all since was its own: the name went too."""
    desk, other = (PlanClient(seat, site_of(ledger_office)) for _ in range(2))
    (kind, *_) = (await desk.read()).of(PlanKind.TYPE)
    await desk.save(kind, kind.fields | {"price_minor": 9_900})
    await rename(other, await other.read_again(kind), "Theirs")
    seen = await desk.read_again(kind)
    await desk.save(seen, seen.fields | {"price_minor": 100})
    assert await desk.undo() is None
    clash = await desk.undo()
    assert isinstance(clash, Clash)
    now = await desk.read_again(kind)
    assert (now.name, now.fields["price_minor"]) == ("Theirs", 9_900)


async def test_edits_of_what_was_removed_and_made_again_are_undone_as_well(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """It has another id since, by which nobody else has changed it."""
    desk = PlanClient(seat, site_of(ledger_office))
    made = await rename(desk, new_thing(PlanKind.VENUE, await desk.read()), "Hall")
    moved = await rename(desk, made, "Great hall")
    assert await desk.remove(moved) is None
    assert await desk.undo() is None
    assert await desk.undo() is None
    assert [one.name for one in (await desk.read()).of(PlanKind.VENUE)].count("Hall") == 1
