"""Texts that no database holds: what has one is no body of its kind, for anybody who reads it."""

from __future__ import annotations

import msgspec
import pytest

from shared.journal.chain import decode_body, encode_body
from shared.journal.entry import EntryKind, NoteBody
from shared.journal.sale_body import CountedUse, SaleBody, SaleLine, SalePayment, SoldTicket
from shared.journal.shift_body import ShiftBody, ShiftSums, TenderSum
from shared.journal.stock_return_body import StockReturnBody
from shared.journal.storable_texts import KEYED_TEXT_SIZE_MAX, has_storable_texts
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from tests.unit.shared.journal.test_chain import make_entry

LONGEST = "\N{BUSTS IN SILHOUETTE}" * (KEYED_TEXT_SIZE_MAX // 4)


def test_text_that_no_database_holds_is_found_however_deep() -> None:
    """In what a sale, a shift or stock holds several of; a ticket's numbers are judged apart."""
    zero = "a\0b"
    ticket = SoldTicket(
        ticket_id=TicketId(1 << 63),
        ticket_type_code=1 << 63,
        generation=0,
        key_id=1,
        manual_code=1,
        valid_from=None,
        valid_until=None,
        price_minor=1,
    )
    sale = SaleBody(
        sale_id="s",
        receipt_number=1,
        currency="EUR",
        total_minor=1,
        tender="cash",
        tickets=(ticket,),
    )
    line = SaleLine(ticket_type_code=1, count=1, unit_minor=1, promo=zero)
    part = SalePayment(kind="cash", amount_minor=1, reference=zero)
    shift = ShiftBody(shift_id="s", number=1, act="close")
    sums = ShiftSums(first_seq=0, last_seq=0, entry_count=0, tenders=(TenderSum(kind=zero),))
    assert has_storable_texts(sale)
    replace = msgspec.structs.replace
    hidden: list[msgspec.Struct] = [
        replace(sale, tickets=(ticket, replace(ticket, seat=zero))),
        replace(sale, lines=(line,)),
        replace(sale, payments=(part,)),
        replace(sale, uses=(CountedUse(zero, 1),)),
        replace(shift, sums=sums),
        replace(shift, open_sales=("a", zero)),
        StockReturnBody(serial=1, why="close", seats=(zero,)),
    ]
    assert [one for one in hidden if has_storable_texts(one)] == []


@pytest.mark.parametrize("text", ["a\0b", LONGEST + "a"], ids=["zero", "too long in bytes"])
def test_body_with_such_a_text_is_not_of_its_form(text: str) -> None:
    """Else gates would count what the server does not."""
    entry = make_entry(kind=EntryKind.NOTE, body=encode_body(NoteBody("topic", text)))
    with pytest.raises(Malformed, match="cannot be stored"):
        decode_body(entry)


def test_text_of_as_many_bytes_as_a_key_holds_is_read() -> None:
    """Whatever its characters."""
    body = NoteBody("topic", LONGEST)
    assert decode_body(make_entry(kind=EntryKind.NOTE, body=encode_body(body))) == body
