"""What the desk says of orders and refunds."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.organizer.during.orders_client import Refund
from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.desk.order_words import spell_refund, spell_refunded
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal


def refund(price: int, back: int, noted: int | None = None, *, currency: str | None) -> Refund:
    """Make an answer of the server."""
    return Refund(
        currency=currency, price_minor=price, back_minor=back, noted_minor=noted, is_used=False
    )


@pytest.mark.parametrize(
    ("price", "back", "currency", "said"),
    [
        (2_500, 2_500, "EUR", "Paid: €25.00. All of it is refunded."),
        (2_500, 1_250, "EUR", "Paid: €25.00. Under the refund terms €12.50 is refunded now."),
        (1_000, 0, "JPY", "Paid: ¥1,000. Under the refund terms ¥0 is refunded now."),
        (0, 0, "EUR", "Nothing was paid for it: it is cancelled, and nothing is refunded."),
        (0, 0, None, "Nothing was paid for it: it is cancelled, and nothing is refunded."),
    ],
)
def test_a_refund_says_what_goes_back(
    price: int, back: int, currency: str | None, said: str
) -> None:
    """All, a part by the terms, or nothing; in the currency's own form."""
    assert spell_refund(refund(price, back, currency=currency)) == said


def test_the_terms_stand_below_what_goes_back_now() -> None:
    """For this ticket's price, so that whoever asks is told until when it stays so."""
    rules = ({"until": "2027-03-27T19:00:00Z", "percent_points": 5_000, "fee_minor": 0},)
    shown = msgspec.structs.replace(
        refund(2_500, 1_250, currency="EUR"), rules=rules, timezone="Europe/Berlin"
    )
    assert spell_refund(shown).splitlines()[1:] == [
        "Until 2027-03-27 20:00: 50% of it. For a ticket of €25.00, €12.50 is refunded.",
        "After that: nothing.",
    ]
    owed = msgspec.structs.replace(shown, noted_minor=1_250)
    assert len(spell_refund(owed).splitlines()) == 1


def test_what_is_owed_already_is_not_owed_again() -> None:
    """As since an event was called off, whose tickets stay what they are."""
    said = spell_refund(refund(0, 0, 2_500, currency="EUR"))
    assert said == "€25.00 is already owed for it; it is cancelled, and nothing more is refunded."


def test_what_is_owed_is_what_was_noted() -> None:
    """Not what was shown before: terms may have turned meanwhile."""
    assert "€12.50 is owed" in spell_refunded(refund(0, 0, 1_250, currency="EUR"))
    assert "nothing is owed" in spell_refunded(refund(0, 0, None, currency=None))


def test_a_refusal_says_who_may() -> None:
    """A manager where it is a manager's, else the role; other reasons are the server's."""
    forbidden = Refused("no", (), problem="forbidden", status=403)
    assert "manager" in spell_refusal(forbidden, is_managers=True)
    assert "role" in spell_refusal(forbidden, is_managers=False)
    conflict = Refused("the order has expired", (), problem="conflict", status=409)
    assert spell_refusal(conflict, is_managers=True) == "The order has expired"
