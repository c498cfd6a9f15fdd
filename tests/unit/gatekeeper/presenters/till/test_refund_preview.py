"""What a cashier tells a guest before a ticket is taken back is what is paid out after it."""

from __future__ import annotations

import pytest
from msgspec import structs

from gatekeeper.boxoffice.answers import TicketOutcome
from gatekeeper.boxoffice.finding_past_sales import PastSale, PastTicket
from gatekeeper.boxoffice.refund_amounts import exchanged, payable, payable_in_parts
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftRequest
from gatekeeper.boxoffice.tickets_with_payments import OwnTicket
from gatekeeper.presenters.till.refund_and_reprint_presses import AfterPresses
from gatekeeper.presenters.till.refund_preview import left_over, refunded
from gatekeeper.presenters.till.state import TillFacts, TillScreen, TillState, TillStep
from gatekeeper.presenters.till.which_screen import show
from shared.admission.purpose import Purpose
from shared.journal.sale_body import SalePayment
from shared.journal.withdrawal_body import PaidBack
from shared.kernel.instant import Instant
from shared.manifest.price_plan import PricePlan, RefundTerm
from shared.sales.cash_rounding import round_cash
from shared.sales.refund_terms import money_back
from tests.unit.gatekeeper.boxoffice.test_refund_amounts import sale_of, taken

STEP = 5
NOW = Instant(1_000)
SOME = (RefundTerm(percent_points=8_000, fee_minor=100),)
OVER = (RefundTerm(until=Instant(5)),)
PRICES = [2_248, 3_600, 5_445]
SALE = sale_of(PRICES, 11_295)


def asking(
    terms: tuple[RefundTerm, ...], picked: list[int], *, tender: str = "split", purpose: str = ""
) -> TillState:
    """Return a window that asks whether tickets of a sale go back."""
    tickets = tuple(
        PastTicket(ticket_id=f"{number:016x}", ticket_type="Standing", price_minor=price)
        for number, price in enumerate(PRICES)
    )
    state = TillState()
    plan = PricePlan(refunds=terms, cash_step_minor=STEP)
    state.facts = TillFacts(event="Fair", currency="EUR", plan=plan, now=NOW)
    state.past = PastSale(
        sale_id="0" * 32,
        seq=1,
        receipt_number=1,
        total_minor=sum(PRICES),
        tender=tender,
        shift_id="1" * 32,
        tickets=tickets,
        own=tuple(OwnTicket(ticket, SALE) for ticket in SALE.tickets),
    )
    state.picked = frozenset(f"{number:016x}" for number in picked)
    state.draft = AfterRequest(purpose=Purpose(purpose or "refund"), reason="cannot_come")
    state.step = TillStep.CONFIRM
    return state


def rows_of(screen: TillScreen) -> list[str]:
    return [one.amount for one in screen.rows]


@pytest.mark.parametrize("picked", [[0], [2, 1], [0, 1, 2]])
@pytest.mark.parametrize("tender", ["cash", "card"])
@pytest.mark.parametrize("terms", [SOME, OVER, ()])
def test_it_is_what_the_engine_pays(
    terms: tuple[RefundTerm, ...], tender: str, picked: list[int]
) -> None:
    """Of one ticket, of some, of all; in coins where it is cash."""
    sale = sale_of(PRICES, 11_295)
    own = [OwnTicket(sale.tickets[number], sale) for number in sorted(picked)]
    amounts = [money_back(terms, one.ticket.price_minor, NOW) for one in own]
    state = asking(terms, picked)
    assert state.past is not None
    said = refunded(state, state.past, tender, is_void=False)
    assert list(said) == payable(own, amounts, [], tender, STEP)


@pytest.mark.parametrize("picked", [[0], [2, 1], [0, 1, 2]])
@pytest.mark.parametrize("card_minor", [1_001, 3_333, 6_001])
@pytest.mark.parametrize("terms", [SOME, ()])
def test_as_paid_it_is_what_each_tender_pays(
    terms: tuple[RefundTerm, ...], card_minor: int, picked: list[int]
) -> None:
    """To the coin: what cash cannot hand out of its part stays, and no other tender pays it."""
    by_cash = round_cash(sum(PRICES) - card_minor, STEP)
    paid = ((PaidBack("card", card_minor),), (PaidBack("cash", by_cash),))
    payments = tuple(
        SalePayment(kind=one.tender, amount_minor=one.amount_minor) for (one,) in paid
    )
    rounding = card_minor + by_cash - sum(PRICES)
    sale = structs.replace(SALE, tender="split", payments=payments, rounding_minor=rounding)
    own = tuple(
        OwnTicket(ticket, sale, frozenset({"card", "cash"}), paid) for ticket in sale.tickets
    )
    state = asking(terms, picked)
    assert state.past is not None
    state.past = structs.replace(state.past, own=own, has_parts=True)
    chosen = [own[number] for number in sorted(picked)]
    amounts = [money_back(terms, one.ticket.price_minor, NOW) for one in chosen]
    parts = payable_in_parts(chosen, amounts, [], STEP)
    whole = [sum(one.amount_minor for one in each) for each in parts]
    assert list(refunded(state, state.past, "split", is_void=False)) == whole
    screen = show(state)
    said = state.spell(sum(whole))
    assert (screen.ways[0].hint, screen.amount) == (said, said)


