"""Tills sell alone: their keys are delegated, and their sales booked when the journal comes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.homes.ledger_feed import LedgerFeed
from server.journals.sales import SaleBooking
from shared.credential.claims import Claims
from shared.credential.codec import to_digits
from shared.credential.manual_code import format_manual_code
from shared.credential.signing import sign_credential
from shared.journal.sale import SaleBody, SoldTicket
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MINUTE
from shared.manifest.tickets import TicketRow
from shared.wire.enrol import TILL_KEY_CONTEXT
from shared.wire.exchange import EntryStatus
from shared.wire.feed import ConfigChange
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.racing import rows_of

pytestmark = pytest.mark.integration

PRICE = 2500


class Till:
    """A till with a delegated key, under the test's control."""

    def __init__(self, office: LedgerOffice, device: GateDevice) -> None:
        self.office = office
        self.device = device
        self.key = SigningKey.generate(office.office.entropy)
        self.grant: dict[str, Any] = {}
        self.sales = 0

    async def ask(self, key: SigningKey | None = None) -> httpx.Response:
        """Ask for the key to be delegated."""
        key = key or self.key
        said = self.office.event_id.encode() + key.public_key
        return await self.office.office.client.post(
            "/sync/v1/till-key",
            json={
                "event_id": self.office.event_id,
                "public_key": key.public_key.hex(),
                "proof": key.sign(TILL_KEY_CONTEXT, said).hex(),
            },
            headers=self.device.headers,
        )

    async def open(self) -> None:
        """Take the grant."""
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        self.grant = answer.json()

    def mint(self, number: int, *, price: int = PRICE, **changed: Any) -> SoldTicket:
        """Mint a ticket from the till's own range."""
        free = 64 - self.grant["id_prefix_bits"]
        manual_free = 40 - self.grant["manual_prefix_bits"]
        values = {
            "ticket_id": self.grant["id_prefix"] << free | number,
            "ticket_type_code": 1,
            "generation": 0,
            "key_id": self.grant["key_id"],
            "manual_code": self.grant["manual_prefix"] << manual_free | number,
            "valid_from": None,
            "valid_until": None,
            "price_minor": price,
        }
        return SoldTicket(**(values | changed))

    def code(self, sold: SoldTicket) -> str:
        """Print a ticket's code."""
        claims = Claims(
            key_id=sold.key_id,
            ticket_id=sold.ticket_id,
            ticket_type_code=sold.ticket_type_code,
            generation=sold.generation,
        )
        return to_digits(sign_credential(claims, self.key))

    def sell(self, tickets: Sequence[SoldTicket], *, sale_id: str = "", **changed: Any) -> str:
        """Record a sale."""
        self.sales += 1
        sale_id = sale_id or self.office.office.entropy.random_bytes(16).hex()
        total = changed.get("total_minor", sum(one.price_minor for one in tickets))
        body = SaleBody(
            sale_id=sale_id,
            receipt_number=self.sales,
            currency="EUR",
            total_minor=total,
            tender=changed.get("tender", "cash"),
            tickets=tuple(tickets),
        )
        self.device.journal.add(body, self.office.event_id, self.office.now)
        return sale_id

    async def sync(self) -> list[str]:
        """Upload everything."""
        answer = await self.office.exchanged(self.device, self.device.journal.entries)
        return [one.status for one in answer.answers]


@pytest.fixture
async def till(ledger_office: LedgerOffice) -> Till:
    """Give a till that may sell."""
    opened = Till(ledger_office, await ledger_office.enrol(role="till"))
    await opened.open()
    return opened


async def test_walk_up_is_admitted_before_and_after_its_sale_arrives(till: Till) -> None:
    """A gate's claim for a ticket that nobody has heard of is decided by its signature."""
    gate = await till.office.enrol(1)
    early, late = till.mint(1), till.mint(2)
    first = await till.office.claimed(gate, till.code(early))
    again = await till.office.claimed(gate, till.code(early))
    assert (first["verdict"], again["reason"]) == ("admit", "already_used")
    till.sell([early, late])
    await till.sync()
    third = await till.office.claimed(gate, till.code(late))
    assert third["verdict"] == "admit"
    feed = await till.office.read_feed(gate)
    told = [item.ticket_id for item in feed if isinstance(item, TicketRow)]
    assert told == [early.ticket_id, late.ticket_id]
    assert await till.office.conflicts() == []


