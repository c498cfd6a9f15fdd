"""The numbers of a till's receipts: one series, without gaps."""

from __future__ import annotations

from typing import Final

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.single_values import read_number, write_number

_FIRST: Final = 1
_NAME: Final = "receipt_number"


class ReceiptNumbers(KeptTable):
    """The last number that was given; taking one belongs inside a transaction of its sale."""

    def take(self) -> int:
        """Take the next number of the series."""
        last = read_number(self._connection, _NAME)
        number = _FIRST if last is None else last + 1
        write_number(self._connection, _NAME, number)
        return number
