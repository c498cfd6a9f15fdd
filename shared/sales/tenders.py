"""How a sale is paid: tenders as they were keyed in, made into payments that come to what is due.

Only what is left for cash at the end is rounded, and change comes from cash only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from shared.field_limits import AMOUNT_MAX
from shared.journal.bounds import KeyedName
from shared.sales.cash_rounding import pay_in_cash
from shared.sales.sale_refusals import Refusal, SaleReason

CASH: Final = "cash"
CARD: Final = "card"
COMP: Final = "comp"
VOUCHER: Final = "voucher"
EXCHANGE: Final = "exchange"
"""What a ticket that is given back in exchange pays; nobody keys it in."""
SPLIT: Final = "split"
KINDS: Final = (CASH, CARD, COMP, VOUCHER)
BACK: Final = frozenset({CASH, CARD, VOUCHER})
"""By which a part of a sale goes back the way it came."""
TENDERS_MAX: Final = 20
"""Of one sale."""


class Tender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tender as it was keyed in.

    Attributes:
        kind: `cash`, `card`, `comp` or `voucher`.
        amount_minor: Of cash what was handed over, of others what they pay, in minor units; None
            for all that is left (in cash: the exact amount).
        code: The voucher's, or the number of the slip of a card that the cashier has confirmed.
    """

    kind: str
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)] | None = None
    code: KeyedName = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one tender pays; amounts in minor units.

    Attributes:
        kind: As of the tender.
        amount_minor: What it pays of the sale.
        given_minor: The cash that was handed over, else 0.
        change_minor: What of that goes back.
        code: As of the tender.
    """

    kind: str
    amount_minor: int
    given_minor: int = 0
    change_minor: int = 0
    code: str = ""


class Tendered(msgspec.Struct, frozen=True):
    """What tenders come to: how a sale is paid.

    Attributes:
        parts: In the order of the tenders; they sum up to what is due and `rounding_minor`.
        rounding_minor: What rounding of cash has added; negative where it took something off.
    """

    parts: tuple[Part, ...]
    rounding_minor: int = 0


def tender_word(kinds: Sequence[str]) -> str:
    """Return the one word for how a sale was paid."""
    several = set(kinds)
    return kinds[0] if len(several) == 1 else SPLIT


def take_tenders(
    due_minor: int, tenders: Sequence[Tender], *, cash_step: int = 1
) -> Tendered | Refusal:
    """Tell what each tender pays.

    Args:
        due_minor: What the sale comes to; of a comp, nothing.
        tenders: In the order in which they are taken. The last one may pay all that is left.
        cash_step: What cash is rounded to, in minor units.
    """
    kinds = [tender.kind for tender in tenders]
    for kind in kinds:
        if kind not in KINDS:
            listed = ", ".join(KINDS)
            return Refusal(SaleReason.WRONG_TENDER, f"a tender is one of {listed}")
    if len(tenders) > TENDERS_MAX:
        return Refusal(SaleReason.WRONG_TENDER, f"a sale takes {TENDERS_MAX} tenders at most")
    if COMP in kinds:
        if len(tenders) > 1 or tenders[0].amount_minor:
            text = "what is given away is a sale of its own, without another tender"
            return Refusal(SaleReason.WRONG_TENDER, text)
        return Tendered((Part(kind=COMP, amount_minor=0),))
    return _pay(due_minor, tenders or (Tender(kind=CASH, amount_minor=0),), cash_step)


def _pay(due_minor: int, tenders: Sequence[Tender], step: int) -> Tendered | Refusal:
    left, rounding = due_minor, 0
    parts: list[Part] = []
    for number, tender in enumerate(tenders):
        if number and left == 0:
            return Refusal(SaleReason.SUM_DIFFERS, "the tenders before the last one pay it all")
        amount = tender.amount_minor
        if tender.kind == CASH:
            paid, rounding = pay_in_cash(left, amount, step)
            given = paid if amount is None else amount
            part = Part(kind=CASH, amount_minor=paid, given_minor=given, change_minor=given - paid)
        else:
            part = Part(
                kind=tender.kind,
                amount_minor=left if amount is None else amount,
                code=tender.code,
            )
            if part.amount_minor > left or (part.amount_minor == 0 and left):
                return Refusal(
                    SaleReason.SUM_DIFFERS, f"a {tender.kind} pays 1 to {left} of what is left"
                )
        parts.append(part)
        left += rounding - part.amount_minor
    if left:
        return Refusal(SaleReason.SUM_DIFFERS, f"the tenders do not come to the {due_minor} due")
    return Tendered(tuple(parts), rounding)
