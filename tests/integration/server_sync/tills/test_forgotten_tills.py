"""A till whose delegated key a ledger has forgotten, because it was put back to an older copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from server.exchange.epochs import declare_absent, open_higher_epoch
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.journals.till_entry_booking import NotedEntries
from server.keys.voucher_codes import VoucherCodes
from server.keys.withdrawal_codes import WithdrawalCodes
from shared.credential.manual_code import format_manual_code
from shared.journal.sale_body import SalePayment, SoldTicket
from shared.kernel.id_types import DeviceId, GateId
from shared.kernel.ids import format_ticket_id
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.racing import rows_of
from tests.factories.sales_till import PRICE, Till, enter
from tests.factories.selling import sell
from tests.factories.wired_gates import open_again, open_gate
from tests.integration.server_sync.journals.test_relayed_by_gates import relay_entries
from tests.integration.server_sync.journals.test_resumed_snapshots import snapshot
from tests.integration.server_sync.payments.test_till_payouts import Desk
from tests.integration.server_sync.tills.test_till_seats import issuer_of

LIMIT = 60
SALES = (4, 4, 4, 4, 4, 4, 4, 2)
"""Together more than a till had of them when the copy was made; it is not low afterwards."""


async def orders_of(office: LedgerOffice) -> list[str]:
    """Return the ids of the event's orders: programs that heard of one by a webhook keep it."""
    found = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
    return sorted(one["id"] for one in found)


async def accept(office: LedgerOffice, gate_id: GateId, sold: Sequence[SoldTicket]) -> None:
    """Let the tickets that were sold be good, and take over what a gate could not prove."""
    for one in sold:
        path = f"{office.path}/tickets/{format_ticket_id(one.ticket_id)}/block"
        await office.office.ok("PUT", path, office.owner, json={"blocked": False})
    waiting = f"{office.owner.path}/devices/{gate_id}/unconfirmed/accept"
    done = await office.office.ok("POST", waiting, office.owner, json={"note": "sold by us"})
    assert (done["ruled"], done["remaining"]) == (1, 0)


def make_desk(office: LedgerOffice) -> NotedEntries:
    """Make what books what waits."""
    codes = WithdrawalCodes(bytes(32)), VoucherCodes(bytes(32))
    return NotedEntries(office.office.context, LedgerFeed(), *codes)


async def test_what_a_forgotten_key_has_sold_waits_for_a_person_and_is_good_then(
    place: Place,
) -> None:
    """Sales and entries of a key that the ledger has forgotten are named, and wait for a person.

    Nobody can tell them from a till's that signs with a key of its own. Accepted, who is in stays
    in, and the other tickets admit by their manual codes. Asked for again, the key has another
    range, in which the till sells on.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        gate, device = await office.enrol(1), await office.enrol(role="till")
        for one in (gate, device):
            await office.exchanged(one, one.journal.entries)
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till = Till(today, device)
        await till.open()
        sold = [till.mint(number) for number in (1, 2)]
        till.sell(sold)
        await till.sync()
        enter(till, gate, sold[0])
        await today.exchanged(gate, gate.journal.entries)
        assert await today.conflicts() == []
        booked = await orders_of(today)
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        till.office = again
        for one in (gate, device):
            await again.exchanged(one)
            await again.exchanged(one, one.journal.entries, epoch=state.epoch)
        assert await orders_of(again) == booked
        found = [one for one in await again.conflicts() if one["disposition"] != "withdrawn"]
        named = sorted((one["kind"], one["ticket_id"]) for one in found)
        assert named == [
            ("passage_unproven", None),
            *[("sold_out_of_range", f"{one.ticket_id:016x}") for one in sold],
        ]
        manual = [format_manual_code(one.manual_code) for one in sold]
        for text in manual:
            assert (await again.claimed(gate, text))["verdict"] == "deny"
        await accept(again, GateId(gate.id), sold)
        codes = [till.code(one) for one in sold]
        await till.open()
        fresh = till.mint(3)
        answers = [
            *[await again.claimed(gate, code) for code in codes],
            *[await again.claimed(gate, text) for text in manual],
            await again.claimed(gate, till.code(fresh)),
        ]
        said = [answer["reason"] for answer in answers]
        assert said == ["unknown_key", "unknown_key", "already_used", "ok", "ok"]
        till.sell([fresh])
        await till.sync()
        found = [one for one in await again.conflicts() if one["disposition"] != "withdrawn"]
        assert len(found) == len(named)
        assert len(await orders_of(again)) == len(booked) + 1


async def test_who_came_in_before_the_gate_knew_the_tills_key_is_in_after_a_restore(
    place: Place, tmp_path: Path
) -> None:
    """The ledger let them in, and has forgotten it: the gate proves that it has read the code."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        gate, other = await open_gate(office, tmp_path, 0), await office.enrol(1)
        device = await office.enrol(role="till")
        await gate.sync()
        till = Till(office, device)
        await till.open()
        sold = [till.mint(1)]
        till.sell(sold)
        await till.sync()
        await gate.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        gate = await open_again(today, tmp_path / gate.id, gate.device)
        answer = await gate.scan(till.code(sold[0]))
        assert (answer.verdict, answer.mode) == ("admit", "online")
        await gate.session.close()
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        gate = await open_again(again, tmp_path / gate.id, gate.device)
        await gate.sync()
        for one in (other, device):
            await again.exchanged(one, one.journal.entries, epoch=1)
            await again.exchanged(one, one.journal.entries, epoch=state.epoch)
        assert (await again.claimed(other, till.code(sold[0])))["reason"] == "already_used"
        assert await again.conflicts() == []
        await gate.session.close()


