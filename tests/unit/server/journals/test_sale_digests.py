"""The digest of a till's sale: the same for what was booked by versions before."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from server.journals.sale_digest import digest_of
from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.kernel.id_types import TicketId

TICKET = SoldTicket(
    ticket_id=TicketId(7),
    ticket_type_code=1,
    generation=0,
    key_id=3,
    manual_code=9,
    valid_from=None,
    valid_until=None,
    price_minor=2_500,
)
SALE = SaleBody(
    sale_id="5" * 32,
    receipt_number=4,
    currency="EUR",
    total_minor=2_500,
    tender="cash",
    tickets=(TICKET,),
    cashier="pe_1",
)


def test_sale_of_one_price_has_the_digest_that_it_had_before_lines() -> None:
    """As the version before wrote it: seven fields, of a ticket eight."""
    ticket = [7, 1, 0, 3, 9, None, None, 2_500]
    before = msgspec.msgpack.encode(["5" * 32, 0, "EUR", 2_500, "cash", [ticket], ""])
    assert digest_of(SALE) == hashlib.sha256(before).digest()


def test_receipt_and_cashier_do_not_change_the_digest() -> None:
    """A sale that is said again bears another receipt."""
    again = msgspec.structs.replace(SALE, receipt_number=5, cashier="pe_2")
    assert digest_of(again) == digest_of(SALE)


@pytest.mark.parametrize(
    "changed",
    [
        {"tickets": (msgspec.structs.replace(TICKET, seat="A1"),)},
        {"tickets": (msgspec.structs.replace(TICKET, line=1),)},
        {"lines": (SaleLine(ticket_type_code=1, count=1, unit_minor=2_500),)},
        {"payments": (SalePayment(kind="cash", amount_minor=2_500),)},
        {"rounding_minor": 1},
        {"plan": 2},
    ],
)
def test_whatever_else_a_sale_says_changes_its_digest(changed: dict[str, object]) -> None:
    """So that two sales under one id are told apart."""
    assert digest_of(msgspec.structs.replace(SALE, **changed)) != digest_of(SALE)
