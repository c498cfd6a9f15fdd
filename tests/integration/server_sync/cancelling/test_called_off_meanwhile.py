"""An event or a date that is called off while something about an order's money is undecided.

A till holds a grant to pay a ticket back and has not said more; a dispute is not decided, or its
amount is told later. Once it is, saying the cancellation again sends what is left to send, once.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from shared.journal.entry import ReleaseBody
from shared.kernel.id_types import ClaimId
from shared.kernel.ids import parse_ticket_id
from tests.factories.journal_writing import GateDevice
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.integration.server_sync.cancelling.test_cancelled_dates import PRICE, Promoter

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("refunds_rest")]

CARD: Final = ("card", "pending")
DATE = pytest.mark.parametrize("whole", sized([False], [False, True]))
EVENT = pytest.mark.parametrize("whole", sized([True], [False, True]))


class Evening(Promoter):
    """Who calls an event or a date off, beside a till that pays tickets back."""

    till: GateDevice

    async def call(self, *, whole: bool, tries: int = 2) -> dict[str, Any]:
        """Call it off, or let it go on; said so often at once. Two workers do it, one dies."""
        path = "/cancellation" if whole else self.path
        body = {"reason": "storm"}
        said = [self.ask("POST", path, json=body) for _ in range(tries)]
        await asyncio.gather(*said)
        await self.work()
        return dict(await self.ask("GET", path))

    async def left(self, *, whole: bool) -> list[tuple[int, list[str]]]:
        """Return what needs a person: how much, and why."""
        path = "/cancellation" if whole else self.path
        found = (await self.ask("GET", f"{path}/orders?outcome=left"))["items"]
        return [(one["left_minor"], one["whys"]) for one in found]

    async def begin(self, order: dict[str, Any], place: int) -> ClaimId:
        """Let the till be granted the refund of an order's ticket."""
        ticket = order["tickets"][place]["id"]
        code = (await self.ask("GET", f"/tickets/{ticket}/credential"))["digits"]
        claim_id = ClaimId(f"{ticket[:15]}{place}")
        more = {"purpose": "refund", "amount_minor": PRICE, "currency": "EUR", "tender": "cash"}
        answer = await self.office.claimed(self.till, code, claim_id, gate_id="", **more)
        assert answer["verdict"] == "admit"
        return claim_id

    async def let_go(self, order: dict[str, Any], place: int, claim_id: ClaimId) -> None:
        """Let the till sign that nothing was paid out."""
        ticket = parse_ticket_id(order["tickets"][place]["id"])
        office = self.office
        self.till.journal.add(
            ReleaseBody(claim_id, ticket, "not_done"), office.event_id, office.now
        )
        await office.exchanged(self.till, self.till.journal.entries)

    async def tell(self, order: dict[str, Any], fact: str, amount: int | None = None) -> None:
        """Say what was heard of an order's payment."""
        path = f"/orders/{order['order']['id']}/payments"
        (payment,) = (await self.ask("GET", path))["payments"]
        body = {"fact": fact} | ({} if amount is None else {"amount_minor": amount})
        await self.ask("POST", f"{path}/{payment['id']}/facts", json=body)


@pytest.fixture
async def evening(ledger_office: LedgerOffice) -> Evening:
    """Open an event of two dates, with a till."""
    made = Evening(ledger_office)
    await made.open()
    made.till = await ledger_office.enrol(role="till")
    return made


@DATE
async def test_what_a_till_did_not_pay_back_after_all_goes_back_when_it_is_said_again(
    evening: Evening, whole: bool
) -> None:
    """It was listed as void with nothing left, and never sent; two tickets, one by one."""
    order = await evening.buy(evening.kind, evening.kind)
    claims = [await evening.begin(order, place) for place in range(2)]
    done = await evening.call(whole=whole)
    assert (done["left"], done["late"], await evening.left(whole=whole)) == (1, 0, [(0, ["void"])])
    assert await evening.payouts() == {}
    for place, claim_id in enumerate(claims):
        await evening.let_go(order, place, claim_id)
        assert (await evening.ask("GET", _path(evening, whole=whole)))["late"] == 1
        assert (await evening.left(whole=whole))[0][1] == ["not_paid_back"]
        for _ in range(2):
            done = await evening.call(whole=whole)
            assert done["late"] == 0
            assert await evening.payouts() == {CARD: (place + 1) * PRICE}
    assert await evening.left(whole=whole) == []
    assert (done["back"], done["left"], done["back_minor"]) == (1, 0, 2 * PRICE)


async def test_cash_that_a_till_did_not_pay_back_after_all_waits_at_the_tills(
    evening: Evening,
) -> None:
    """Against the ticket, as all cash of an event that is off."""
    order = await evening.buy(evening.kind, tender="cash")
    claim_id = await evening.begin(order, 0)
    await evening.call(whole=True)
    await evening.let_go(order, 0, claim_id)
    done = await evening.call(whole=True)
    assert (done["at_till"], done["left"], done["at_till_minor"]) == (1, 0, PRICE)
    assert await evening.payouts() == {}


@EVENT
async def test_what_a_dispute_took_less_than_was_said_goes_back_when_it_is_said_again(
    evening: Evening, whole: bool
) -> None:
    """The bank's exact word comes later: what it did not take stood nowhere."""
    order = await evening.buy(evening.kind)
    await evening.tell(order, "dispute_lost")
    done = await evening.call(whole=whole)
    assert (done["late"], await evening.left(whole=whole)) == (0, [(0, ["in_doubt"])])
    await evening.tell(order, "dispute_lost", 1_000)
    assert await evening.left(whole=whole) == [(PRICE - 1_000, ["paid_since"])]
    for _ in range(2):
        done = await evening.call(whole=whole)
        assert (done["back_minor"], done["left_minor"], done["late"]) == (PRICE - 1_000, 0, 0)
        assert await evening.payouts() == {CARD: PRICE - 1_000}


@DATE
async def test_what_was_in_dispute_goes_back_when_it_is_won_and_said_again(
    evening: Evening, whole: bool
) -> None:
    """Until then it is a person's; afterwards it is sent, once, and listed no more."""
    order = await evening.buy(evening.kind)
    await evening.tell(order, "disputed")
    await evening.call(whole=whole)
    assert await evening.left(whole=whole) == [(PRICE, ["less_booked", "in_doubt"])]
    await evening.tell(order, "dispute_won")
    for _ in range(2):
        done = await evening.call(whole=whole)
        assert (done["back"], done["left"], done["late"]) == (1, 0, 0)
        assert await evening.payouts() == {CARD: PRICE}
    assert await evening.left(whole=whole) == []


def _path(evening: Evening, *, whole: bool) -> str:
    return "/cancellation" if whole else evening.path
