"""Sales that are not finished, as the till's presenter keeps them while somebody is asked."""

from __future__ import annotations

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.presenters.till_presenter import TillPresenter
from gatekeeper.presenters.till_requests import SettleSale
from gatekeeper.presenters.till_values import TillFacts, TillStep
from shared.sales.sale_refusals import SaleReason
from tests.factories.till_screens import UNKNOWN


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
