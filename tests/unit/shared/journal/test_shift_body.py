"""The kind `shift`: its bytes are fixed, and what is out of bounds is no shift."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from shared.journal.chain import decode_body, encode_body
from shared.journal.entry import ENTRY_VERSION, NO_HASH, Entry, EntryKind
from shared.journal.shift_body import (
    LINES_MAX,
    ShiftAct,
    ShiftBody,
    ShiftSums,
    TaxSum,
    TenderSum,
    TypeSum,
)
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Duration, Instant

VECTORS = Path(__file__).parents[3] / "vectors" / "shifts.json"
SHIFT = "0f" * 16


def entry_with(body: bytes) -> Entry:
    """Return an entry of the kind with any body."""
    return Entry(
        v=ENTRY_VERSION,
        device_id=DeviceId("dv_1"),
        boot=b"bootboot",
        dseq=1,
        seq=1,
        previous=NO_HASH,
        kind=EntryKind.SHIFT,
        event_id=EventId(""),
        wall=Instant(1),
        monotonic=Duration(2),
        offset=None,
        offset_error=None,
        epoch=0,
        cursor=0,
        body=body,
    )


SUMS = ShiftSums(
    first_seq=7,
    last_seq=19,
    entry_count=9,
    float_minor=20_000,
    paid_in_minor=500,
    paid_out_minor=1_000,
    dropped_minor=10_000,
    expected_minor=14_300,
    gross_minor=14_400,
    discount_minor=600,
    fee_minor=150,
    payout_minor=4_800,
    sale_count=3,
    ticket_count=3,
    payout_count=1,
    void_count=1,
    no_sale_count=2,
    first_receipt=41,
    last_receipt=43,
    tenders=(
        TenderSum(kind="card", sale_count=1, sale_minor=4_800, moved_minor=0),
        TenderSum(kind="cash", sale_count=2, sale_minor=9_600, payout_count=1, payout_minor=4_800),
    ),
    taxes=(TaxSum(basis_points=700, gross_minor=9_600, tax_minor=628),),
    types=(
        TypeSum(
            event_id="ev_1",
            code=3,
            sold_count=3,
            sold_minor=14_400,
            returned_count=1,
            returned_minor=4_800,
        ),
    ),
)
BODIES = {
    "open": ShiftBody(
        shift_id=SHIFT,
        number=12,
        act=ShiftAct.OPEN,
        amount_minor=20_000,
        currency="EUR",
        cashier="ca_1",
    ),
    "tender_moved": ShiftBody(
        shift_id=SHIFT,
        number=13,
        act=ShiftAct.TENDER_MOVED,
        amount_minor=4_800,
        currency="EUR",
        cashier="ca_1",
        authorized_by="sv_1",
        why="wrong_tender",
        sale_id="ab" * 16,
        tender="cash",
        tender_to="card",
    ),
    "close": ShiftBody(
        shift_id=SHIFT,
        number=14,
        act=ShiftAct.CLOSE,
        amount_minor=14_250,
        currency="EUR",
        cashier="ca_1",
        why="change",
        z_number=4,
        sums=SUMS,
        left_minor=10_000,
        terminal_minor=4_800,
    ),
}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_bodies_have_the_bytes_that_are_published(name: str) -> None:
    """Another program that writes the published bytes is read, and ours writes the same."""
    published = bytes.fromhex(json.loads(VECTORS.read_text())["bodies"][name])
    assert encode_body(BODIES[name]).hex() == published.hex()
    assert decode_body(entry_with(published)) == BODIES[name]


def test_body_of_the_first_fields_only_is_read() -> None:
    """A writer may leave out what has its default."""
    body = msgspec.msgpack.encode([SHIFT, 1, "no_sale"])
    read = decode_body(entry_with(body))
    assert read == ShiftBody(shift_id=SHIFT, number=1, act="no_sale")


@pytest.mark.parametrize(
    "wrong",
    [
        [SHIFT, -1, "open"],
        [SHIFT, 1, "open", -1],
        [SHIFT, 1, "open", 10**12 + 1],
        ["x" * 65, 1, "open"],
        [SHIFT, 1, "open", 0, "EUR", "", "", "x" * 65],
        [SHIFT, 1, "close", 0, "EUR", "", "", "", 1, [1, 2, 3, 10**16]],
        [SHIFT, 1, "close", 0, "EUR", "", "", "", 1, [1, 2]],
    ],
)
def test_what_is_out_of_bounds_is_no_shift(wrong: list[object]) -> None:
    """Such an entry is kept, named, and has no effect."""
    with pytest.raises(Malformed):
        decode_body(entry_with(msgspec.msgpack.encode(wrong)))


def test_list_beyond_its_bound_is_no_report() -> None:
    """A report is as long as an entry can hold."""
    many = tuple(TaxSum(basis_points=rate) for rate in range(LINES_MAX + 1))
    body = msgspec.structs.replace(BODIES["close"], sums=msgspec.structs.replace(SUMS, taxes=many))
    with pytest.raises(Malformed):
        decode_body(entry_with(encode_body(body)))
