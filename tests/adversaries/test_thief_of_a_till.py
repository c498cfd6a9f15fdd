"""A thief of a till: its folder and keys, and the network.

Until it is revoked it sells within its grant; what it mints beyond its bounds goes to a person,
what it tells of sales that it had no right to is named. From the revocation on listed tickets
pass, and no other: by code, by manual code or by a sale that is sent afterwards.

Proven elsewhere: other events' keys, one live key, generations that nobody issued, blocks, ids
beyond the grant and two requests at once (`test_revoked_tills.py`); sales that fit
nothing (`test_till_sales.py`); gates that are cut off (`unit/shared/manifest`, by the keyring's
bounds).
"""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.admission.purpose import REPLACING, Purpose
from shared.credential.manual_code import format_manual_code
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.journal.entry import Body
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.stock_return_body import ReturnedType, StockReturnBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, EventId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import DAY, HOUR, MINUTE, Instant, format_instant
from shared.wire.feed import ConflictNotice
from shared.wire.till_stock import KnownStock
from tests.adversaries.scene import named, on_ticket, other_event, reasons
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.sales_till import PRICE, Till
from tests.factories.wired_gates import open_gate
from tests.factories.withdrawing import signed_by, withdrawal
from tests.integration.server_sync.reconciliation.test_typed_codes import codes_of, prove
from tests.integration.server_sync.tills.test_revoked_tills import revoke
from tests.integration.server_sync.tills.test_second_event import second_event

GRANTED = 200
"""Tickets of the one type that a new till may sell."""

CODE_OF_ITS_OWN = 1 << 39


async def test_cut_off_gate_admits_what_it_mints_within_its_bounds_and_each_is_named(
    till: Till, tmp_path: Path
) -> None:
    """A gate that has not heard of the revocation; beyond the bounds it sends to a person."""
    office = till.office
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    await gate.cut()
    minted = [till.mint(number) for number in range(1, 6)]
    wrong = [
        till.mint(GRANTED),
        till.mint(1 << 40),
        till.mint(7, generation=1),
        till.mint(8, ticket_type_code=2),
        till.mint(0, ticket_id=office.tickets[0]),
        till.mint(9, key_id=office.key_id),
    ]
    for one in minted:
        assert (await gate.scan(till.code(one))).verdict == "admit"
        assert (await gate.scan(till.code(one))).verdict == "deny"
    for one in wrong:
        assert (await gate.scan(till.code(one))).verdict != "admit"
    await revoke(till)
    await gate.mend()
    assert await named(office) == {"unexplained": len(minted)}
    found = [one for one in await office.conflicts() if one["kind"] == "unexplained"]
    assert all("revoked" in one["detail"] for one in found)
    assert (await gate.scan(till.code(till.mint(6)))).verdict == "refer"
    await gate.cut()
    assert (await gate.scan(till.code(till.mint(6)))).verdict == "refer"
    await gate.session.close()


async def test_whom_gates_let_in_before_the_revocation_on_what_it_minted_is_named_by_it(
    till: Till, tmp_path: Path
) -> None:
    """By a gate that was cut off and one that asked; what it had told to be sold stands."""
    office = till.office
    gate = await open_gate(office, tmp_path, 0)
    asks = await office.enrol(1)
    sold, told, *minted = [till.mint(number) for number in range(1, 6)]
    till.sell([sold])
    await till.sync()
    await gate.sync()
    await gate.cut()
    for one in (sold, *minted[:2]):
        assert (await gate.scan(till.code(one))).verdict == "admit"
    await gate.mend()
    for one in (told, minted[2]):
        assert (await office.claimed(asks, till.code(one)))["reason"] == "ok"
    assert (await office.claimed(asks, office.codes[0]))["reason"] == "ok"
    till.sell([told])
    await till.sync()
    assert await named(office) == {}
    await revoke(till)
    assert await named(office) == {"unexplained": len(minted)}
    found = [one for one in await office.conflicts() if one["kind"] == "unexplained"]
    assert {one["ticket_id"] for one in found} == {
        format_ticket_id(one.ticket_id) for one in minted
    }
    assert all("revoked" in one["detail"] for one in found)
    feed = await office.read_feed(asks)
    assert sum(isinstance(one, ConflictNotice) for one in feed) == len(minted)
    await gate.session.close()