@pytest.mark.either_database
async def test_a_seat_that_a_till_sold_before_the_ledger_forgot_is_its_guests(
    place: Place, tmp_path: Path
) -> None:
    """Taken by a tap after the copy was made: the guest is let in, and nobody else is sold it."""
    async with (
        open_ledger_office_again(place.settings, place.office) as office,
        issuer_of(office, tmp_path) as house,
    ):
        till = await house.till()
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        house.office = today
        till = await open_again(today, tmp_path / till.id, till.device)
        await till.sync()
        sales = [await house.sell(till, seat) for seat in ("D-4", "D-5")]
        await till.sync()
        await till.session.close()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        house.office = again
        await open_higher_epoch(again.office.context, "put back")
        assert await house.order("D-5") == 201, "somebody was faster than the journal"
        till = await open_again(again, tmp_path / till.id, till.device)
        for _ in range(3):
            await till.session.engine.sync_once()
        await till.session.close()
        states = await house.states()
        assert (states["D-4"], states["D-5"]) == ("sold", "sold")
        assert await house.order("D-4") == 409
        assert await named(again) == {"seat_twice": 1}
        tickets = [one["tickets"][0]["ticket_id"] for one in sales]
        shown = [await house.ask("GET", f"/tickets/{one}") for one in tickets]
        assert [one["blocked"] for one in shown] == [False, True]


