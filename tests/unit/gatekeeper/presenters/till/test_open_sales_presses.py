"""Sales that are not finished, as the till's presenter keeps them while somebody is asked."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from gatekeeper.boxoffice.answers import PartState, TillAnswer
from gatekeeper.boxoffice.payment_ports import Doubt
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.till_requests import TicketExchangeRequest, one_type
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillFacts, TillStep
from gatekeeper.presenters.till.window_requests import Allowed, SettleSale, allow, allowed_by
from gatekeeper.terminals.printer_and_terminal import UseTerminal
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import Tender
from tests.factories.till_facts import ALL_PAID, UNKNOWN


def test_a_payment_that_was_not_made_gives_its_basket_back_however_long_asking_took() -> None:
    """While the terminal is asked the till lists the sale no more; its guest is still there."""
    till = TillPresenter()
    till.take_facts(TillFacts(event="Fair", currency="EUR", open_sales=(UNKNOWN,)))
    till.state.go(TillStep.OPEN)
    asked = till.press(f"ask:{UNKNOWN.sale_id}")
    assert isinstance(asked, SettleSale)
    till.take_facts(TillFacts(event="Fair", currency="EUR"))
    till.take(asked, TillAnswer(reason=SaleReason.PAYMENT_DECLINED, mode="online"))
    wanted = {one.ticket_type_code: one.count for one in UNKNOWN.request.lines}
    assert till.state.counts == wanted
    assert till.state.step is TillStep.SELL


def test_a_sale_that_is_all_paid_is_given_out_by_one_key_and_asks_for_no_money() -> None:
    """By whoever is at the till: who began it may be gone."""
    till = TillPresenter()
    till.take_facts(TillFacts(event="Fair", currency="EUR", open_sales=(ALL_PAID,)))
    till.state.go(TillStep.OPEN)
    keys = [way.key for way in till.screen().ways]
    assert keys == [f"finish_paid:{ALL_PAID.sale_id}", f"give_up:{ALL_PAID.sale_id}"]
    asked = till.press(keys[0])
    assert asked == SettleSale("finish", ALL_PAID.sale_id, (), till.state.cashier)


def test_a_sale_that_was_charged_before_the_disk_gave_out_is_shown_and_not_charged_again() -> None:
    """Its basket is no more on the counter: whoever paid it again would have two sales."""
    till = TillPresenter()
    till.take_facts(TillFacts(event="Fair", currency="EUR"))
    till.state.parts.append(Tender(kind="cash", amount_minor=1_000))
    till.state.go(TillStep.REST)
    asked = till.state.ask(UNKNOWN.request)
    till.take_fault("The disk is full.", asked)
    till.take_facts(TillFacts(event="Fair", currency="EUR", open_sales=(UNKNOWN,)))
    assert (till.screen().step, till.screen().note) == (TillStep.OPEN, "The disk is full.")
    assert (till.state.parts, till.state.counts) == ([], {})
    till.press("back")
    till.take_facts(TillFacts(event="Fair", currency="EUR", open_sales=(UNKNOWN,)))
    assert till.screen().step is TillStep.SELL, "it is told once"


@pytest.mark.parametrize("doubt", [None, *Doubt])
def test_what_may_have_gone_back_is_called_that_and_not_paid(doubt: Doubt | None) -> None:
    """Whoever read *It was paid* of a cancellation's slip gave a ticket for nothing."""
    till = TillPresenter()
    back = msgspec.structs.replace(UNKNOWN.parts[0], state=PartState.REVERSING)
    sale = msgspec.structs.replace(UNKNOWN, parts=(back,))
    till.take_facts(TillFacts(event="Fair", currency="EUR", open_sales=(sale,)))
    till.state.go(TillStep.OPEN)
    words = {way.key.split(":")[0]: way.label for way in till.screen().ways}
    assert words == {"paid": "It was not returned", "unpaid": "It was returned"}
    asked = till.press(f"unpaid:{sale.sale_id}")
    assert asked is not None
    reason = SaleReason.PAYMENT_UNKNOWN
    till.take(asked, TillAnswer(reason=reason, mode="online", open_sale=sale, doubt=doubt))
    screen = till.screen()
    assert screen.step is TillStep.OPEN
    told = doubt if doubt in {Doubt.BUSY, Doubt.NOT_BACK} else "back"
    assert screen.note == TEXTS.say(f"till.doubt.{told}")
    assert "charge" not in f"{screen.title} {screen.note}"


def test_who_may_not_finish_a_sale_asks_a_supervisor_to_do_it() -> None:
    """Once; what they allow is theirs, and a second no is only said."""
    till = TillPresenter()
    till.take_facts(TillFacts(event="Fair", currency="EUR", open_sales=(ALL_PAID,)))
    till.state.go(TillStep.OPEN)
    asked = till.press(f"finish_paid:{ALL_PAID.sale_id}")
    assert isinstance(asked, SettleSale)
    no = TillAnswer(reason=SaleReason.NOT_ALLOWED, mode="online", open_sale=ALL_PAID)
    till.take(asked, no)
    assert till.screen().step is TillStep.ALLOW
    assert till.state.pending is not None
    theirs = allow(till.state.pending, "sv_1")
    assert theirs == asked._replace(person="sv_1")
    till.take(theirs, no)
    assert till.screen().step is TillStep.OPEN


def test_whoever_allows_something_is_known_whatever_it_is() -> None:
    """Their badge is put away after it: of a sale that they finished it had stayed at work."""
    sell = one_type(1, cashier="ca_mara")
    asked: tuple[Allowed, ...] = (
        sell,
        TicketExchangeRequest(ticket_ids=(), sell=sell),
        ShiftRequest(act="close", cashier="ca_mara"),
        AfterRequest(purpose=Purpose.REFUND, cashier="ca_mara"),
        UseTerminal("by-hand", "ca_mara"),
        SettleSale("finish", ALL_PAID.sale_id, (), "ca_mara"),
    )
    assert {type(one) for one in asked} == set(get_args(Allowed))
    assert [allowed_by(allow(one, "sv_ada")) for one in asked] == ["sv_ada"] * len(asked)