def enter(till: Till, gate: GateDevice, sold: SoldTicket, count: int = 1) -> None:
    """Let somebody in with a ticket of which the server has not heard."""
    office = till.office
    claim_id = ClaimId(office.office.entropy.random_bytes(16).hex())
    office.scan(
        gate,
        0,
        claim_id=claim_id,
        ticket_id=sold.ticket_id,
        generation=sold.generation,
        key_id=sold.key_id,
        count=count,
        seen=office.prove(gate, till.code(sold), claim_id, till.key.public_key),
    )


async def test_group_that_came_before_its_sale_accuses_nobody(till: Till) -> None:
    """Two gates let a walk-up group in by parts; only when more came than it has is it told."""
    office = till.office
    await office.office.ticket_type(office.owner, office.event_id, name="Group", persons=3)
    await till.open()  # its key is good for the types that it was granted
    gates = [await office.enrol(n % 2) for n in range(3)]
    office.office.clock.advance(MINUTE)
    group = till.mint(1, ticket_type_code=2)
    for gate, count in zip(gates, (2, 1, 1), strict=True):
        enter(till, gate, group, count)
    for gate in gates[:2]:
        await office.exchanged(gate, gate.journal.entries)
    assert await office.conflicts() == []
    await office.exchanged(gates[2], gates[2].journal.entries)
    assert [one["kind"] for one in await office.conflicts()] == ["double_use"]


async def test_double_use_that_came_before_its_sale_is_found_when_that_comes(till: Till) -> None:
    """It may have been a group's ticket; the sale says that it was for one."""
    office = till.office
    await office.office.ticket_type(office.owner, office.event_id, name="Group", persons=3)
    await till.open()  # its key is good for the types that it was granted
    gates = [await office.enrol(n) for n in range(2)]
    office.office.clock.advance(MINUTE)
    sold = till.mint(1)
    for gate in gates:
        enter(till, gate, sold)
        await office.exchanged(gate, gate.journal.entries)
    assert await office.conflicts() == []
    till.sell([sold])
    await till.sync()
    (conflict,) = await office.conflicts()
    detail = await office.office.ok(
        "GET", f"{office.path}/conflicts/{conflict['id']}", office.owner
    )
    assert conflict["kind"] == "double_use"
    assert {side["device_id"] for side in detail["sides"]} == {gate.id for gate in gates}
    assert all(side["entry"] for side in detail["sides"])


async def test_second_look_at_a_sold_ticket_is_made_up_for(till: Till) -> None:
    """A server that fails or stops between booking a sale and looking again does so later."""
    office = till.office
    await office.office.ticket_type(office.owner, office.event_id, name="Group", persons=3)
    await till.open()  # its key is good for the types that it was granted
    gates = [await office.enrol(n) for n in range(2)]
    office.office.clock.advance(MINUTE)
    sold = till.mint(1)
    for gate in gates:
        office.scan(gate, 0)
        enter(till, gate, sold)
        await office.exchanged(gate, gate.journal.entries)
    assert len(await office.conflicts()) == 1
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text("CREATE UNIQUE INDEX probe ON conflict (kind)"))
    till.sell([sold])
    assert set(await till.sync()) == {EntryStatus.STORED}
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text("DROP INDEX probe"))
    assert len(await office.conflicts()) == 1
    async with open_ledger_office_again(office.office.settings, office), asyncio.timeout(10):
        while True:
            conflicts = await office.conflicts()
            if len(conflicts) > 1:
                break
            await asyncio.sleep(0.01)
    assert [one["kind"] for one in conflicts] == ["double_use"] * 2
    orders = await office.office.ok("GET", f"{office.path}/orders", office.owner)
    assert len(orders["items"]) == 1


