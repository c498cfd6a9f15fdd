"""How an event's prices are taxed and rounded, as the organizer sets it."""

from __future__ import annotations

from typing import Annotated

import msgspec

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


class PricingTerms(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The event's settings for money; kept as JSON, fields are only added, with defaults.

    Attributes:
        tax_rounding: Where tax is rounded: each ticket by itself, or each rate on the order's sum,
            keeping net prices or what is paid. At tills what is shown is what is paid.
        country: Where its tills stand: it says what cash is rounded to; null for what is usual for
            the currency.
    """

    tax_rounding: TaxRounding = TaxRounding.SUM_BY_NET_KEEP_GROSS
    country: Country | None = None


def pricing_to_json(pricing: PricingTerms) -> object:
    """Return what the event's `pricing` column holds."""
    return msgspec.to_builtins(pricing)


def pricing_from_json(value: object) -> PricingTerms:
    """Read the event's `pricing` column."""
    return msgspec.convert(value, PricingTerms)
