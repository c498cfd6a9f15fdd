"""Screens of money that takes more than one look: what goes back in parts, and what is doubted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.finding_past_sales import PastSale
from gatekeeper.boxoffice.last_sale_before_start import LastPapers, LastSale
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.presenters.till.state import TillFacts, TillState, TillStep
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import Purpose
from shared.sales.tenders import Tender

At = Callable[..., TillState]
"""Makes a state at a step, with changes."""
_BY: Final = {"cash": 1_300, "voucher": 1_000, "card": 250}
_WHOLE: Final = sum(_BY.values())


def money_states(
    at: At, facts: TillFacts, past: PastSale, sale: Sale
) -> Iterator[tuple[str, TillState]]:
    """Make the states, with their names.

    Args:
        at: Makes one.
        facts: What the till knows.
        past: A sale that was made, by one tender.
        sale: The one that was just made.
    """
    split = msgspec.structs.replace(past, tender="split", has_parts=True)
    chosen = frozenset({split.tickets[0].ticket_id})
    draft = AfterRequest(purpose=Purpose.REFUND, reason="cannot_come")
    yield "till_confirm_parts", at(TillStep.CONFIRM, past=split, picked=chosen, draft=draft)
    yield (
        "till_paid_back_parts",
        at(TillStep.PAID_BACK, paid_back=_WHOLE, paid_parts=Counter(_BY), tender="split"),
    )
    back = ((split.tickets[0].ticket_id, _WHOLE),)
    for name, is_refund in (("refund", True), ("exchange", False)):
        last = LastSale(
            split, LastPapers.PRINTED, 0, back, "split", tuple(_BY.items()), is_refund=is_refund
        )
        told = facts._replace(last_sale=last)
        yield f"till_last_{name}_parts", at(TillStep.LAST, past=split, facts=told)
    giving = {"past": split, "giving": split.tickets[:1], "credit": 3_800}
    yield "till_exchange_parts", at(TillStep.SELL, counts={1: 1}, **giving)
    yield "till_exchanged_parts", at(TillStep.DONE, sale=sale, back_by=_BY, tender="split")
    odd = at(TillStep.CASH, counts={1: 2}, typed="500000")
    given = {"given": odd.spell(500_000), "change": odd.spell(497_500)}
    odd.say(TEXTS.say("till.odd_cash", **given), is_bad=True)
    yield "till_cash_odd", odd
    parts = [Tender(kind="cash", amount_minor=5_000)]
    late = at(TillStep.CARD, counts={4: 3}, parts=parts, on_card=10_000)
    late.say(TEXTS.say("till.doubt.late"), is_bad=True)
    yield "till_card_late", late
    much = at(TillStep.AMOUNT, purpose="drop", typed="99999999")
    much.say(TEXTS.say("till.drawer.far_beyond"), is_bad=True)
    yield "till_amount_far_beyond", much
