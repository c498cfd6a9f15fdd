"""Vouchers that paid at a till before the ledger forgot it: it was put back to an older copy.

Without the ledger's own word in the till's journal a voucher was whole again, so that its holder
could spend it twice, and the honest till was named.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.boxoffice.withdraw_requests import WithdrawRequest
from gatekeeper.sync import url_paths
from server.exchange.epochs import open_higher_epoch
from shared.admission.purpose import Purpose
from shared.journal.sale_body import SaleBody, SalePayment
from shared.sales.tenders import CASH, VOUCHER, Tender
from shared.sales.voucher_code import hash_voucher_code
from shared.wire.exchange import EntryStatus
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place, on_postgres, on_sqlite, place
from tests.factories.sales_till import Till
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.integration.server_sync.payments.test_till_vouchers import PRICE, Stall, by_voucher

__all__ = ["on_postgres", "on_sqlite", "place"]

NO_CODE = "0000-0000-0000-0000"


async def reopened(office: LedgerOffice, folder: Path, till: WiredGate) -> Stall:
    """Let a till go on at a server that was put back."""
    await open_higher_epoch(office.office.context, "put back")
    again = await open_again(office, folder / till.id, till.device)
    for _ in range(3):
        await again.sync()
    return Stall(office, again, folder)


async def test_what_a_voucher_paid_is_off_it_again_with_the_tills_journal(
    place: Place, tmp_path: Path
) -> None:
    """It pays once over all; what went back on it is on it; nobody is named."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = await open_gate(office, tmp_path, 0, role="till")
        await till.sync()
        codes = [await Stall(office, till, tmp_path).voucher(PRICE) for _ in range(2)]
        await till.session.close()
        office.claims += 1  # the next server draws other numbers
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        stall = Stall(today, await open_again(today, tmp_path / till.id, till.device), tmp_path)
        await stall.till.sync()
        sold = [(await stall.sell(by_voucher(code))).sold() for code in codes]
        await stall.till.sync()
        refund = WithdrawRequest(
            purpose=Purpose.REFUND,
            code=sold[1].tickets[0].digits,
            amount_minor=PRICE,
            currency="EUR",
            tender=VOUCHER,
        )
        assert (await stall.till.session.withdrawer.withdraw(refund)).is_ok
        await stall.till.sync()
        assert [await stall.left(code) for code in codes] == [0, PRICE]
        await stall.till.session.close()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        stall = await reopened(again, tmp_path, till)
        assert [await stall.left(code) for code in codes] == [0, PRICE]
        assert await named(again) == {}
        assert await stall.unbooked() == 0
        assert not (await stall.sell(by_voucher(codes[0]))).is_ok
        assert (await stall.sell(by_voucher(codes[1]))).is_ok
        await stall.till.session.close()


async def test_what_was_given_back_with_a_sale_is_on_the_voucher_again_with_the_tills_journal(
    place: Place, tmp_path: Path
) -> None:
    """The copy holds the charge alone: its sale never comes, and no till asks for it again."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = await open_gate(office, tmp_path, 0, role="till")
        await till.sync()
        stall = Stall(office, till, tmp_path)
        codes = [await stall.voucher(PRICE) for _ in range(2)]
        open_sales = [
            (await stall.sell(by_voucher(code, PRICE - 1), by_voucher(NO_CODE))).open_sale
            for code in codes
        ]
        await till.session.close()
        office.claims += 1  # the next server draws other numbers
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        stall = Stall(today, await open_again(today, tmp_path / till.id, till.device), tmp_path)
        await stall.till.sync()
        left = open_sales[0]
        assert left is not None
        assert (await stall.till.session.till.open_sales.give_up(left.sale_id)).is_ok
        assert [await stall.left(code) for code in codes] == [PRICE, 1]
        await stall.till.session.close()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        stall = await reopened(again, tmp_path, till)
        assert [await stall.left(code) for code in codes] == [PRICE, 1]
        assert await stall.unbooked() == PRICE - 1, "of the sale that is open yet"
        left = open_sales[1]
        assert left is not None
        cash = (Tender(kind=CASH),)
        assert (await stall.till.session.till.open_sales.finish(left.sale_id, cash)).is_ok
        await stall.till.sync()
        assert [await stall.left(code) for code in codes] == [PRICE, 1]
        assert await stall.unbooked() == 0
        assert await named(again) == {}
        await stall.till.session.close()


def tell(till: Till, number: int, reference: str) -> None:
    """Record a sale of one ticket that a voucher is said to have paid."""
    till.sales += 1
    paid = SalePayment(kind=VOUCHER, amount_minor=PRICE, reference=reference)
    body = SaleBody(
        sale_id=f"sale-{till.device.id}-{number}",
        receipt_number=till.sales,
        currency="EUR",
        total_minor=PRICE,
        tender=VOUCHER,
        tickets=(till.mint(number),),
        payments=(paid,),
    )
    till.device.journal.add(body, till.office.event_id, till.office.now)


@pytest.mark.either_database
async def test_only_what_was_charged_is_charged_again_once_and_to_its_own_till(
    place: Place,
) -> None:
    """A till that alters the ledger's word, repeats it or has another's is named."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        tills = [Till(office, await office.enrol(role="till")) for _ in range(2)]
        for till in tills:
            await till.open()
            await till.sync()
        shop = f"{office.owner.path}/vouchers"
        made = [
            (await office.office.ok("POST", shop, office.owner, json={"value_minor": PRICE}))[0]
            for _ in range(3)
        ]
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        references = [await charge(today, till, made[n]["code"]) for n, till in enumerate(tills)]
    async with open_ledger_office_again(place.put_back(), today) as again:
        epoch = (await open_higher_epoch(again.office.context, "put back")).epoch
        check = f"{again.owner.path}/vouchers/check"
        other = await again.office.ok("POST", check, again.owner, json={"code": made[2]["code"]})
        charge_id, voucher_id, code = references[0].split(".")
        lies = [
            references[1],
            charge_id,
            f"{charge_id}.{voucher_id}.{code[:-4]}AAAA",
            f"{charge_id}.{other['id']}.{code}",
            f"{charge_id}.{voucher_id}.\u00e4",
            "..",
        ]
        for till in tills:
            till.office = again
            await again.exchanged(till.device)
        for number, reference in enumerate([*lies, references[0], references[0]], 1):
            tell(tills[0], number, reference)
        told = await again.exchanged(tills[0].device, tills[0].device.journal.entries, epoch=epoch)
        assert {one.status for one in told.answers} <= {EntryStatus.STORED, EntryStatus.KNOWN}
        assert await named(again) == {"price_mismatch": len(lies) + 1}
        spent = [
            (await again.office.ok("POST", check, again.owner, json={"code": one["code"]}))[
                "spent_minor"
            ]
            for one in made
        ]
        assert spent == [PRICE, 0, 0]


