"""Death of a till in the midst of what it does for a guest: each flow, at each step.

A step is a commit, a file that was written, a question that goes out or an answer that came in.
What lies in the folder then is all that the next start finds. Whoever stands there looks what is
open, does what the screen says, or does it again: then it is done once, and all books agree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import select

from gatekeeper.boxoffice.order_search_at_till import BUYERS_PACE
from gatekeeper.boxoffice.till_requests import SellRequest, one_type
from server.db.tenancy import SYSTEM
from server.orders.models import Order
from server.payments.models import Payment, Voucher
from server.ticketing.models import Ticket
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import CASH, COMP, VOUCHER, Tender
from tests.adversaries.scene import named
from tests.adversaries.test_death import STEPS_MAX, Died, DiesAt
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.integration.server_sync.payments.test_exchanges import Counter, add_type

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
STANDARD, PRICE = 1, 2_500
PLACES = 200
STRIDE: Final = sized(3, 1)
"""From one step at which a till dies to the next."""
SOLD: Final = STEPS_MAX // STRIDE
"""Tickets, of which each step takes one."""
WORTH = 100_000

Act = Callable[[Counter], Awaitable[Any]]


class Mortal:
    """A till that dies at one step of a flow, again and again one step later."""

    def __init__(self, office: LedgerOffice, till: WiredGate, folder: Path) -> None:
        self.office, self.till = office, till
        self.place = folder / till.id
        self.cashier = self.badge = ""
        self.deaths = 0

    async def rise(self, crash: DiesAt | None = None) -> Counter:
        """Open the program on what lies in its folder."""
        if crash is None:
            risen = await open_again(self.office, self.place, self.till.device)
        else:
            risen = await open_again(self.office, self.place, self.till.device, crash_point=crash)
        risen.session.keep_drawer()
        organization_id = risen.session.profile.organization_id
        risen.session.guests.show_badge(self.cashier, self.badge, organization_id)
        return Counter(self.office, risen, risen, self.cashier)

    async def dies_in(self, step: int, act: Act) -> Any:
        """Act in a program that ends at a step; returns what it answered, None if it ended."""
        dying = DiesAt(self.place, self.place.with_name(f"{self.till.id}+{step}"))
        program = await self.rise(dying)
        send = program.till.wire.send

        async def heard(*asked: Any, **how: Any) -> bytes:
            dying("asked")
            answer = await send(*asked, **how)
            dying("answered")
            return answer

        program.till.wire.send = heard  # type: ignore[method-assign] # it dies on the wire too
        answer = None
        dying.left = step
        try:
            answer = await act(program)
        except Died:
            assert answer is None
        dying.left = 0
        await program.till.session.close()
        if dying.is_dead:
            self.place = dying.remains
            self.deaths += 1
        return answer

    async def every_step(self, act: Act, settle: Callable[[Counter, Any], Awaitable[None]]) -> int:
        """Die at each step of an act and settle what is left; returns how often it was begun."""
        for begun, step in enumerate(range(1, STEPS_MAX, STRIDE), 1):
            before = self.deaths
            answer = await self.dies_in(step, act)
            risen = await self.rise()
            await settle(risen, answer)
            await risen.till.session.close()
            if self.deaths == before:
                assert answer is not None
                assert self.deaths >= sized(1, 2), "there was something to die at"
                return begun
        pytest.fail("no end of steps")

    async def end(self) -> Counter:
        """Let the till tell all that it has to tell."""
        risen = await self.rise()
        await risen.till.mend()
        assert risen.till.session.store.journal.pending == 0
        assert risen.till.session.till.open_sales.list_open() == ()
        return risen


@pytest.fixture
async def mortal(ledger_office: LedgerOffice, tmp_path: Path) -> Mortal:
    """Make a till whose shift is open; its cashier may sell, pay back and find."""
    office = ledger_office
    rights = {"sell": True, "refund_minor": 100_000, "find": True}
    body = {"name": "Mara", "rights": rights}
    made = await office.office.ok("POST", f"{office.owner.path}/cashiers", office.owner, json=body)
    await add_type(office, "Balcony", 4_000)
    guests = {
        "name": "Friends of the band",
        "price_minor": 0,
        "quantity_limit": PLACES,
        "selling": {"visibility": "staff", "guest_list": {"host": "Ada Lund", "plus_max": 2}},
    }
    await office.office.ok("POST", f"{office.path}/ticket-types", office.owner, json=guests)
    till = await open_gate(office, tmp_path, 0, role="till")
    mortal = Mortal(office, till, tmp_path)
    mortal.cashier, mortal.badge = made["cashier"]["id"], made["badge"]
    till.session.keep_drawer()
    await till.sync()
    await Counter(office, till, till, mortal.cashier).ok(shift="open", amount_minor=10_000)
    await till.session.close()
    return mortal


async def rows(office: LedgerOffice, model: Any) -> list[Any]:
    """Read all rows of a table."""
    async with office.office.database.read(org=SYSTEM) as session:
        return list((await session.execute(select(model))).scalars().all())


async def sold(office: LedgerOffice) -> list[Order]:
    """Read the orders of tills."""
    return [one for one in await rows(office, Order) if (one.client_key or "").startswith("till:")]


async def test_guests_name_is_told_whenever_the_guest_was_added(mortal: Mortal) -> None:
    """No place is given to nobody, and no name waits of whom no place was given."""
    office = mortal.office
    wanted = SellRequest(
        lines=(WantedTickets(3, 3),), tenders=(Tender(kind=COMP),), cashier=mortal.cashier
    )

    async def add(counter: Counter) -> Any:
        guests, till = counter.till.session.guests, counter.till.session.till
        return await guests.add(till, office.event_id, wanted, "Klara Novak")

    async def settle(_counter: Counter, answer: Any) -> None:
        assert answer is None or answer.sale is not None

    await mortal.every_step(add, settle)
    risen = await mortal.end()
    guests = risen.till.session.guests
    assert await guests.tell()
    assert not guests.has_waiting(), "a guest who was never added is forgotten"
    orders = await sold(office)
    assert {one.buyer_name for one in orders} == {"Klara Novak"}
    assert await named(office) == {}
    await risen.till.session.close()


async def test_voucher_pays_once_whenever_the_till_dies(mortal: Mortal) -> None:
    """Part by voucher, the rest in cash: what is off the voucher is what its sales say."""
    office = mortal.office
    path, body = f"{office.owner.path}/vouchers", {"value_minor": WORTH}
    (made,) = await office.office.ok("POST", path, office.owner, json=body)
    tenders = (Tender(kind=VOUCHER, code=made["code"], amount_minor=1_100), Tender(kind=CASH))
    wanted = msgspec.structs.replace(one_type(STANDARD, cashier=mortal.cashier), tenders=tenders)
    given_up = 0

    async def sell(counter: Counter) -> Any:
        answer = await counter.till.session.till.sell(wanted)
        assert answer.sale is not None, answer
        return answer

    async def settle(counter: Counter, answer: Any) -> None:
        nonlocal given_up
        book = counter.till.session.till.open_sales
        found = book.list_open()
        assert answer is None or not found
        for sale in found:
            if sale.unknown is not None:
                await book.ask_again(sale.sale_id)
            if (left := book.find(sale.sale_id)) is None:
                continue
            if mortal.deaths % 2 and any(part.state == "paid" for part in left.parts):
                assert (await book.give_up(sale.sale_id, mortal.cashier)).seq is not None
                given_up += 1
            else:
                done = await book.finish(sale.sale_id, (Tender(kind=CASH),))
                assert done.sale is not None, done

    await mortal.every_step(sell, settle)
    risen = await mortal.end()
    paid = await rows(office, Payment)
    by_voucher = [one.amount_minor for one in paid if one.tender == VOUCHER]
    (voucher,) = await rows(office, Voucher)
    assert voucher.spent_minor == sum(by_voucher)
    orders = await sold(office)
    assert {one.total_minor for one in orders} == {PRICE}
    assert sum(one.amount_minor for one in paid) == PRICE * len(orders)
    sums = risen.till.session.shifts.sums()
    assert sums is not None
    assert sums.expected_minor == 10_000 + PRICE * len(orders) - sum(by_voucher)
    assert await named(office) == {}
    await risen.till.session.close()


@pytest.mark.parametrize(("price", "to"), [(4_000, 1), (PRICE, 2)], ids=["cheaper", "dearer"])
async def test_exchange_is_whole_or_not_at_all_whenever_the_till_dies(
    mortal: Mortal, price: int, to: int
) -> None:
    """Asked again it is done once; the old one opens no gate, the drawer has the difference."""
    office, other = mortal.office, {1: 2, 2: 1}[to]
    seller = await mortal.rise()
    old = [await seller.sell(other) for _ in range(SOLD)]
    await seller.till.sync()
    await seller.till.session.close()
    at = 0

    async def exchange(counter: Counter) -> Any:
        tenders = [{"kind": "cash"}] if to == 2 else []
        return await counter.say(exchange=old[at]["ticket_id"], to=to, tenders=tenders)

    async def settle(counter: Counter, answer: Any) -> None:
        nonlocal at
        assert answer is None or answer["ok"], answer
        await counter.till.sync()
        if answer is None and not await is_gone(office, old[at]["ticket_id"]):
            again = await exchange(counter)
            assert again["ok"], again
        at += 1

    times = await mortal.every_step(exchange, settle)
    risen = await mortal.end()
    sums = risen.till.session.shifts.sums()
    assert sums is not None
    prices = {1: PRICE, 2: 4_000}
    expected = 10_000 + SOLD * price + times * (prices[to] - price)
    assert sums.expected_minor == expected
    good = [one for one in await rows(office, Ticket) if one.state == "paid"]
    assert len(good) == len(office.tickets) + SOLD
    gone = [await is_gone(office, one["ticket_id"]) for one in old]
    assert gone == [True] * times + [False] * (SOLD - times)
    assert await named(office) == {}
    await risen.till.session.close()


async def is_gone(office: LedgerOffice, ticket_id: str) -> bool:
    """Tell whether a ticket was cancelled."""
    found = await office.office.ok("GET", f"{office.path}/tickets/{ticket_id}", office.owner)
    return bool(found["state"] == "cancelled")


async def test_new_credential_is_the_only_one_whenever_the_till_dies(
    mortal: Mortal, tmp_path: Path
) -> None:
    """Who is there asks again and gets one; it opens the gate once, and no earlier one does."""
    office = mortal.office
    seller = await mortal.rise()
    old = [await seller.sell(STANDARD) for _ in range(SOLD)]
    await seller.till.sync()
    await seller.till.session.close()
    new: list[str] = []

    async def replace(counter: Counter) -> Any:
        return await counter.say(transfer=old[len(new)]["ticket_id"])

    async def settle(counter: Counter, answer: Any) -> None:
        await counter.till.sync()
        answer = answer or await replace(counter)
        assert answer["ok"], answer
        new.append(answer["tickets"][0]["digits"])

    times = await mortal.every_step(replace, settle)
    risen = await mortal.end()
    gate = await open_gate(office, tmp_path / "gate", 0)
    await gate.sync()
    for number in range(times):
        assert (await gate.scan(old[number]["digits"])).reason == "superseded"
        assert (await gate.scan(new[number])).reason == "ok"
        assert (await gate.scan(new[number])).reason == "already_used"
    await gate.sync()
    assert await named(office) == {}
    await gate.session.close()
    await risen.till.session.close()


async def test_order_is_picked_up_in_parts_whenever_the_till_dies(
    mortal: Mortal, tmp_path: Path
) -> None:
    """Two of three now, one later: each is handed over, and what was handed over last is good."""
    office = mortal.office
    tickets: list[str] = []
    new: dict[str, str] = {}

    async def place(counter: Counter) -> None:
        (kind, *_) = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
        body = {
            "lines": [{"ticket_type_id": kind["id"], "quantity": 3}],
            "payment": "paid",
            "buyer_name": "Klara Novak",
        }
        path = f"{office.path}/orders"
        order = await office.office.ok("POST", path, office.owner, json=body)
        tickets[:] = [one["id"] for one in order["tickets"]]
        office.office.clock.advance(BUYERS_PACE)
        await counter.till.sync()

    async def hand_over(counter: Counter, wanted: list[str]) -> Any:
        answer = await counter.say(pick_up=wanted, badge=mortal.badge, reason="id_shown")
        if answer["ok"]:
            new.update({one["ticket_id"]: one["digits"] for one in answer["tickets"]})
        return answer

    async def first_two(counter: Counter) -> Any:
        return await hand_over(counter, tickets[:2])

    async def settle(counter: Counter, answer: Any) -> None:
        await counter.till.sync()
        if answer is None:
            answer = await hand_over(counter, tickets[:2])
        assert answer["ok"], answer
        rest = await hand_over(counter, tickets[2:])
        assert rest["ok"], rest
        await place(counter)

    before = await mortal.rise()
    await place(before)
    await before.till.session.close()
    times = await mortal.every_step(first_two, settle)
    assert len(new) == 3 * times
    risen = await mortal.end()
    gate = await open_gate(office, tmp_path / "gate", 0)
    await gate.sync()
    assert {(await gate.scan(code)).reason for code in new.values()} == {"ok"}
    await gate.sync()
    assert await named(office) == {}
    await gate.session.close()
    await risen.till.session.close()