async def test_whom_gates_let_in_on_what_another_key_signs_is_not_its_revocations(
    till: Till,
) -> None:
    """Another till's ticket, whose sale has not come, stays explained: that till is trusted."""
    office = till.office
    gate = await office.enrol(1)
    other = Till(office, await office.enrol(role="till"))
    await other.open()
    for one in (till, other):
        assert (await office.claimed(gate, one.code(one.mint(1))))["reason"] == "ok"
    await revoke(till)
    assert await named(office) == {"unexplained": 1}
    till.sell([till.mint(1)])
    other.sell([other.mint(1)])
    await other.sync()
    await till.sync()
    assert await named(office) == {"unexplained": 1}


async def test_whom_gates_let_in_before_its_key_was_declared_compromised_is_named(
    till: Till,
) -> None:
    """By the organizer, or by the till that draws another key."""
    office = till.office
    gate = await office.enrol(1)
    assert (await office.claimed(gate, till.code(till.mint(1))))["reason"] == "ok"
    till.key = SigningKey.generate(office.office.entropy)
    await till.open()
    assert await named(office) == {"unexplained": 1}
    path = f"{office.owner.path}/keys/{till.key.public_key.hex()}"
    assert (await office.claimed(gate, till.code(till.mint(2))))["reason"] == "ok"
    await office.office.ok("POST", f"{path}/compromise", office.owner, json={"reason": "found"})
    assert await named(office) == {"unexplained": 2}


async def test_after_the_revocation_nothing_that_it_says_has_effect(till: Till) -> None:
    """Sales, keys that it asks for, claims and passages; what it sold before stands."""
    office = till.office
    gate = await office.enrol(1)
    sold, late = till.mint(1), till.mint(2)
    till.sell([sold])
    await till.sync()
    await revoke(till)
    till.sell([late])
    office.scan(till.device, 0)
    assert set(await till.sync()) <= {"known", "stored", "unconfirmed"}
    for code in (till.code(late), format_manual_code(late.manual_code)):
        assert (await office.claimed(gate, code))["verdict"] != "admit"
    assert (await office.claimed(gate, office.codes[0]))["reason"] == "ok"
    assert (await office.claimed(gate, till.code(sold)))["reason"] == "ok"
    assert (await till.ask(SigningKey.generate(office.office.entropy))).status_code == 403
    assert (await office.claim(till.device, office.codes[1])).status_code == 403
    orders = await office.office.ok("GET", f"{office.path}/orders", office.owner)
    assert len(orders["items"]) == 1


async def test_what_it_claims_to_have_sold_of_others_is_named_and_changes_no_ticket(
    till: Till,
) -> None:
    """A listed ticket sold again, under a newer generation, another type or an id of nobody's."""
    office = till.office
    gate = await office.enrol(1)
    taken = till.mint(1, ticket_id=office.tickets[0], generation=5)
    foreign = till.mint(2, ticket_id=4711)
    typed = till.mint(3, ticket_type_code=9)
    till.sell([taken, foreign, typed])
    assert set(await till.sync()) == {"stored"}
    found = await named(office)
    assert found["sold_out_of_range"] >= 2
    assert found["sold_twice"] == 1
    assert found["sold_unknown_type"] == 1
    for one in (taken, foreign, typed):
        assert (await office.claimed(gate, till.code(one)))["verdict"] != "admit"
    assert (await office.claimed(gate, office.codes[0]))["reason"] == "ok"