@pytest.mark.parametrize("tender", ["cash", "card"])
def test_the_last_ticket_of_a_sale_has_what_is_left_of_what_was_paid(tender: str) -> None:
    """By coins as well: what was rounded for the first ones is known beforehand."""
    sale = sale_of(PRICES, 11_295)
    gone = [taken(sale.tickets[0], 2_250), taken(sale.tickets[1], 3_600)]
    own = [OwnTicket(sale.tickets[2], sale)]
    state = asking((), [2])
    assert state.past is not None
    state.past = structs.replace(state.past, earlier=tuple(gone))
    said = refunded(state, state.past, tender, is_void=False)
    assert list(said) == payable(own, [PRICES[2]], gone, tender, STEP) == [5_445]


def test_what_the_terms_keep_is_said_before_the_ticket_is_gone() -> None:
    """With the price beside it; by card it is to the cent, in cash in coins."""
    card = show(asking(SOME, [0], tender="card"))
    assert (card.amount, rows_of(card)) == ("€16.98", ["€16.98 of €22.48"])
    assert card.label == "Cannot come · €5.50 kept under the refund terms"
    cash = show(asking(SOME, [0], tender="cash"))
    assert (cash.amount, rows_of(cash)) == ("€17.00", ["€17.00 of €22.48"])


def test_of_several_tenders_each_button_says_what_it_pays() -> None:
    """The sum is that of a card; in cash there are no smaller coins."""
    screen = show(asking(SOME, [0]))
    assert [(one.label, one.hint) for one in screen.ways] == [
        ("Cash", "€17.00"),
        ("Card", "€16.98"),
    ]


def test_a_sale_that_is_undone_goes_back_whole() -> None:
    """No refund terms touch it, and nothing is said of any."""
    screen = show(asking(SOME, [0, 1, 2], tender="card", purpose="void"))
    assert (screen.amount, screen.label) == ("€112.95", "Cannot come")
    assert rows_of(screen) == ["€22.48", "€36.00", "€54.47"]


@pytest.mark.parametrize("tender", ["cash", "card"])
@pytest.mark.parametrize("terms", [SOME, ()])
@pytest.mark.parametrize("due", [0, 1_000, 1_001, 4_003, 11_293])
def test_what_is_left_of_an_exchange_goes_back_by_the_terms(
    due: int, terms: tuple[RefundTerm, ...], tender: str
) -> None:
    """As the engine pays it for each ticket, in coins where it is cash; the screen names it."""
    sale = sale_of(PRICES, 11_295)
    own = [OwnTicket(ticket, sale) for ticket in sale.tickets]
    state = asking(terms, [0, 1, 2], tender=tender)
    assert state.past is not None
    worth = exchanged(own, 1_000_000, [], "", STEP)
    state.giving, state.credit = state.past.tickets, sum(one.credited_minor for one in worth)
    shares = exchanged(own, due, [], tender, STEP, lambda rest: money_back(terms, rest, NOW))
    assert left_over(state, due) == sum(one.back_minor for one in shares)


@pytest.mark.parametrize(("tender", "asks"), [("cash", True), ("card", True), ("split", False)])
def test_enter_pays_back_the_way_it_was_paid_where_there_is_one(
    tender: str, *, asks: bool
) -> None:
    """Of several payments the cashier says which; Enter asks the till for nothing then."""
    state = asking((), [0], tender=tender)
    request = AfterPresses(state).enter()
    assert (request is not None) is asks
    assert state.step is (TillStep.WORKING if asks else TillStep.CONFIRM)


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_what_is_left_of_a_sale_is_moved_to_the_other_tender_and_nothing_of_none(
    gone: int,
) -> None:
    """Of a sale that was taken back in part the window asks for no more than stands there."""
    state = asking((), [], tender="cash")
    assert state.past is not None
    tickets = [
        structs.replace(one, is_gone=number < gone)
        for number, one in enumerate(state.past.tickets)
    ]
    state.past = structs.replace(state.past, tickets=tuple(tickets))
    shift = OpenShift(shift_id="1" * 32, currency="EUR", cashier="ca_1", opened_seq=1)
    state.facts, state.step = state.facts._replace(shift=shift), TillStep.SALE
    offered = next(one for one in show(state).foot if one.key == "moved")
    assert offered.is_enabled is (gone < len(PRICES))
    asked = AfterPresses(state).presses()["moved"]("")
    assert isinstance(asked, ShiftRequest)
    assert (asked.tender, asked.tender_to, asked.amount_minor) == ("cash", "card", None)


def test_what_goes_back_in_parts_is_chosen_first_and_said_by_tender() -> None:
    """The cashier reads what to hand out, and what the voucher has again."""
    state = asking((), [0])
    assert state.past is not None
    assert [one.key for one in show(state).ways] == ["pay_back:cash", "pay_back:card"]
    state.past = structs.replace(state.past, has_parts=True)
    ways = show(state).ways
    assert (ways[0].key, ways[0].is_main) == ("pay_back:split", True)
    presses = AfterPresses(state)
    asked = presses.enter()
    assert isinstance(asked, AfterRequest)
    assert asked.tender == "split"
    parts = (PaidBack("cash", 1_300), PaidBack("voucher", 1_200))
    done = TicketOutcome(ticket_id="0" * 16, reason="ok", amount_minor=2_500, parts=parts)
    presses.take(asked, AfterAnswer(reason="ok", tickets=(done,), tender="split"))
    assert (state.step, state.paid_back) == (TillStep.PAID_BACK, 2_500)
    rows = [(one.text, one.amount) for one in show(state).rows]
    assert rows == [
        ("Pay back: Cash", "€13.00"),
        ("Goes back onto the voucher", "€12.00"),
    ]
    assert (show(state).label, show(state).amount) == ("Pay back: Cash", "€13.00")
