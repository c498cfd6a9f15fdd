"""How an event's prices are taxed and rounded, as the organizer sets it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from server.http.body_and_answer_types import Moment
from shared.field_limits import REFUND_FEE_MAX
from shared.sales.refund_terms import TERMS_MAX
from shared.sales.tax import TaxRounding

Country = Annotated[
    str,
    msgspec.Meta(
        pattern="^[A-Z]{2}$",
        min_length=2,
        max_length=2,
        description="a country's two letters (ISO 3166), such as CH",
    ),
]


class RefundRule(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What of a ticket's price goes back, until a date.

    Attributes:
        until: Until when it holds, that instant not included; null for good.
        percent_points: Of what the ticket cost: 10,000 are all of it, 0 is nothing.
        fee_minor: What is kept of that besides.
    """

    until: Moment | None = None
    percent_points: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 10_000
    fee_minor: Annotated[int, msgspec.Meta(ge=0, le=REFUND_FEE_MAX)] = 0


class PricingTerms(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The event's settings for money; kept as JSON, fields are only added, with defaults.

    Attributes:
        tax_rounding: Where tax is rounded: each ticket by itself, or each rate on the order's sum,
            keeping net prices or what is paid. At tills what is shown is what is paid.
        country: Where its tills stand: it says what cash is rounded to; null for what is usual for
            the currency.
        refunds: What goes back of a refunded ticket, in order of date: the first rule that holds
            is taken, after the last nothing goes back. Empty: everything does.
        transfers: Whether a ticket may be passed on to somebody else at all; later a supervisor
            at a till, or a manager, still may.
        transfers_until: Until when, that instant not included; null for as long as it is good.
    """

    tax_rounding: TaxRounding = TaxRounding.SUM_BY_NET_KEEP_GROSS
    country: Country | None = None
    refunds: Annotated[tuple[RefundRule, ...], msgspec.Meta(max_length=TERMS_MAX)] = ()
    transfers: bool = True
    transfers_until: Moment | None = None

    def __post_init__(self) -> None:
        """Refuse rules that never hold."""
        ends = [rule.until for rule in self.refunds]
        dated = [end for end in ends if end is not None]
        if dated != sorted(set(dated)) or None in ends[:-1]:
            raise ValueError("rules stand in order of date, and one without a date last")


def pricing_to_json(pricing: PricingTerms) -> object:
    """Return what the event's `pricing` column holds."""
    return msgspec.to_builtins(pricing)


def pricing_from_json(value: object) -> PricingTerms:
    """Read the event's `pricing` column."""
    return msgspec.convert(value, PricingTerms)
