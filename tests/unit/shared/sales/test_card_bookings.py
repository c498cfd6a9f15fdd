"""Which words for a card's payment name one booking for good."""

from __future__ import annotations

import pytest

from gatekeeper.terminals.booking_on_receipt import spell_booking, spell_bookings
from gatekeeper.terminals.zvt_messages import Booking
from shared.sales.card_bookings import is_one_booking

WHOLE = Booking(terminal="28004869", receipt="0017", trace="000204")
LAST = Booking(terminal="28004869", receipt="9999", trace="999999")


def test_what_a_till_writes_of_a_whole_booking_names_it() -> None:
    """As it stands on receipts and in journals."""
    assert all(is_one_booking(spell_booking(one)) for one in (WHOLE, LAST))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "4711",
        spell_booking(Booking(terminal="28004869", receipt="0017", trace="000000")),
        spell_booking(Booking(receipt="0017", trace="000204")),
        spell_bookings([WHOLE, LAST]),
        spell_booking(WHOLE) + " cancelled 1",
        "١٧-204-28004869",
    ],
)
def test_what_may_be_another_bookings_names_none(said: str) -> None:
    """Receipts count from 1 again where there is no trace; a person writes what they like."""
    assert not is_one_booking(said)