@pytest.mark.either_database
async def test_a_voucher_that_was_spent_again_meanwhile_is_named(place: Place) -> None:
    """More than it is worth is off no voucher, and the organizer reads who had it twice."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = Till(office, await office.enrol(role="till"))
        await till.open()
        shop = f"{office.owner.path}/vouchers"
        (made,) = await office.office.ok("POST", shop, office.owner, json={"value_minor": PRICE})
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        reference = await charge(today, till, made["code"])
    async with open_ledger_office_again(place.put_back(), today) as again:
        epoch = (await open_higher_epoch(again.office.context, "put back")).epoch
        till.office = again
        await again.exchanged(till.device)
        second = await charge(again, till, made["code"], name="second")
        tell(till, 1, reference)
        tell(till, 2, second)
        await again.exchanged(till.device, till.device.journal.entries, epoch=epoch)
        assert await named(again) == {"price_mismatch": 1}


async def charge(office: LedgerOffice, till: Till, code: str, name: str = "first") -> str:
    """Charge a voucher as a till's program does; returns the reference."""
    digest = hash_voucher_code(office.owner.organization_id, code).hex()
    body = {
        "event_id": office.event_id,
        "name": name,
        "code_hash": digest,
        "amount_minor": PRICE,
        "currency": "EUR",
    }
    answer = await office.office.client.post(
        url_paths.VOUCHER_PAY, json=body, headers=till.device.headers
    )
    said = answer.json()
    assert said["state"] == "paid", said
    return str(said["reference"])


@pytest.mark.either_database
async def test_no_question_of_a_tills_keeps_its_sale_from_being_booked(place: Place) -> None:
    """A till that asks by the payment's own id, before its sale is there, hides nothing by it."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = Till(office, await office.enrol(role="till"))
        await till.open()
        await till.sync()
        shop = f"{office.owner.path}/vouchers"
        (made,) = await office.office.ok("POST", shop, office.owner, json={"value_minor": PRICE})
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        reference = await charge(today, till, made["code"])
    async with open_ledger_office_again(place.put_back(), today) as again:
        epoch = (await open_higher_epoch(again.office.context, "put back")).epoch
        till.office = again
        await again.exchanged(till.device)
        asked = {"event_id": again.event_id, "name": reference.partition(".")[0]}
        answer = await again.office.client.post(
            url_paths.VOUCHER_FIND, json=asked, headers=till.device.headers
        )
        assert answer.json()["state"] == "declined"
        tell(till, 1, reference)
        await again.exchanged(till.device, till.device.journal.entries, epoch=epoch)
        orders = await again.office.ok("GET", f"{again.path}/orders", again.owner)
        assert [one["total_minor"] for one in orders["items"]] == [PRICE]
        check = f"{again.owner.path}/vouchers/check"
        left = await again.office.ok("POST", check, again.owner, json={"code": made["code"]})
        assert left["spent_minor"] == PRICE
        assert await named(again) == {}
