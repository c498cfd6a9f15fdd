"""The numbers of a till's receipts: one series, without gaps while its folder forgets no sale."""

from __future__ import annotations

from typing import Final

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.single_values import read_number, write_number

_FIRST: Final = 1
_NAME: Final = "receipt_number"


class ReceiptNumbers(KeptTable):
    """The last number that was given; taking one belongs inside a transaction of its sale."""

    @property
    def has_begun(self) -> bool:
        """Whether a number is on record."""
        return read_number(self._connection, _NAME) is not None

    def take(self) -> int:
        """Take the next number of the series."""
        number = self._last() + 1
        write_number(self._connection, _NAME, number)
        return number

    def skip(self, count: int) -> None:
        """Leave numbers out that receipts have of sales of which this folder knows nothing."""
        write_number(self._connection, _NAME, self._last() + count)

    def _last(self) -> int:
        last = read_number(self._connection, _NAME)
        return _FIRST - 1 if last is None else last
