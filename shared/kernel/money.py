"""Money as whole minor units of one currency; never a floating-point number."""

from __future__ import annotations

import msgspec

from shared.kernel.errors import BadInput


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units (cents for EUR, whole yen for JPY), with its currency.

    Attributes:
        minor_units: May be negative (a refund).
        currency: ISO 4217, three capitals.
    """

    minor_units: int
    currency: str

    def __add__(self, other: Money) -> Money:
        """Add two amounts of the same currency."""
        return Money(self.minor_units + self._same(other, "add"), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract an amount of the same currency."""
        return Money(self.minor_units - self._same(other, "subtract"), self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare two amounts of the same currency; across currencies there is no order."""
        return self.minor_units < self._same(other, "compare")

    def __le__(self, other: Money) -> bool:
        """Compare two amounts of the same currency; across currencies there is no order."""
        return self.minor_units <= self._same(other, "compare")

    def _same(self, other: Money, act: str) -> int:
        """Return the other's minor units, if its currency is ours."""
        if self.currency != other.currency:
            raise BadInput(f"cannot {act} {self.currency} and {other.currency}")
        return other.minor_units