async def test_sale_becomes_one_order_however_often_it_is_sent(till: Till) -> None:
    """The same sale, uploaded again and under another entry, is one paid order."""
    sale_id = till.sell([till.mint(1), till.mint(2)])
    assert await till.sync() == [EntryStatus.STORED] * 2
    till.sell([till.mint(1), till.mint(2)], sale_id=sale_id)
    await till.sync()
    office = till.office
    orders = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
    (order,) = orders
    assert (order["state"], order["channel"], order["total_minor"]) == (
        "paid",
        "box_office",
        2 * PRICE,
    )
    types = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
    assert (types[0]["sold"], types[0]["allotted"]) == (22, 198)
    tickets = await office.office.ok(
        "GET", f"{office.path}/tickets", office.owner, params={"order_id": order["id"]}
    )
    assert len(tickets["items"]) == 2


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("price", "price_mismatch"),
        ("total", "price_mismatch"),
        ("type", "sold_unknown_type"),
        ("range", "sold_out_of_range"),
        ("twice", "sold_twice"),
    ],
)
async def test_sale_that_does_not_fit_is_kept_as_a_conflict(
    till: Till, case: str, kind: str
) -> None:
    """What a till sold is never refused; what is wrong with it is named, with the evidence."""
    match case:
        case "price":
            till.sell([till.mint(1, price=1)])
        case "total":
            till.sell([till.mint(1)], total_minor=1)
        case "type":
            till.sell([till.mint(1, ticket_type_code=77)])
        case "range":
            till.sell([till.mint(1, ticket_id=5)])
        case "twice":
            till.sell([till.mint(1)])
            till.sell([till.mint(1)])
        case _:
            raise AssertionError(case)
    assert set(await till.sync()) == {EntryStatus.STORED}
    (conflict,) = await till.office.conflicts()
    assert conflict["kind"] == kind
    path = f"{till.office.path}/conflicts/{conflict['id']}"
    detail = await till.office.office.ok("GET", path, till.office.owner)
    assert detail["sides"][0]["entry"]


@pytest.mark.parametrize(
    ("second", "kinds"),
    [
        ({"ticket_id": 1}, {"sold_twice"}),
        ({"manual_code": 1}, set()),
        ({"valid_from": 1 << 63}, {"sold_unknown_type"}),
        ({"valid_until": 1 << 60}, {"sold_unknown_type"}),
    ],
)
async def test_sale_that_contradicts_itself_is_booked_as_far_as_it_goes(
    till: Till, second: dict[str, int], kinds: set[str]
) -> None:
    """One id or manual code sold twice, a time that no calendar has: the rest is booked."""
    first = till.mint(1)
    same = {name: getattr(first, name) for name in second if name in {"ticket_id", "manual_code"}}
    till.sell([first, till.mint(2, **second | same)])
    assert set(await till.sync()) == {EntryStatus.STORED}
    assert {one["kind"] for one in await till.office.conflicts()} == kinds
    (order,) = (
        await till.office.office.ok("GET", f"{till.office.path}/orders", till.office.owner)
    )["items"]
    tickets = await till.office.office.ok(
        "GET",
        f"{till.office.path}/tickets",
        till.office.owner,
        params={"order_id": order["id"]},
    )
    assert len(tickets["items"]) == (1 if kinds else 2)


async def test_sale_that_cannot_be_booked_holds_up_no_other(till: Till) -> None:
    """Its upload is answered, the next one is booked, and it is booked itself when that goes."""
    office = till.office.office
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("CREATE UNIQUE INDEX probe ON ticket_order (total_minor)"))
    for number, price in enumerate((1, 1, 2)):
        till.sell([till.mint(number, price=price)])
    assert set(await till.sync()) == {EntryStatus.STORED}
    path = f"{till.office.path}/orders"
    booked = (await office.ok("GET", path, till.office.owner))["items"]
    assert sorted(one["total_minor"] for one in booked) == [1, 2]
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(text("DROP INDEX probe"))
    desk = SaleBooking(office.context, LedgerFeed())
    assert (await desk.catch_up(), await desk.catch_up()) == (1, 0)
    booked = (await office.ok("GET", path, till.office.owner))["items"]
    assert sorted(one["total_minor"] for one in booked) == [1, 1, 2]


async def test_free_tickets_need_no_price(till: Till) -> None:
    """A complimentary sale at no price is in order."""
    till.sell([till.mint(1, price=0)], tender="comp")
    await till.sync()
    assert await till.office.conflicts() == []