@pytest.mark.either_database
async def test_sales_on_a_forgotten_key_are_believed_by_the_grant_that_the_till_holds(
    place: Place, tmp_path: Path
) -> None:
    """What was uploaded before, and what waited while the ledger was put back: guests come in."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        gate = await office.enrol(1, begins=False)
        till = await open_gate(office, tmp_path, 0, role="till")
        await till.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till = await open_again(today, tmp_path / till.id, till.device)
        await till.sync()
        sold = [(await sell(till.session, 1, 1)).tickets[0]]
        await till.sync()
        sold.append((await sell(till.session, 1, 1)).tickets[0])
        terms = till.session.store.till.get_terms(today.event_id)
        assert terms is not None
        forgotten = terms.key_id
        await till.session.close()
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        await again.exchanged(gate)
        await again.exchanged(gate, epoch=state.epoch)
        other = Till(again, await again.enrol(role="till"))
        await other.open()
        assert other.grant["key_id"] == forgotten, "a number that the ledger gives again"
        till = await open_again(again, tmp_path / till.id, till.device)
        for _ in range(4):
            await till.session.engine.sync_once()
        sold.append((await sell(till.session, 1, 1)).tickets[0])
        await till.session.engine.sync_once()
        assert await named(again) == {}
        assert len(await orders_of(again)) == len(sold)
        answers = [await again.claimed(gate, one.digits) for one in sold]
        await till.session.close()
        assert [one["reason"] for one in answers] == ["ok"] * len(sold)


@pytest.mark.either_database
@pytest.mark.parametrize("uploaded", [3, len(SALES)])
async def test_what_a_till_sold_of_a_forgotten_grant_is_taken_from_the_stock_once(
    place: Place, tmp_path: Path, uploaded: int
) -> None:
    """Taken beside the grant as well it stood with a till that had none: nobody could buy it.

    Whether the till, which runs on, has entries to send when it meets the older ledger, or none.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        tier = {"key": "first", "name": "First", "price_minor": 500, "count": LIMIT}
        body = {
            "name": "Few",
            "price_minor": 1_000,
            "quantity_limit": LIMIT,
            "selling": {"tiers": [tier]},
        }
        path = f"{office.path}/ticket-types"
        kind = await office.office.ok("POST", path, office.owner, json=body)
        till = await open_gate(office, tmp_path, 0, role="till")
        await till.sync()
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till.wire._office = today
        for number, count in enumerate(SALES, 1):
            await sell(till.session, kind["code"], count)
            if number <= uploaded:
                await till.sync()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        till.wire._office = again
        for _ in range(4):
            await till.session.engine.sync_once()
        out = "SELECT granted - sold - returned FROM allotment WHERE ticket_type_id = :kind"
        left = till.session.till.left(kind["code"])
        assert await rows_of(again.office, out, kind=kind["id"]) == [(left,)]
        assert await named(again) == {}
        await till.session.close()


@pytest.mark.either_database
async def test_a_till_that_is_left_alone_has_its_forgotten_key_delegated_again(
    place: Place, tmp_path: Path
) -> None:
    """It keeps in step by itself: what it sells from then on is admitted everywhere."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        gate = await office.enrol(1, begins=False)
        till = await open_gate(office, tmp_path, 0, role="till")
        await till.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till = await open_again(today, tmp_path / till.id, till.device)
        await till.session.engine.sync_once()
        await sell(till.session, 1, 1)
        await till.session.engine.sync_once()
        await till.session.close()
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        await again.exchanged(gate)
        await again.exchanged(gate, epoch=state.epoch)
        till = await open_again(again, tmp_path / till.id, till.device)
        for _ in range(3):
            await till.session.engine.sync_once()
        sold = (await sell(till.session, 1, 1)).tickets[0]
        answer = await again.claimed(gate, sold.digits)
        await till.session.close()
        assert answer["reason"] == "ok"


@pytest.mark.either_database
@pytest.mark.parametrize("is_last_missing", [False, True])
async def test_what_a_gate_brings_of_a_till_before_its_grant_is_taken_from_the_stock_once(
    place: Place, tmp_path: Path, *, is_last_missing: bool
) -> None:
    """The till comes to a ledger that was put back after others have brought what it has sold.

    Of what it was given since the copy nobody knows before: a ticket beyond it would be blocked.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        tier = {"key": "first", "name": "First", "price_minor": 500, "count": LIMIT}
        body = {
            "name": "Few",
            "price_minor": 1_000,
            "quantity_limit": LIMIT,
            "selling": {"tiers": [tier]},
        }
        path = f"{office.path}/ticket-types"
        kind = await office.office.ok("POST", path, office.owner, json=body)
        carrier = await office.enrol(1)
        till = await open_gate(office, tmp_path, 0, role="both")
        await till.sync()
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till.wire._office = today
        for count in SALES:
            await sell(till.session, kind["code"], count)
            await till.sync()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        till.wire._office = again
        journal = till.session.store.journal
        heard = [signed for _, signed in journal.read(1, journal.last_seq)]
        await relay_entries(again, carrier, heard[:-1] if is_last_missing else heard)
        desk = make_desk(again)
        assert await desk.catch_up() == 0
        for _ in range(4):
            await till.session.engine.sync_once()
        await desk.catch_up()
        out = "SELECT granted - sold - returned FROM allotment WHERE ticket_type_id = :kind"
        left = till.session.till.left(kind["code"])
        assert await rows_of(again.office, out, kind=kind["id"]) == [(left,)]
        assert await named(again) == {}
        await till.session.close()


