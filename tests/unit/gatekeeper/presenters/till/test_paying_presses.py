"""What a cashier reads and presses while somebody pays: coins, parts, and what a sum is of."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gatekeeper.boxoffice.answers import StockLine, TillAnswer
from gatekeeper.boxoffice.payment_ports import Doubt
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillFacts, TillScreen, TillStep
from gatekeeper.presenters.till.window_requests import FoundCode, PersonAtTill
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import TicketTypeId
from shared.manifest.price_plan import PricePlan, TypePrices
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CARD, CASH, VOUCHER, Tender
from shared.sales.till_basket import Discount

DOWN, UP = 9_992, 6_293
"""Prices that a smallest coin of five rounds to 99.90 and to 62.95."""


def selling(price_minor: int, *, step: int = 5) -> TillPresenter:
    """Return a till with one ticket in its basket."""
    prices = TypePrices(
        code=1, ticket_type_id=TicketTypeId("tt_1"), price_minor=price_minor, currency="EUR"
    )
    stock = StockLine(
        code=1, name="Standing", left=9, held=0, price_minor=price_minor, currency="EUR"
    )
    till = TillPresenter()
    till.take_facts(
        TillFacts(
            event="Fair",
            currency="EUR",
            stock=(stock,),
            plan=PricePlan(types=(prices,), cash_step_minor=step),
        )
    )
    till.state.counts[1] = 1
    till.state.go(TillStep.SELL)
    return till


def key_in(till: TillPresenter, amount: int) -> TillScreen:
    for digit in str(amount):
        till.press(f"digit:{digit}")
    return till.screen()


@pytest.mark.parametrize(("price", "due"), [(DOWN, 9_990), (UP, 6_295)])
def test_what_cash_is_rounded_to_pays_it_all_when_it_is_keyed_in(price: int, due: int) -> None:
    """No cent is left to be paid that no coin is there for."""
    till = selling(price)
    till.press("cash")
    enter = key_in(till, due).foot[-1]
    assert (enter.key, enter.is_enabled) == ("enter", True)
    till.press("part")
    assert till.state.parts == [], "nor by a press that came late"
    sold = till.press("enter")
    assert isinstance(sold, SellRequest)
    assert sold.tenders == (Tender(kind=CASH, amount_minor=due),)


def test_who_has_the_last_coins_may_pay_to_the_cent() -> None:
    """Where rounding would add two cents and the guest lays down what the ticket costs."""
    till = selling(UP)
    till.press("cash")
    assert key_in(till, UP).foot[-1].is_enabled
    assert isinstance(till.press("enter"), SellRequest)
    short = selling(UP)
    short.press("cash")
    assert not key_in(short, UP + 1).foot[-1].is_enabled, "neither one sum nor the other"
    assert short.press("enter") is None


def test_half_in_cash_is_a_sum_that_coins_make() -> None:
    """And by card it is half to the cent."""
    till = selling(DOWN)
    till.press("cash")
    assert [one.key for one in till.screen().ways if one.key.startswith("part:")] == ["part:4995"]
    till.press("back")
    till.press("card")
    assert [one.key for one in till.screen().ways] == ["part:4996"]


def test_a_rounded_sum_says_what_it_was_rounded_from() -> None:
    """Beside lines that come to something else."""
    till = selling(DOWN)
    till.press("cash")
    assert till.screen().title == "To pay: €99.90, rounded from €99.92"
    even = selling(DOWN, step=1)
    even.press("cash")
    assert even.screen().title == "To pay: €99.92"


@pytest.mark.parametrize(
    ("kind", "said"),
    [(CASH, "Give €50.00 back."), (CARD, "Cancel €50.00 at the card terminal.")],
)
def test_a_part_goes_back_the_way_it_came(kind: str, said: str) -> None:
    """A card is not paid out in cash, neither by the part's own button nor by a step back."""
    for press in ("unpart:0", "back"):
        till = selling(DOWN)
        till.state.parts.append(Tender(kind=kind, amount_minor=5_000))
        till.state.go(TillStep.REST)
        till.press(press)
        assert (till.state.parts, till.screen().note) == ([], said)


