"""Who may work at this till, as the server told last; a gate's list stays empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw
import msgspec

from gatekeeper.store.settings_table import read_bytes, write_bytes
from shared.kernel.packing import pack
from shared.sales.cashiers import CashierConfig, digest_cashiers

_LIST: Final = "cashiers"
_DECODER: Final = msgspec.msgpack.Decoder(tuple[CashierConfig, ...])


class CashierList:
    """The list, in the journal's database; writes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection

    def get(self) -> tuple[CashierConfig, ...]:
        """Return the cashiers; none where the list is missing or cannot be read.

        Nobody is a cashier by mistake then, and the next exchange brings the list again.
        """
        kept = read_bytes(self._connection, _LIST)
        if kept is None:
            return ()
        try:
            return _DECODER.decode(kept)
        except msgspec.DecodeError:
            return ()

    def put(self, cashiers: Sequence[CashierConfig]) -> None:
        """Keep what the server told, in place of what was known."""
        write_bytes(self._connection, _LIST, pack(tuple(cashiers)))

    @property
    def digest(self) -> bytes:
        """What names the list to the server; empty for none."""
        cashiers = self.get()
        return digest_cashiers(cashiers) if cashiers else b""