async def test_grant_is_topped_up_and_the_same_key_keeps_its_range(till: Till) -> None:
    """Asking again gives the same range; what was sold is replaced."""
    till.sell([till.mint(n) for n in range(3)])
    await till.sync()
    before = till.grant
    await till.open()
    assert till.grant["key_id"] == before["key_id"]
    assert till.grant["id_prefix"] == before["id_prefix"]
    assert before["allotments"] == [{"ticket_type_code": 1, "count": 200}]
    assert till.grant["allotments"] == [{"ticket_type_code": 1, "count": 203}]


async def test_a_till_takes_a_share_of_what_is_left_however_often_it_asks(till: Till) -> None:
    """A till that had sold nothing took the last ninety-one: the office could sell none."""
    office = till.office
    body = {"name": "Family", "price_minor": PRICE, "quantity_limit": 91}
    made = await office.office.ok("POST", f"{office.path}/ticket-types", office.owner, json=body)
    other = Till(office, await office.enrol(role="both"))
    for one, share in ((till, 22), (other, 17), (till, 22)):
        await one.open()
        granted = {row["ticket_type_code"]: row["count"] for row in one.grant["allotments"]}
        assert granted[made["code"]] == share


async def test_each_till_gets_a_range_of_its_own(till: Till) -> None:
    """No two tills share ids, manual codes or key ids; gates learn the new key by the feed."""
    other = Till(till.office, await till.office.enrol(role="both"))
    await other.open()
    for name in ("key_id", "id_prefix", "manual_prefix"):
        assert till.grant[name] != other.grant[name]
    feed = await till.office.read_feed(till.device)
    change = [item for item in feed if isinstance(item, ConfigChange)][-1]
    keys = {key.public_key: key for key in change.keyring}
    assert keys[other.key.public_key].issuer_device_id == other.device.id
    assert keys[till.key.public_key].ids.bits == till.grant["id_prefix_bits"]


async def test_key_is_delegated_to_tills_with_its_proof_only(till: Till) -> None:
    """A gate, a wrong proof, and the journal's own key are refused."""
    gate = Till(till.office, await till.office.enrol(role="gate"))
    assert (await gate.ask()).status_code == 403
    assert (await till.ask(till.device.key)).status_code == 403
    body = {"event_id": till.office.event_id, "public_key": "00" * 32, "proof": "00" * 64}
    answer = await till.office.office.client.post(
        "/sync/v1/till-key", json=body, headers=till.device.headers
    )
    assert answer.status_code == 403


async def test_sale_beyond_all_stock_is_booked_and_named(till: Till) -> None:
    """A till that sold more than it was granted: the rest waits for the organizer."""
    office = till.office
    terms = {"name": "Standard", "price_minor": PRICE, "quantity_limit": 220}
    path = f"{office.path}/ticket-types/{office.ticket_type_id}"
    await office.office.ok("PUT", path, office.owner, json=terms)
    sold = [till.mint(n) for n in range(201)]
    for start in range(0, 201, 40):
        till.sell(sold[start : start + 40])
    await till.sync()
    kinds = {one["kind"] for one in await office.conflicts()}
    assert kinds == {"oversold", "sold_out_of_range"}
    gate = await office.enrol(1)
    assert (await office.claimed(gate, till.code(sold[199])))["verdict"] == "admit"
    assert (await office.claimed(gate, till.code(sold[200])))["verdict"] != "admit"


async def test_what_a_till_had_no_right_to_sell_admits_nobody_until_it_is_accepted(
    till: Till,
) -> None:
    """Types, numbers, generations and codes beyond its grant: the money is booked, and named."""
    office = till.office
    gate = await office.enrol(1)
    await office.office.ticket_type(office.owner, office.event_id, name="Later")
    manual = till.grant["manual_prefix"] ^ 1
    beyond = [
        till.mint(1, ticket_type_code=2),
        till.mint(2, generation=3),
        till.mint(1 << 20),
        till.mint(4, ticket_id=4711),
        till.mint(5, manual_code=manual << (40 - till.grant["manual_prefix_bits"])),
    ]
    fair = till.mint(6)
    till.sell([*beyond, fair])
    await till.sync()
    assert [one["kind"] for one in await office.conflicts()] == ["sold_out_of_range"] * 5
    for one in beyond:
        for code in (till.code(one), format_manual_code(one.manual_code)):
            assert (await office.claimed(gate, code))["verdict"] != "admit", one
    assert (await office.claimed(gate, till.code(fair)))["verdict"] == "admit"
    orders = await office.office.ok("GET", f"{office.path}/orders", office.owner)
    assert orders["items"][0]["total_minor"] == 6 * PRICE
    path = f"{office.path}/tickets/{format_ticket_id(beyond[4].ticket_id)}/block"
    await office.office.ok("PUT", path, office.owner, json={"blocked": False})
    assert (await office.claimed(gate, till.code(beyond[4])))["verdict"] == "admit"