def test_what_goes_back_is_said_until_the_next_sale_begins() -> None:
    """Back is pressed fast by whoever gives a sale up: a card's part must not be forgotten."""
    till = selling(DOWN)
    (code,) = till.state.counts
    till.state.parts += [
        Tender(kind=CARD, amount_minor=500),
        Tender(kind=CASH, amount_minor=2_000),
    ]
    till.state.go(TillStep.REST)
    said = "Give €20.00 back. Cancel €5.00 at the card terminal."
    for _ in range(4):
        till.press("back")
    assert (till.state.parts, till.state.counts, till.screen().note) == ([], {}, said)
    till.press(f"type:{code}")
    assert till.screen().note == ""


def test_a_part_is_a_button_where_it_can_be_given_back() -> None:
    """Elsewhere it is read, as the basket is."""
    till = selling(DOWN)
    till.state.parts.append(Tender(kind=CARD, amount_minor=5_000))
    till.state.go(TillStep.REST)
    (part, *_) = till.screen().rows
    assert (part.key, part.spoken) == ("unpart:0", "Give back: Paid: Card")
    for step in ("cash", "card"):
        till.state.go(TillStep.REST)
        till.press(step)
        (part, *_) = till.screen().rows
        assert (part.text, part.key) == ("Paid: Card", "")


def test_what_was_taken_off_stands_beside_the_total() -> None:
    """A cashier is asked why it is not the price on the tile."""
    till = selling(DOWN)
    assert till.screen().label == "Total"
    till.state.discount = Discount(percent_points=1_000, promo="discount")
    screen = till.screen()
    assert (screen.label, screen.amount) == ("Total, €9.99 less than listed", "€89.93")


def test_keys_of_letters_stay_where_they_are_when_the_first_was_pressed() -> None:
    """The field that a code is written into has its place before anything stands there."""
    till = selling(DOWN)
    for press in ("other", "code:promo"):
        till.press(press)
    assert till.screen().amount, "an empty field is a field"
    till.press("letter:Q")
    assert till.screen().amount == "Q"


def test_cash_that_hardly_anybody_hands_over_is_asked_about_once() -> None:
    """With two digits too many the screen would tell the cashier to hand thousands out."""
    till = selling(5_000)
    till.press("cash")
    key_in(till, 500_000)
    assert till.press("enter") is None
    shown = till.screen()
    assert ("€5,000.00" in shown.note, "€4,950.00" in shown.note, shown.is_bad) == (True,) * 3
    till.press("erase")
    till.press("erase")
    sold = till.press("enter")
    assert isinstance(sold, SellRequest)
    assert sold.tenders == (Tender(kind=CASH, amount_minor=5_000),)


def test_cash_that_was_asked_about_is_taken_by_enter_alone() -> None:
    """A guest may have nothing smaller; the digits of a second code are no answer."""
    till = selling(5_000)
    till.press("cash")
    key_in(till, 99_999_999_999)
    assert till.press("enter") is None
    key_in(till, 9)
    assert till.press("enter") is None, "the same digits came once more"
    sold = till.press("enter")
    assert isinstance(sold, SellRequest)
    again = selling(5_000)
    again.press("cash")
    key_in(again, 20_000)
    assert isinstance(again.press("enter"), SellRequest), "a note of 200 for a ticket of 50"


VOUCHER_CODE = "7K2M-9Q4T-1X0C-ABCD"


def scan(till: TillPresenter, code: str) -> TillScreen:
    """Read what is no badge, and no ticket either."""
    asked = till.take_code(code)
    assert asked is not None
    till.take(asked, FoundCode())
    return till.screen()