async def test_what_it_sells_beyond_its_grant_is_booked_and_admits_nobody(till: Till) -> None:
    """By code or manual code, until the organizer unblocks it; other tills' ids make no ticket."""
    office = till.office
    gate = await office.enrol(1)
    await office.office.ticket_type(office.owner, office.event_id, name="Later")
    other = Till(office, await office.enrol(role="till"))
    await other.open()
    theirs = other.mint(1)
    sold = [
        till.mint(1, ticket_type_code=2),
        till.mint(2, generation=1),
        till.mint(GRANTED),
        till.mint(1 << 34),
        till.mint(3, ticket_id=4711),
        till.mint(4, ticket_id=theirs.ticket_id),
        till.mint(5, manual_code=theirs.manual_code),
    ]
    till.sell(sold)
    assert set(await till.sync()) == {"stored"}
    assert await named(office) == {"sold_out_of_range": len(sold)}
    for one in sold:
        for code in (till.code(one), format_manual_code(one.manual_code)):
            assert (await office.claimed(gate, code))["verdict"] != "admit", one
    other.sell([theirs])
    await other.sync()
    assert (await office.claimed(gate, other.code(theirs)))["reason"] == "ok"
    orders = await office.office.ok("GET", f"{office.path}/orders", office.owner)
    assert sum(one["total_minor"] for one in orders["items"]) == (len(sold) + 1) * PRICE


async def test_what_it_sells_for_other_hours_than_its_types_admits_nobody(
    ledger_office: LedgerOffice,
) -> None:
    """An evening ticket that is good all year; hours that the type had once are a late till's."""
    office = ledger_office
    desk, owner, now = office.office, office.owner, office.now
    hours = {"valid_from": format_instant(now - HOUR), "valid_until": format_instant(now + HOUR)}
    await desk.ticket_type(owner, office.event_id, name="Evening", **hours)
    await desk.hand_over(office.path, owner)
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    evening = {"ticket_type_code": 2, "valid_from": Instant(now - HOUR)}
    own = till.mint(1, valid_until=Instant(now + HOUR), **evening)
    bare = till.mint(2, ticket_type_code=2)
    later = till.mint(3, valid_until=Instant(now + DAY), **evening)
    endless = till.mint(4, **evening)
    sooner = till.mint(5, **evening | {"valid_from": Instant(0), "valid_until": now})
    till.sell([own, bare, later, endless, sooner])
    await till.sync()
    assert (await named(office))["sold_out_of_range"] == 3
    gate = await office.enrol(1)
    for good in (own, bare):
        assert (await office.claimed(gate, till.code(good)))["reason"] == "ok"
    for bad in (later, endless, sooner):
        assert (await office.claimed(gate, till.code(bad)))["reason"] == "blocked"


@pytest.mark.parametrize("named_plan", [0, 1, 2])
async def test_what_it_sells_below_its_price_is_named_whichever_plan_it_names(
    ledger_office: LedgerOffice, named_plan: int
) -> None:
    """Of a plan that has no such type, and of none, nobody can have sold."""
    office = ledger_office
    await office.office.ticket_type(office.owner, office.event_id, name="Box", price_minor=9_000)
    await office.office.hand_over(office.path, office.owner)
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    till.sell([till.mint(1, ticket_type_code=2, price=1)], plan=named_plan)
    till.sell([till.mint(2, ticket_type_code=2, price=9_000)], plan=named_plan)
    await till.sync()
    assert await named(office) == {"price_mismatch": 1}


async def test_what_it_had_given_back_before_the_theft_it_mints_no_more(
    till: Till, tmp_path: Path
) -> None:
    """The till gave its stock back when its shift closed: its key is worth what it has sold."""
    office = till.office
    gate, cut_off = await office.enrol(1), await open_gate(office, tmp_path, 0)
    sold = [till.mint(number) for number in range(3)]
    till.sell(sold)
    back = StockReturnBody(
        serial=1, why="close", types=(ReturnedType(1, GRANTED - len(sold), len(sold)),)
    )
    till.device.journal.add(back, office.event_id, office.now)
    await office.exchanged(
        till.device,
        till.device.journal.entries,
        stock=KnownStock(1, 1, wants=False, sold=len(sold)),
    )
    await cut_off.sync()
    await cut_off.cut()
    for one in sold:
        assert (await office.claimed(gate, till.code(one)))["reason"] == "ok"
    for number in (100, GRANTED - 1):
        one = till.mint(number)
        assert (await office.claimed(gate, till.code(one)))["verdict"] == "refer"
        assert (await cut_off.scan(till.code(one))).verdict == "refer"
    await cut_off.session.close()


