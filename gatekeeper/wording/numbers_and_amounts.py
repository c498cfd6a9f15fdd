"""Numbers, rates and amounts of money as a language has them; what is typed: `typed_amounts`."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent

from shared.kernel.currencies import DIGITS
from shared.kernel.money import Money

_DIGITS_USUAL: Final = 2


def spell_decimal(value: float, locale: Locale, *, sign: str) -> str:
    """Spell a number with one decimal.

    Args:
        value: The number.
        locale: The language's conventions.
        sign: `+` to write the sign of one above zero as well.
    """
    pattern = "+0.0;-0.0" if sign else "0.0"
    return format_decimal(value, format=pattern, locale=locale)


def spell_money(amount: Money, locale: Locale) -> str:
    """Spell an amount as its currency and a language have it, its sign before the number."""
    digits = DIGITS.get(amount.currency, _DIGITS_USUAL)
    units = Decimal(amount.minor_units).scaleb(-digits)
    # Languages leave out decimals that are no longer in use; amounts here are counted in them.
    form = locale.currency_formats["standard"].pattern.replace("0.00", f"{0:.{digits}f}")
    return format_currency(units, amount.currency, form, locale, currency_digits=False)


def spell_number(value: int, locale: Locale, decimals: int) -> str:
    """Spell a number, counted in its last decimal."""
    form = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return format_decimal(Decimal(value).scaleb(-decimals), format=form, locale=locale)


def spell_percent(basis_points: int, locale: Locale) -> str:
    """Spell a rate, such as a tax's: 1900 basis points are 19 %."""
    share = Decimal(basis_points).scaleb(-4)
    return format_percent(share, locale=locale, decimal_quantization=False)
