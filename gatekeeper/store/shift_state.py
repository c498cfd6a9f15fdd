"""Where a till's shifts stand: the two series of numbers, and the shift that is open.

It is one row, written in the transaction of the entry that changes it. Where it was lost with a
part of the database, it is read off the entries that are left.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.single_values import read_bytes, write_bytes
from shared.kernel.packing import pack
from shared.kernel.undecodable import UNDECODABLE

_NAME: Final = "shift"


class ShiftState(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Where the till's shifts stand.

    Attributes:
        number: Of the last act.
        z_number: Of the last Z report.
        shift_id: The open shift; "" for none.
        opened_seq: The entry that opened it.
    """

    number: int = 0
    z_number: int = 0
    shift_id: str = ""
    opened_seq: int = 0


_DECODER: Final = msgspec.msgpack.Decoder(ShiftState)


class ShiftStates(KeptTable):
    """The row, in the journal's database; writes belong inside a transaction of the store."""

    def get(self) -> ShiftState | None:
        """Return what stands there; None where nothing does, or it cannot be read."""
        kept = read_bytes(self._connection, _NAME)
        if kept is None:
            return None
        try:
            return _DECODER.decode(kept)
        except UNDECODABLE:
            return None

    def put(self, state: ShiftState) -> None:
        """Keep another one in its place."""
        write_bytes(self._connection, _NAME, pack(state))