def at_work(till: TillPresenter) -> TillPresenter:
    till.take_facts(till.state.facts._replace(has_vouchers=True))
    till.state.person = PersonAtTill("ca_1", "Mara")
    return till


@pytest.mark.parametrize("keys", [(), ("cash", "digit:5"), ("other",)])
def test_a_voucher_that_is_scanned_pays_once_the_cashier_goes_on(keys: Sequence[str]) -> None:
    """It was called nobody's badge where money is taken; and it does not pay by itself."""
    till = at_work(selling(DOWN))
    for key in keys:
        till.press(key)
    shown = scan(till, VOUCHER_CODE)
    assert (shown.step, shown.amount, shown.is_bad) == (TillStep.TEXT, VOUCHER_CODE, False)
    assert "€99.92" in shown.note
    sold = till.press("enter")
    assert isinstance(sold, SellRequest)
    assert sold.tenders == (Tender(kind=VOUCHER, amount_minor=DOWN, code=VOUCHER_CODE),)


def test_a_card_that_is_asked_pays_what_was_shown_or_nothing() -> None:
    """An early price may end between what the guest read and the press."""
    till = at_work(selling(DOWN))
    till.take_facts(till.state.facts._replace(has_terminal=True))
    sold = till.press("card")
    assert isinstance(sold, SellRequest)
    assert sold.tenders == (Tender(kind=CARD, amount_minor=DOWN),)


def test_a_voucher_waits_for_tickets_and_for_a_card_and_says_so() -> None:
    """The card may be charged already; and whoever has nothing in the basket pays for nothing."""
    till = at_work(selling(DOWN))
    till.press("card")
    shown = scan(till, VOUCHER_CODE)
    assert (shown.step, shown.note) == (TillStep.CARD, TEXTS.say("till.voucher_later"))
    empty = at_work(selling(DOWN))
    empty.state.counts.clear()
    assert scan(empty, VOUCHER_CODE).note == TEXTS.say("till.voucher_first")
    assert scan(empty, "4006381333931").note == TEXTS.say("till.not_a_ticket")


def test_a_scanned_voucher_pays_the_rest_behind_its_parts() -> None:
    """What lies on the counter stays paid, whether it pays or is left."""
    till = at_work(selling(DOWN))
    till.state.parts.append(Tender(kind=CASH, amount_minor=5_000))
    till.state.go(TillStep.REST)
    scan(till, VOUCHER_CODE)
    till.press("back")
    assert (till.state.step, len(till.state.parts)) == (TillStep.REST, 1)
    scan(till, VOUCHER_CODE)
    sold = till.press("enter")
    assert isinstance(sold, SellRequest)
    assert [one.kind for one in sold.tenders] == [CASH, VOUCHER]


def test_a_card_booked_after_not_paid_is_told_where_the_next_one_is_asked() -> None:
    """Nobody looks at the terminal by itself; the basket stays as it was."""
    till = at_work(selling(DOWN))
    till.take_facts(till.state.facts._replace(has_terminal=True))
    asked = till.press("card")
    assert asked is not None
    no = TillAnswer(reason=SaleReason.NO_TERMINAL, mode="online", doubt=Doubt.LATE)
    till.take(asked, no)
    assert till.screen().note == TEXTS.say("till.doubt.late")
    assert (till.state.step, till.state.counts) == (TillStep.SELL, {1: 1})


def test_a_part_says_what_stays_to_be_paid() -> None:
    """Who keys in 50 for a note of fifty reads that it became 0.50, before a part is taken.

    It says so on the button: a note above would move the keys under the finger that types.
    """
    till = selling(9_850)
    till.press("cash")
    part = key_in(till, 50).foot[-1]
    assert (part.key, part.hint) == ("part", "Still to pay · €98.00")
    assert not till.screen().note
    for _ in range(2):
        key_in(till, 0)
    enter = key_in(till, 0).foot[-1]
    assert (enter.key, enter.hint) == ("enter", "")
