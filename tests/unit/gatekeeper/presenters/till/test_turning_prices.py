"""Prices, sales and codes that end in mid-sale: nothing is charged that no entry has."""

from __future__ import annotations

import pytest

from gatekeeper.boxoffice.answers import StockLine, TillAnswer
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.till.customer_display_content import show_customer
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillFacts, TillStep
from gatekeeper.presenters.till.window_requests import KeepParts, Lock, Request, Settled
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.instant import HOUR, Instant
from shared.manifest.price_plan import PricePlan, PricePromotion, PriceTier, TypePrices
from shared.sales.promotion_code import hash_promotion_code
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CARD, CASH, Tender
from shared.sales.till_basket import NO_DISCOUNT

LISTED, EARLY, LATE = 2_500, 2_000, 1_500
NOW = Instant(1_790_000_000_000_000)
THEN = Instant(NOW + HOUR)
EVENT = EventId("ev_1")
CODE = "FRIENDS"


def at(now: Instant, **terms: object) -> TillFacts:
    """Return what a till knows of one type that costs 25.00 besides these terms."""
    prices = TypePrices(
        code=1,
        ticket_type_id=TicketTypeId("tt_1"),
        price_minor=LISTED,
        currency="EUR",
        **terms,  # type: ignore[arg-type]  # any of its fields
    )
    stock = StockLine(code=1, name="Hall", left=9, held=0, price_minor=LISTED, currency="EUR")
    friends = PricePromotion(
        id="pm_1",
        name="Friends",
        kind="percent",
        percent_points=1_000,
        code_hash=hash_promotion_code(EVENT, CODE),
        ends_at=THEN,
    )
    plan = PricePlan(types=(prices,), promotions=(friends,))
    return TillFacts(
        event="Fair", event_id=EVENT, currency="EUR", stock=(stock,), plan=plan, now=now
    )


def begun(facts: TillFacts) -> TillPresenter:
    """Return a till with one ticket in its basket."""
    till = TillPresenter()
    till.take_facts(facts)
    till.state.go(TillStep.SELL)
    till.press("type:1")
    return till


def tier(minor: int, **times: Instant) -> dict[str, object]:
    return {"tiers": (PriceTier(id="pt_1", name="Tier", price_minor=minor, **times),)}


def forgets_card(request: Request | None) -> bool:
    """Tell whether nothing is left of a card for the next start to ask about."""
    return isinstance(request, KeepParts) and not request.request.on_card


def test_a_card_that_was_keyed_in_before_the_price_rose_pays_what_was_keyed_in() -> None:
    """Early birds end while the guest keys in their PIN: the terminal has 20.00, as we have."""
    early = tier(EARLY, ends_at=THEN)
    till = begun(at(NOW, **early))
    till.press("card")
    till.take_facts(at(THEN, **early))
    assert "€20.00" in till.screen().title, "what the terminal shows"
    kept = till.press("approved")
    assert isinstance(kept, KeepParts)
    assert kept.request.tenders == (Tender(kind=CARD, amount_minor=EARLY),)
    assert (till.state.step, till.state.left) == (TillStep.REST, LISTED - EARLY)
    assert till.screen().note == TEXTS.say("till.refused.sum_differs")


def test_a_card_that_was_keyed_in_before_the_price_fell_goes_back() -> None:
    """The terminal has taken more than the ticket costs: it is not on sale."""
    late = tier(LATE, starts_at=THEN)
    till = begun(at(NOW, **late))
    till.press("card")
    till.take_facts(at(THEN, **late))
    assert forgets_card(till.press("approved"))
    assert (till.state.step, till.state.left) == (TillStep.SELL, LATE)
    assert "Cancel €25.00 at the card terminal." in till.screen().note


def test_a_card_that_was_keyed_in_before_the_sale_ended_goes_back() -> None:
    """The till says why it sells no more, and what becomes of the money."""
    till = begun(at(NOW, sales_until=NOW))
    till.press("card")
    till.take_facts(at(THEN, sales_until=NOW))
    assert forgets_card(till.press("approved"))
    said = till.screen().note
    assert TEXTS.say("till.refused.not_on_sale") in said
    assert "Cancel €25.00 at the card terminal." in said


def test_while_a_terminal_works_till_and_guest_are_shown_what_it_charges() -> None:
    """Early birds end while the guest keys in their PIN: the terminal goes on asking for 20.00."""
    early = tier(EARLY, ends_at=THEN)
    till = begun(at(NOW, **early)._replace(has_terminal=True))
    sold = till.press("card")
    assert isinstance(sold, SellRequest)
    assert sold.tenders == (Tender(kind=CARD, amount_minor=EARLY),)
    till.take_card_step("card.pin")
    till.take_facts(at(THEN, **early)._replace(has_terminal=True))
    shown = show_customer(till.state)
    assert (till.screen().amount, shown.amount) == ("€20.00", "€20.00")
    assert [line.amount for line in shown.lines] == ["€20.00"]
    till.take(sold, TillAnswer(reason=SaleReason.PAYMENT_DECLINED, mode="online"))
    till.take_facts(at(THEN, **early))
    assert till.state.left == LISTED, "what is asked for next is priced anew"


