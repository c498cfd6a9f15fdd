"""Who may work at this till, as the server told last; a gate's list stays empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.single_values import read_bytes, write_bytes
from shared.kernel.packing import pack
from shared.kernel.undecodable import UNDECODABLE
from shared.sales.cashiers import CashierConfig, digest_cashiers

_LIST: Final = "cashiers"
_FORMER: Final = "former_cashiers"
_FORMER_MAX: Final = 1_000
_DECODER: Final = msgspec.msgpack.Decoder(tuple[CashierConfig, ...])
_FORMER_DECODER: Final = msgspec.msgpack.Decoder(dict[str, str])


class CashierList(KeptTable):
    """The list, in the journal's database; writes belong inside a transaction of the store."""

    def get(self) -> tuple[CashierConfig, ...]:
        """Return the cashiers; none where the list is missing or cannot be read.

        Nobody is a cashier by mistake then, and the next exchange brings the list again.
        """
        kept = read_bytes(self._connection, _LIST)
        if kept is None:
            return ()
        try:
            return _DECODER.decode(kept)
        except UNDECODABLE:
            return ()

    def put(self, cashiers: Sequence[CashierConfig]) -> None:
        """Keep what the server told, in place of what was known; and the names of who has gone.

        Sales that somebody made are printed again after they were removed.
        """
        there = {one.id for one in cashiers}
        former = self._former()
        gone = {one: name for one, name in self.names().items() if one not in there}
        if gone != former:
            newest = dict([*gone.items()][-_FORMER_MAX:])
            write_bytes(self._connection, _FORMER, pack(newest))
        write_bytes(self._connection, _LIST, pack(tuple(cashiers)))

    def names(self) -> dict[str, str]:
        """Return the name of everybody who is a cashier, or was, by id."""
        return self._former() | {one.id: one.name for one in self.get()}

    def _former(self) -> dict[str, str]:
        kept = read_bytes(self._connection, _FORMER)
        if kept is None:
            return {}
        try:
            return _FORMER_DECODER.decode(kept)
        except UNDECODABLE:
            return {}

    @property
    def digest(self) -> bytes:
        """What names the list to the server; empty for none."""
        cashiers = self.get()
        return digest_cashiers(cashiers) if cashiers else b""