async def test_what_a_till_tells_of_another_tills_numbers_makes_no_ticket(till: Till) -> None:
    """The other one sells them still, and they admit."""
    office = till.office
    gate = await office.enrol(1)
    other = Till(office, await office.enrol(role="till"))
    await other.open()
    theirs = other.mint(1)
    till.sell([till.mint(1, ticket_id=theirs.ticket_id, manual_code=theirs.manual_code)])
    await till.sync()
    other.sell([theirs])
    await other.sync()
    assert [one["kind"] for one in await office.conflicts()] == ["sold_out_of_range"]
    assert (await office.claimed(gate, other.code(theirs)))["verdict"] == "admit"


@pytest.mark.parametrize("prices", [(2500, 100), (100, 2500), (100, 100)])
async def test_refund_of_a_sale_is_what_each_ticket_has_cost(
    till: Till, prices: tuple[int, int]
) -> None:
    """Tickets of one type sold at two prices are paid back at their own, in any order."""
    till.sell([till.mint(number, price=price) for number, price in enumerate(prices, 1)])
    await till.sync()
    office = till.office
    ((order_id, total),) = await rows_of(
        office.office, "SELECT id, total_minor FROM ticket_order WHERE channel = 'box_office'"
    )
    shown = await office.office.ok("GET", f"{office.path}/orders/{order_id}", office.owner)
    owed = {}
    for ticket in shown["tickets"]:
        path = f"{office.path}/tickets/{ticket['id']}/refund"
        await office.office.ok("POST", path, office.owner, json={"reason": "ill"})
        asked = "SELECT amount_minor FROM refund WHERE ticket_id = :id"
        ((owed[ticket["id"]],),) = await rows_of(office.office, asked, id=ticket["id"])
    sold = {till.mint(number).ticket_id: price for number, price in enumerate(prices, 1)}
    assert owed == {format_ticket_id(ticket_id): price for ticket_id, price in sold.items()}
    assert sum(owed.values()) == total


async def test_sale_id_of_another_till_takes_no_sale_away(till: Till) -> None:
    """Two tills' sales under one id are two orders: whoever knows an id can swallow nothing."""
    other = Till(till.office, await till.office.enrol(1, role="till"))
    await other.open()
    sale_id = till.sell([till.mint(1)])
    other.sell([other.mint(1), other.mint(2)], sale_id=sale_id)
    for one in (till, other):
        assert set(await one.sync()) == {EntryStatus.STORED}
    asked = "SELECT total_minor FROM ticket_order ORDER BY total_minor"
    assert await rows_of(till.office.office, asked) == [(PRICE,), (2 * PRICE,)]
    assert await till.office.conflicts() == []


async def test_sale_id_that_says_something_else_is_booked_with_a_conflict(till: Till) -> None:
    """What a till sold is valid: the second sale under its own id is booked, and named, once."""
    sale_id = till.sell([till.mint(1)])
    till.sell([till.mint(2), till.mint(3)], sale_id=sale_id)
    till.sell([till.mint(2), till.mint(3)], sale_id=sale_id)
    assert set(await till.sync()) == {EntryStatus.STORED}
    asked = "SELECT total_minor FROM ticket_order ORDER BY total_minor"
    assert await rows_of(till.office.office, asked) == [(PRICE,), (2 * PRICE,)]
    assert [one["kind"] for one in await till.office.conflicts()] == ["sale_id_reused"]
    gate = await till.office.enrol(1)
    for number in (1, 2, 3):
        claimed = await till.office.claimed(gate, till.code(till.mint(number)))
        assert claimed["verdict"] == "admit"