def test_the_guest_is_shown_what_is_keyed_into_a_terminal_by_hand() -> None:
    """Also where it costs more by now: the terminal beside it says the same."""
    early = tier(EARLY, ends_at=THEN)
    till = begun(at(NOW, **early))
    till.press("card")
    till.take_facts(at(THEN, **early))
    assert show_customer(till.state).amount == "€20.00"
    till.press("part:500")
    assert show_customer(till.state).amount == "€5.00"


@pytest.mark.parametrize("key", ["card", "cash"])
def test_where_the_price_has_turned_before_anybody_paid_no_rest_is_asked_for(key: str) -> None:
    """Nothing was charged: there is no rest, and the whole is due at the new price."""
    till = begun(at(NOW)._replace(has_terminal=True))
    sold = till.press(key)
    if key == "cash":
        sold = till.press("enter")
    assert sold is not None
    till.take(sold, TillAnswer(reason=SaleReason.SUM_DIFFERS, mode="online"))
    assert till.screen().note == TEXTS.say("till.refused.price_turned")


def test_the_engine_is_told_what_was_shown_where_more_cash_was_laid_down() -> None:
    """Else a price that turns in that second is taken out of the guest's change."""
    till = begun(at(NOW))
    till.press("cash")
    sold = till.press("amount:5000")
    assert isinstance(sold, SellRequest)
    assert sold.shown_minor == LISTED


def test_the_engine_is_told_what_the_card_has_paid() -> None:
    """So that a price which turns between screen and engine is not booked in the card's name."""
    till = begun(at(NOW))
    till.press("card")
    sold = till.press("approved")
    assert isinstance(sold, SellRequest)
    assert sold.tenders == (Tender(kind=CARD, amount_minor=LISTED),)


@pytest.mark.parametrize("reason", [SaleReason.SEAT_TAKEN, SaleReason.EVENT_CLOSED])
def test_a_card_that_was_charged_by_hand_for_nothing_goes_back(reason: SaleReason) -> None:
    """Somebody else has the seat by now, and the terminal has the money."""
    till = begun(at(NOW))
    till.press("card")
    sold = till.press("approved")
    assert sold is not None
    assert forgets_card(till.take(sold, TillAnswer(reason=reason, mode="online")))
    assert till.state.step is TillStep.SELL
    assert "Cancel €25.00 at the card terminal." in till.screen().note


def test_a_code_that_has_ended_leaves_the_basket_and_says_so() -> None:
    """Without it the basket is sold; with it nothing could be, not to the next guest either."""
    till = begun(at(NOW))
    till.state.promo = CODE
    assert till.state.left == LISTED * 9 // 10
    till.take_facts(at(THEN))
    assert (till.state.promo, till.state.left) == ("", LISTED)
    assert till.screen().note == TEXTS.say("till.refused.unknown_code")
    till.press("cash")
    assert till.state.step is TillStep.CASH


def test_a_basket_whose_sale_has_ended_says_why_it_cannot_be_paid() -> None:
    """Also where a part is on the counter: the buttons alone are dead without a word."""
    till = begun(at(NOW, sales_until=NOW))
    till.state.parts.append(Tender(kind=CASH, amount_minor=500))
    for step in (TillStep.SELL, TillStep.REST):
        till.state.go(step)
        till.take_facts(at(THEN, sales_until=NOW))
        assert till.screen().note == TEXTS.say("till.refused.not_on_sale")


def test_what_is_taken_off_one_basket_is_not_taken_off_the_next_guests() -> None:
    """Whose basket was emptied line by line, by a step back, or for an exchange."""
    for press in ("less:1", "back"):
        till = begun(at(NOW))
        for key in ("other", "off:5000", "why:goodwill", press, "type:1"):
            till.press(key)
        assert (till.state.discount, till.state.why) == (NO_DISCOUNT, "")
        assert till.state.left == LISTED


def test_a_discount_without_a_reason_is_none() -> None:
    """Who goes back where a reason is asked for takes nothing off."""
    till = begun(at(NOW))
    for key in ("other", "off:5000", "back"):
        till.press(key)
    assert (till.state.discount, till.state.left) == (NO_DISCOUNT, LISTED)


def test_a_card_that_nobody_allows_what_it_was_charged_for_goes_back() -> None:
    """The supervisor says no to a discount, and the guest has paid by then."""
    till = begun(at(NOW))
    till.press("card")
    sold = till.press("approved")
    assert sold is not None
    till.take(sold, TillAnswer(reason=SaleReason.NOT_ALLOWED, mode="online"))
    assert till.state.step is TillStep.ALLOW
    locked = till.press("back")
    assert (till.state.step, till.screen().note) == (
        TillStep.SELL,
        "Cancel €25.00 at the card terminal.",
    )
    assert isinstance(locked, Lock)
    assert forgets_card(till.take(locked, Settled()))


def test_no_more_than_is_due_is_keyed_in_by_hand() -> None:
    """What the page says to key in, somebody does."""
    till = begun(at(NOW))
    till.press("card")
    for digit in ("3", "00", "0"):
        till.press(f"digit:{digit}")
    (approved,) = [one for one in till.screen().foot if one.key == "approved"]
    assert not approved.is_enabled