async def test_another_key_gives_it_nothing_back_of_what_was_sold_by_the_one_before(
    till: Till,
) -> None:
    """Its folder is enough to draw a new key; the stock is that of the till, not of the key."""
    office = till.office
    gate = await office.enrol(1)
    sold = [till.mint(number) for number in range(3)]
    till.sell(sold)
    await till.sync()
    till.key = SigningKey.generate(office.office.entropy)
    await till.open()
    unsold = sum(one["count"] for one in till.grant["allotments"]) - len(sold)
    last, beyond = till.mint(unsold - 1), till.mint(unsold)
    assert (await office.claimed(gate, till.code(last)))["reason"] == "ok"
    assert (await office.claimed(gate, till.code(beyond)))["verdict"] == "refer"


async def test_its_key_proves_no_ticket_that_others_issue(till: Till) -> None:
    """What it signs for ids outside its range spends nothing in a gate's journal."""
    office = till.office
    honest, hostile = await office.enrol(0), await office.enrol(1)
    minted = till.mint(0, ticket_id=office.tickets[0], generation=1)
    seen = office.prove(hostile, till.code(minted), ClaimId("mine"))
    office.scan(hostile, 0, claim_id="mine", seen=seen, key_id=minted.key_id, generation=1)
    await office.exchanged(hostile, hostile.journal.entries)
    assert await named(office) == {"passage_unproven": 1}
    assert (await office.claimed(honest, office.codes[0]))["reason"] == "ok"


async def test_its_key_signs_for_no_other_event(till: Till) -> None:
    """Not for one of the same organization, nor is it any other key of the ring."""
    office = till.office
    gate = await office.enrol(1)
    await other_event(office, office.owner)
    for number in range(office.key_id + 4):
        one = till.mint(1, key_id=number)
        if number != till.grant["key_id"]:
            assert (await office.claimed(gate, till.code(one)))["verdict"] == "deny"


@pytest.mark.either_database
async def test_it_writes_nothing_into_another_events_books(till: Till) -> None:
    """Neither a sale, which would stand there as revenue, nor a drawer that is short."""
    office = till.office
    elsewhere, _ = await second_event(office)
    sale = SaleBody(
        sale_id="0c" * 16,
        receipt_number=1,
        currency="EUR",
        total_minor=10**9,
        tender="cash",
        tickets=(msgspec.structs.replace(till.mint(1), price_minor=10**9),),
    )
    drawer = [
        ShiftBody(shift_id="0d" * 16, number=n, act=act, amount_minor=10**9, currency="EUR")
        for n, act in enumerate(("open", "count"), start=1)
    ]
    said: list[Body] = [sale, *drawer]
    for body in said:
        till.device.journal.add(body, EventId(elsewhere), office.now)
    assert set(await till.sync()) == {"stored"}
    there = f"{office.owner.path}/events/{elsewhere}"
    for path in (f"{there}/orders", f"{office.owner.path}/shifts"):
        assert (await office.office.ok("GET", path, office.owner))["items"] == []
    found = (await office.office.ok("GET", f"{there}/conflicts", office.owner))["items"]
    assert {one["kind"] for one in found} == {"sold_out_of_range"}


@pytest.mark.parametrize("purpose", sorted(REPLACING), ids=str)
async def test_it_takes_no_ticket_that_it_has_read_out_of_the_offices_hands(
    till: Till, purpose: Purpose
) -> None:
    """By the last generation nobody could reissue it, by a code of its own it would let in."""
    office = till.office
    honest = await office.enrol(1)
    sold = till.mint(1)
    till.sell([sold])
    codes = await codes_of(office)
    for ticket in range(2):
        said = replacing(office, ticket, purpose)
        seen = (
            office.prove(till.device, office.codes[ticket], said.claim_id)
            if ticket
            else prove(office, till.device, said.claim_id, codes[office.tickets[ticket]])
        )
        till.device.journal.add(
            msgspec.structs.replace(said, seen=seen), office.event_id, office.now
        )
    own = replacing(office, 0, purpose, ticket_id=sold.ticket_id, generation=0)
    till.device.journal.add(own, office.event_id, office.now)
    await till.sync()
    assert await named(office) == {"withdrawal_unproven": 1}
    path = f"{office.owner.path}/devices/{till.device.id}/unconfirmed"
    assert len((await office.office.ok("GET", path, office.owner))["items"]) == 3
    assert (await on_ticket(office, 1, "reissue"))["generation"] == 2
    assert await reasons(office, honest, range(1)) == {"ok"}
    assert (await office.claimed(honest, till.code(sold)))["reason"] == "ok"


