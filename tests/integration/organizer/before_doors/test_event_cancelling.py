"""An event called off at the desk, at the real application: looked at, done, stopped, followed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from gatekeeper.organizer.before_doors.event_cancelling_client import EventCancellingClient
from gatekeeper.organizer.desk_and_events import Desk, Organization
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.event_cancelling_words import (
    spell_calling,
    spell_left,
    spell_preview,
)
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from server.cancelling.event_cancelling import KIND
from server.cancelling.refunding import Refunder
from server.jobs.runner import JobRunner
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("refunds_rest")]


class Desks:
    """An event on sale, and whoever sits at a desk of it."""

    def __init__(self, office: Office, owner: Person, event_id: EventId, kind: str) -> None:
        self.office, self.owner, self.kind = office, owner, kind
        self.site = EventSite(owner.organization_id, event_id)
        self.open: list[httpx.AsyncClient] = []

    def sit_down(self, person: Person, date: str = "") -> EventCancellingClient:
        """Give somebody a desk, before the event or one date of it."""
        seat = take_seat(self.office, person)
        self.open.append(seat._http)
        return EventCancellingClient(seat, self.site, date)

    def board(self) -> Desk:
        """Give the owner the desk that measures the board."""
        seat = take_seat(self.office, self.owner)
        self.open.append(seat._http)
        mine = Organization(self.owner.organization_id, "Lanterns")
        return Desk(seat, mine, self.office.entropy)

    async def sell(self, *, card_minor: int | None) -> None:
        """Sell a ticket; None for one that is said to be paid, and is booked nowhere."""
        path = f"/api/v1{self.site.path}/orders"
        lines = [{"ticket_type_id": self.kind, "quantity": 1}]
        body = {"lines": lines, "buyer_name": "Zoë", "buyer_phone": "+49 1"}
        body |= {"payment": "paid" if card_minor is None else "pending"}
        made = await self.office.ok("POST", path, self.owner, json=body)
        if card_minor is not None:
            paid = {"tender": "card", "amount_minor": card_minor, "fact": "paid"}
            where = f"{path}/{made['order']['id']}/payments"
            await self.office.ok("POST", where, self.owner, json=paid)

    async def work(self) -> None:
        """Let the server's worker do all that is due."""
        office = self.office
        refunder = Refunder(office.context, office.feed, office.usage)
        await JobRunner(office.context, {KIND: refunder}).work()


@pytest.fixture
async def desks(office: Office) -> AsyncIterator[Desks]:
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    made = Desks(office, owner, event_id, await office.ticket_type(owner, event_id))
    yield made
    for one in made.open:
        await one.aclose()


async def test_what_was_shown_is_done_and_another_desk_finds_it(desks: Desks) -> None:
    """The desk that called it off is dead; two others stop it, go on, and see whom to call."""
    await desks.sell(card_minor=2_500)
    await desks.sell(card_minor=None)
    before = await desks.sit_down(desks.owner).read()
    assert before.preview is not None
    shown = dict(spell_preview(before.preview))
    assert shown["To refund: card"] == "€25.00"
    assert shown["Orders that need a person: 1"] == "€25.00"
    await desks.sit_down(desks.owner).call_off("storm")
    one, other = desks.sit_down(desks.owner), desks.sit_down(desks.owner)
    found = await other.read()
    assert (found.state, found.preview) == ("cancelled", None)
    assert "0 of 2" in spell_calling(found)
    await one.stop()
    await other.stop()
    await desks.work()
    stopped = await one.read()
    assert stopped.standing is not None
    assert (stopped.standing.settled, stopped.standing.may_go_on) == (0, True)
    assert "stopped" in spell_calling(stopped)
    await one.go_on()
    await other.call_off("another reason")
    await desks.work()
    done = await other.read()
    assert done.standing is not None
    assert (done.standing.reason, done.standing.settled) == ("storm", 2)
    assert not done.standing.may_go_on
    (left,) = done.left
    name, reach, owed, what = spell_left(left)
    assert (name, reach, owed) == ("Order 2 · Zoë", "+49\N{NO-BREAK SPACE}1", "€25.00")
    assert "find out how it was paid" in what


async def test_who_may_not_is_told_whom_to_ask_and_an_event_that_is_over_is_not_called_off(
    desks: Desks,
) -> None:
    """Staff see what it would mean; the server's refusal is said in words."""
    person = await desks.office.person("staff", organization_id=desks.owner.organization_id)
    staff = desks.sit_down(person)
    assert (await staff.read()).preview is not None
    for act in (staff.call_off("storm"), staff.stop()):
        with pytest.raises(Refused) as refused:
            await act
        assert "needs the role Manager" in spell_refusal(refused.value, is_managers=True)
    path = f"/api/v1{desks.site.path}/state"
    await desks.office.ok("POST", path, desks.owner, json={"state": "completed"})
    over = await staff.read()
    assert (over.preview, over.standing) == (None, None)
    assert "is over" in spell_calling(over)


async def test_one_date_is_called_off_by_itself(desks: Desks) -> None:
    """Its own preview, run and message; the event stays on sale."""
    path = f"/api/v1{desks.site.path}"
    made = [
        await desks.office.ok(
            "POST", f"{path}/occurrences", desks.owner, json={"name": name, "starts_at": at}
        )
        for name, at in (("One", "2026-11-01T18:00:00Z"), ("Two", "2026-11-02T18:00:00Z"))
    ]
    date = made[0]["id"]
    desks.kind = await desks.office.ticket_type(
        desks.owner, desks.site.event_id, occurrence_id=date
    )
    await desks.sell(card_minor=2_500)
    one = desks.sit_down(desks.owner, date)
    before = await one.read()
    assert before.preview is not None
    assert (before.name, [choice.name for choice in before.dates]) == ("One", ["One", "Two"])
    assert before.preview.orders == 1
    await one.call_off("storm", "", "en")
    await desks.work()
    done = await one.read()
    assert done.standing is not None
    assert (done.state, done.standing.settled, done.standing.back) == ("cancelled", 1, 1)
    assert done.notice is not None
    board = await desks.board().look(desks.site)
    assert [day.name for day in board.dates] == ["Two"], "no gate is to be ready for the other"
    whole = await desks.sit_down(desks.owner).read()
    assert (whole.state, whole.notice) == ("published", None)
    assert whole.preview is not None
    assert whole.preview.orders == 0
