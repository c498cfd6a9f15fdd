"""What the till's tiles say before anything is in the basket."""

from __future__ import annotations

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

from gatekeeper.boxoffice.answers import StockLine
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillFacts, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import TicketTypeId
from shared.kernel.instant import HOUR, Instant
from shared.manifest.price_plan import PricePlan, PriceTier, TypePrices
from tests.factories.till_facts import SALE, facts

LISTED, EARLY, FEE = 2_500, 2_000, 50
NOW = Instant(1_790_000_000_000_000)


def tile(prices: TypePrices) -> tuple[str, str]:
    """Return what a type's tile says, and what the basket comes to once it was pressed."""
    stock = StockLine(
        code=1, name="Standing", left=9, held=0, price_minor=prices.price_minor, currency="EUR"
    )
    till = TillPresenter()
    plan = PricePlan(types=(prices,))
    till.take_facts(TillFacts(event="Fair", currency="EUR", stock=(stock,), plan=plan, now=NOW))
    till.state.go(TillStep.SELL)
    said = till.screen().ways[0].hint
    for _ in range(prices.order_min):
        till.press("type:1")
    return said, till.screen().amount


def prices(**terms: object) -> TypePrices:
    """Return a type that costs 25.00 besides these terms."""
    return TypePrices(
        code=1,
        ticket_type_id=TicketTypeId("tt_1"),
        price_minor=LISTED,
        currency="EUR",
        **terms,  # type: ignore[arg-type]  # any of its fields
    )


def test_a_tile_says_what_one_ticket_costs_with_its_fee() -> None:
    """What a guest is told is what they pay."""
    said, due = tile(prices(fee_minor=FEE))
    assert due == "€25.50"
    assert due in said


def test_a_tile_says_the_price_that_holds_now() -> None:
    """Early birds pay less until it ends; then the list price is back."""
    early = PriceTier(id="early", name="Early bird", price_minor=EARLY, ends_at=NOW + HOUR)
    said, due = tile(prices(tiers=(early,)))
    assert due == "€20.00"
    assert due in said
    over = PriceTier(id="early", name="Early bird", price_minor=EARLY, ends_at=NOW)
    said, due = tile(prices(tiers=(over,)))
    assert due == "€25.00"
    assert due in said


def test_a_tile_of_what_is_sold_by_two_says_the_price_of_one() -> None:
    """And what is not on sale now keeps its list price."""
    said, due = tile(prices(order_min=2, fee_minor=FEE))
    assert due == "€51.00"
    assert "€25.50" in said
    said, _ = tile(prices(sales_until=Instant(NOW - 1)))
    assert "€25.00" in said


def test_a_tile_of_what_is_not_on_sale_now_says_so_and_cannot_be_pressed() -> None:
    """With a queue nobody reads which night a tile is for."""
    till = TillPresenter()
    stock = StockLine(code=1, name="Standing", left=9, held=0, price_minor=LISTED, currency="EUR")
    for window in ({"sales_until": Instant(NOW - 1)}, {"sales_from": Instant(NOW + 1)}):
        plan = PricePlan(types=(prices(**window),))
        till.take_facts(
            TillFacts(event="Fair", currency="EUR", stock=(stock,), plan=plan, now=NOW)
        )
        till.state.go(TillStep.SELL)
        (first, *_) = till.screen().ways
        assert not first.is_enabled
        assert TEXTS.say("till.refused.not_on_sale") in first.hint


def test_a_type_at_two_prices_has_a_line_for_each_that_takes_one_away() -> None:
    """Where a tier runs out in mid-basket, the lines that are seen come to the sum."""
    first = PriceTier(id="first", name="First", price_minor=EARLY, count=1)
    till = TillPresenter()
    stock = StockLine(code=1, name="Standing", left=9, held=0, price_minor=LISTED, currency="EUR")
    till.take_facts(
        TillFacts(
            event="Fair",
            currency="EUR",
            stock=(stock,),
            plan=PricePlan(types=(prices(tiers=(first,)),)),
            price_counts={"first": 1},
            now=NOW,
        )
    )
    till.state.go(TillStep.SELL)
    assert "€20.00" in till.screen().ways[0].hint
    for _ in range(3):
        till.press("type:1")
        assert "€25.00" in till.screen().ways[0].hint, "what the next one costs"
    rows = till.screen().rows
    assert [one.amount for one in rows] == ["€20.00", "€50.00"]
    assert len({one.key for one in rows}) == len(rows), "a grid shows one button for each key"
    till.press(rows[1].key)
    till.press(rows[0].key)
    assert till.state.counts == {1: 1}


def test_how_many_of_the_next_tile_is_seen_beside_the_last_sale_too() -> None:
    """A digit that was pressed by mistake there would sell eleven tickets for one."""
    till = TillPresenter()
    till.take_facts(TillFacts(event="Fair", currency="EUR"))
    till.state.sale = SALE
    till.state.go(TillStep.DONE)
    before = till.screen().title
    till.press("digit:1")
    assert till.screen().title == "1 ×"
    till.press("back")
    assert till.screen().title == before


def test_what_is_wrong_with_the_folder_is_told_where_nothing_is_in_hand() -> None:
    """Which of two copies sells on, its cashier has to know before the next sale."""
    till = TillPresenter()
    till.take_facts(TillFacts(event="Fair", currency="EUR", device_key="trouble.older_copy"))
    till.state.go(TillStep.SELL)
    assert till.screen().note == TEXTS.say("trouble.older_copy")
    till.state.go(TillStep.CASH)
    assert till.screen().note != TEXTS.say("trouble.older_copy")


def test_the_way_to_an_exchange_is_named_where_a_sale_begins() -> None:
    """It stood behind *Refund* alone: nobody who was asked for another ticket looks there."""
    till = TillPresenter()
    till.take_facts(facts())
    till.state.go(TillStep.SELL)
    label = next(one.label for one in till.screen().ways if one.key == "sales")
    assert TEXTS.say("till.refund") in label
    assert TEXTS.say("till.exchange") in label


def test_the_sign_of_one_less_stands_where_the_line_begins() -> None:
    """In Arabic at the right, whatever letters the name has; without seats it was at the left."""
    TEXTS.use("ar")
    try:
        till = TillPresenter()
        till.take_facts(facts())
        till.state.go(TillStep.SELL)
        till.press("type:1")
        (row,) = till.screen().rows
        line = TEXTS.beside(row.text, row.amount)
    finally:
        TEXTS.use("en")
    shown = BidiParagraph(line, TextDirection.RTL).get_reordered_string()
    assert [one for one in shown if one.isprintable()][-1] == "−"