@pytest.mark.parametrize("said", [1, 2])
async def test_it_refunds_no_ticket_of_which_it_has_read_a_code_of_before(
    till: Till, said: int
) -> None:
    """Somebody else holds the ticket by now, whatever it says which credential it has seen."""
    office = till.office
    honest = await office.enrol(1)
    await on_ticket(office, 0, "reissue")
    body = withdrawal(office, 0, Purpose.REFUND, generation=said)
    seen = office.prove(till.device, office.codes[0], body.claim_id)
    till.device.journal.add(msgspec.structs.replace(body, seen=seen), office.event_id, office.now)
    await till.sync()
    assert await named(office) == {"withdrawal_unproven": 1}
    present = await on_ticket(office, 0, "credential")
    assert (await office.claimed(honest, present["digits"]))["reason"] == "ok"


async def test_a_till_of_another_event_refunds_no_ticket_that_it_has_read(till: Till) -> None:
    """It stands at no counter of this event, whose money it would say it paid out."""
    office = till.office
    honest, there = await office.enrol(1), copy(office)
    event_id, gate_id = await second_event(office)
    there.event_id, there.gates = EventId(event_id), [gate_id]
    thief = await there.enrol(role="till")
    body = withdrawal(office, 0, Purpose.REFUND)
    seen = office.prove(thief, office.codes[0], body.claim_id)
    thief.journal.add(msgspec.structs.replace(body, seen=seen), office.event_id, office.now)
    await office.exchanged(thief, thief.journal.entries)
    assert await named(office) == {"withdrawal_unproven": 1}
    assert (await office.claimed(honest, office.codes[0]))["reason"] == "ok"


async def test_what_a_badge_has_signed_makes_the_next_generation_and_no_later_one(
    till: Till,
) -> None:
    """The badge says which credential is replaced; what comes of it the ledger gives out."""
    office = till.office
    chief = await Chief.appoint(office)
    office.office.clock.advance(MINUTE)
    body = signed_by(office, chief, till.device, replacing(office, 0, Purpose.REPRINT))
    till.device.journal.add(body, office.event_id, office.now)
    await till.sync()
    assert (await on_ticket(office, 0, "credential"))["generation"] == 2
    stolen = format_manual_code(CODE_OF_ITS_OWN)
    told = await office.claimed(till.device, stolen, manual=True)
    assert told["reason"] == "unknown_ticket"
    assert (await on_ticket(office, 0, "reissue"))["generation"] == 3


async def test_it_takes_no_manual_code_that_another_till_has_printed(till: Till) -> None:
    """The venue's network tells it before the ledger knows: that till's guest comes in by it."""
    office = till.office
    other = Till(office, await office.enrol(role="till"))
    await other.open()
    printed = other.mint(1)
    till.sell([till.mint(1, manual_code=printed.manual_code)])
    await till.sync()
    other.sell([printed])
    await other.sync()
    assert await named(office) == {"sold_out_of_range": 1}
    gate = await office.enrol(1)
    told = await office.claimed(gate, format_manual_code(printed.manual_code), manual=True)
    assert (told["reason"], told["ticket_id"]) == ("ok", format_ticket_id(printed.ticket_id))


def replacing(
    office: LedgerOffice, ticket: int, purpose: Purpose, **changed: Any
) -> WithdrawalBody:
    """Replace a ticket's credential by the last that there can be."""
    last = {"new_generation": GENERATION_MAX, "new_manual_code": CODE_OF_ITS_OWN}
    return withdrawal(office, ticket, purpose, **(last | changed))
