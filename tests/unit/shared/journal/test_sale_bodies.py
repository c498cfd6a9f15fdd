"""What a sale says: its form in bytes, what earlier versions wrote, its bounds and its size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.journal.chain import decode_body, encode_body, seal_entry
from shared.journal.entry import ENTRY_SIZE_MAX, EntryKind
from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from tests.factories.house import DEVICE_KEY
from tests.unit.shared.journal.test_chain import make_entry

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "journal_sales.json").read_text(encoding="utf-8")
)


def decode(body: bytes) -> SaleBody:
    """Return what the bytes of a sale's body say."""
    decoded = decode_body(make_entry(kind=EntryKind.SALE, body=body))
    assert isinstance(decoded, SaleBody)
    return decoded


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_each_vector_says_what_stands_beside_it(vector: dict[str, Any]) -> None:
    """Entries of the version that knew one price among them; ours are written so as well."""
    sale = decode(bytes.fromhex(vector["body"]))
    assert json.loads(msgspec.json.encode(sale)) == vector["array"]
    if vector["is_whole"]:
        assert encode_body(sale).hex() == vector["body"]


def test_sale_of_100_seats_of_several_types_fits_one_entry() -> None:
    """With long names of seats and amounts of six digits in each place."""
    tickets = tuple(
        SoldTicket(
            ticket_id=TicketId((1 << 64) - 1 - number),
            ticket_type_code=1 + number % 20,
            generation=0,
            key_id=60_000,
            manual_code=(1 << 40) - 1 - number,
            valid_from=None,
            valid_until=None,
            price_minor=1_234_567,
            seat=f"st_{number:016x}/Balcony left, row 12, seat {number}",
            line=number % 20,
        )
        for number in range(100)
    )
    line = SaleLine(
        ticket_type_code=1, count=5, unit_minor=1_234_567, tax_minor=99_999, promo="x" * 64
    )
    body = SaleBody(
        sale_id="5" * 32,
        receipt_number=1 << 32,
        currency="EUR",
        total_minor=123_456_700,
        tender="split",
        tickets=tickets,
        lines=(line,) * 20,
        payments=(SalePayment(kind="voucher", amount_minor=1, reference="x" * 64),) * 20,
        why="x" * 64,
    )
    signed = seal_entry(make_entry(kind=EntryKind.SALE, body=encode_body(body)), DEVICE_KEY)
    assert len(signed.entry) < ENTRY_SIZE_MAX


@pytest.mark.parametrize(
    "changed",
    [
        {"tickets": ()},
        {"rounding_minor": 10_001},
        {"rounding_minor": -10_001},
        {"lines": (SaleLine(ticket_type_code=1, count=0, unit_minor=1),)},
        {"lines": (SaleLine(ticket_type_code=1, count=1, unit_minor=-1),)},
        {"lines": (SaleLine(ticket_type_code=1, count=1, unit_minor=1),) * 201},
        {"payments": (SalePayment(kind="cash", amount_minor=10**12 + 1),)},
        {"payments": (SalePayment(kind="cash", amount_minor=1),) * 51},
        {"plan": -1},
        {"shift_id": "x" * 65},
    ],
)
def test_sale_out_of_its_bounds_is_none(changed: dict[str, Any]) -> None:
    """The entry is kept and named; nothing of it has an effect."""
    sale = SaleBody(
        sale_id="5" * 32,
        receipt_number=1,
        currency="EUR",
        total_minor=1,
        tender="cash",
        tickets=(
            SoldTicket(
                ticket_id=TicketId(1),
                ticket_type_code=1,
                generation=0,
                key_id=1,
                manual_code=1,
                valid_from=None,
                valid_until=None,
                price_minor=1,
            ),
        ),
    )
    assert decode(encode_body(sale)) == sale
    with pytest.raises(Malformed):
        decode(encode_body(msgspec.structs.replace(sale, **changed)))
