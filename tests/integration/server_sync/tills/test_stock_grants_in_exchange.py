"""What a till may sell: keys delegated with their proof, ranges, shares of what is left."""

from __future__ import annotations

import pytest

from shared.credential.manual_code import format_manual_code
from shared.kernel.ids import format_ticket_id
from shared.wire.feed import ConfigChange
from tests.factories.sales_till import PRICE, Till

pytestmark = pytest.mark.either_database


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
