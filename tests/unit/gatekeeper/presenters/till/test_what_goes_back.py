"""What goes back to a guest stays said, whatever else happens by itself in the same second."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillFacts, TillStep
from gatekeeper.presenters.till.window_requests import KeepParts
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import SeatId
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CASH, Tender
from tests.factories.till_facts import PAST, seated_facts

SEATED = 1
CARD_BACK, CASH_BACK = "Cancel €12.50 at the card terminal.", "Give €10.00 back."


def facts_without(gone: Collection[SeatId] = ()) -> TillFacts:
    """Return what a connected till knows, less the seats that somebody else has by now."""
    facts = seated_facts()
    assert facts.seats is not None
    view, taken = facts.seats, frozenset(gone)
    left = {code: seats - taken for code, seats in view.left.items()}
    others = {"own": view.own - taken, "elsewhere": view.elsewhere - taken}
    return facts._replace(seats=msgspec.structs.replace(view, left=left, **others))


def begun() -> tuple[TillPresenter, frozenset[SeatId]]:
    """Return a till with one seat in its basket, and which one."""
    till = TillPresenter()
    till.take_facts(facts_without())
    till.state.go(TillStep.SELL)
    till.press(f"type:{SEATED}")
    return till, frozenset(till.state.seats[SEATED])


def test_a_card_that_was_charged_for_a_seat_that_is_gone_stays_to_be_cancelled() -> None:
    """By hand, at a terminal of its own: only this sentence knows that the guest has paid."""
    till, seats = begun()
    till.press("card")
    sold = till.press("approved")
    assert sold is not None
    till.take(sold, TillAnswer(reason=SaleReason.SEAT_TAKEN, mode="online"))
    assert CARD_BACK in till.screen().note
    till.take_facts(facts_without(seats))  # the server tells of it a second later
    note = till.screen().note
    assert (CARD_BACK in note, TEXTS.say("till.seats_gone", seats="")[:15] in note) == (True, True)


def test_a_part_that_is_given_back_stays_said_where_the_seat_is_gone() -> None:
    """The guest gives up; in the next second the till hears who has the seat."""
    till, seats = begun()
    for key in ("cash", "digit:1", "digit:00", "digit:0", "part"):
        till.press(key)
    till.take_facts(facts_without(seats))
    assert till.state.counts, "of what is paid in part the engine says what became of it"
    assert isinstance(till.press("back"), KeepParts)
    assert till.screen().note == CASH_BACK
    till.take_facts(facts_without(seats))
    assert till.screen().note.startswith(CASH_BACK)
    assert not till.state.counts


def test_what_goes_back_stays_said_while_a_zone_is_emptied_or_no_paper_comes() -> None:
    """Both are told over what was recorded; a guest who leaves without their money is worse."""
    known = facts_without()
    for told in (
        known._replace(evacuated=("Hall",)),
        known._replace(paper_key="print.drawer_shut"),
    ):
        till, _ = begun()
        till.state.parts.append(Tender(kind=CASH, amount_minor=1_000))
        till.state.go(TillStep.REST)
        till.press("back")
        till.take_facts(told)
        note = till.screen().note
        assert note.startswith(CASH_BACK)
        assert note != CASH_BACK


def test_what_goes_back_stays_said_where_the_disk_refuses() -> None:
    """That the basket could not be kept is news; that a guest has money to come is not undone."""
    till, _ = begun()
    till.state.parts.append(Tender(kind=CASH, amount_minor=1_000))
    till.state.go(TillStep.REST)
    till.take_fault("The disk is full.", till.press("back"))
    assert till.screen().note == f"{CASH_BACK} The disk is full."


def test_a_seat_that_is_gone_leaves_a_basket_that_is_paid_in_part() -> None:
    """Once the engine has said so others are chosen: it would be asked for at every press."""
    till, seats = begun()
    till.state.parts.append(Tender(kind=CASH, amount_minor=1_000))
    till.state.go(TillStep.REST)
    till.press("cash")
    sold = till.press("enter")
    assert sold is not None
    till.take(sold, TillAnswer(reason=SaleReason.SEAT_TAKEN, mode="online"))
    assert (till.state.step, till.state.seated_type) == (TillStep.SEATS, SEATED)
    till.take_facts(facts_without(seats))
    assert not till.state.seats
    till.press("best")
    assert till.state.seats[SEATED] != list(seats)
    till.press("cash")
    assert (till.state.step, till.state.left) == (TillStep.CASH, 250)


def test_an_exchange_that_is_stopped_leaves_no_seat_for_the_next_guest() -> None:
    """Their tickets without seats were refused for it, after their card was charged by hand."""
    till, _ = begun()
    till.state.giving, till.state.credit = PAST[0].tickets[:1], 1_250
    till.press("ungive")
    till.state.go(TillStep.SELL)
    till.press("type:3")
    till.press("cash")
    sold = till.press("enter")
    assert isinstance(sold, SellRequest)
    assert ([one.ticket_type_code for one in sold.lines], sold.seats) == ([3], ())