async def test_what_a_gate_brings_of_a_till_that_will_not_come_is_booked_all_the_same(
    place: Place,
) -> None:
    """It was broken while the ledger was put back: nobody waits for it, and its money is there.

    So is that of a sale beside its journal, from when its machine had been resumed.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        carrier, till = await office.enrol(0), Till(office, await office.enrol(role="till"))
        await till.open()
    place.copy()
    async with open_ledger_office_again(place.put_back(), office) as again:
        await open_higher_epoch(again.office.context, "put back")
        resumed = Till(office, snapshot(till.device))
        till.sell([till.mint(1)])
        resumed.key, resumed.grant = till.key, till.grant
        resumed.sell([resumed.mint(2)])
        for one in (till, resumed):
            await relay_entries(again, carrier, one.device.journal.entries)
        desk = make_desk(again)
        assert (await desk.catch_up(), await orders_of(again)) == (0, [])
        await declare_absent(again.office.context, DeviceId(till.device.id), "it fell")
        assert await desk.catch_up() == 2
        assert len(await orders_of(again)) == 2


@pytest.mark.either_database
@pytest.mark.parametrize("comes", [True, False])
async def test_a_refund_that_a_gate_brings_before_its_till_is_no_wrong_of_the_tills(
    place: Place, *, comes: bool
) -> None:
    """Its sale waits for the till: until then the cashier was named for money of no ticket.

    One of a ticket that nobody has sold is named, whoever is waited for.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        carrier, till = await office.enrol(0), Desk(office, await office.enrol(role="till"))
        await till.open()
    place.copy()
    async with open_ledger_office_again(place.put_back(), office) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        sold, unsold = till.mint(1), till.mint(2)
        till.sold([sold], SalePayment(kind="cash", amount_minor=PRICE))
        for ticket in (sold, unsold):
            till.took_back(ticket, None)
        await relay_entries(again, carrier, till.device.journal.entries)
        assert await paid_wrong(again) == [format_ticket_id(unsold.ticket_id)]
        till.office = again
        if comes:
            for epoch in (1, state.epoch):
                await again.exchanged(till.device, till.device.journal.entries, epoch=epoch)
        else:
            await declare_absent(again.office.context, DeviceId(till.device.id), "it fell")
        await make_desk(again).catch_up()
        (account,) = await till.accounts()
        assert (account["owed_minor"], account["paid_out_minor"]) == (PRICE, PRICE)
        assert await paid_wrong(again) == [format_ticket_id(unsold.ticket_id)]


async def paid_wrong(office: LedgerOffice) -> list[str]:
    """Return the tickets of whose payouts the organizer is told, also of what was withdrawn."""
    found = [one for one in await office.conflicts() if one["kind"] == "payout_mismatch"]
    return [one["ticket_id"] for one in found]


@pytest.mark.either_database
@pytest.mark.parametrize("has_other", [False, True])
async def test_sales_on_a_forgotten_key_of_an_event_with_homes_are_within_its_grant(
    place: Place, tmp_path: Path, *, has_other: bool
) -> None:
    """Its range was parted among homes: counted as one, each sale was beyond what was granted."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        policy = {"policy": {"offline_policy": "home"}}
        await office.office.ok("PATCH", office.path, office.owner, json=policy)
        gate = await office.enrol(1, begins=False)
        till = await open_gate(office, tmp_path, 0, role="till")
        await till.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till = await open_again(today, tmp_path / till.id, till.device)
        await till.sync()
        sold = [(await sell(till.session, 1, 1)).tickets[0] for _ in range(3)]
        await till.sync()
        await till.session.close()
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        await again.exchanged(gate)
        await again.exchanged(gate, epoch=state.epoch)
        if has_other:
            await Till(again, await again.enrol(role="till")).open()
        till = await open_again(again, tmp_path / till.id, till.device)
        for _ in range(4):
            await till.session.engine.sync_once()
        assert await named(again) == {}
        sold.append((await sell(till.session, 1, 1)).tickets[0])
        await till.session.engine.sync_once()
        assert await named(again) == {}
        assert len(await orders_of(again)) == len(sold)
        await till.session.close()
