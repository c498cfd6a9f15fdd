"""What tells two sales of one till from each other, whichever receipts say them. Pure."""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec

from shared.journal.sale_body import SaleBody, SoldTicket
from shared.kernel.ed25519 import sha256
from shared.kernel.packing import pack

_SALE_FIELDS: Final = SaleBody.__struct_fields__.index("cashier") + 1
_TICKETS_AT: Final = SaleBody.__struct_fields__.index("tickets")
_TICKET_FIELDS: Final = SoldTicket.__struct_fields__.index("price_minor") + 1
"""So many fields a sale and a ticket had when digests were first kept."""


def digest_of(sale: SaleBody) -> bytes:
    """Tell what was sold and for how much, whichever receipt says it.

    What was appended to a sale since counts only where it says something, so that a sale that was
    booked before has the digest that it had then.
    """
    bare = msgspec.structs.replace(sale, receipt_number=0, cashier="")
    fields = _trimmed(bare, _SALE_FIELDS)
    fields[_TICKETS_AT] = [_trimmed(one, _TICKET_FIELDS) for one in sale.tickets]
    return sha256(pack(fields))


def _trimmed(said: SaleBody | SoldTicket, fewest: int) -> list[object]:
    """Return a struct's fields without the last of them that have their defaults."""
    values = list(msgspec.structs.astuple(said))
    defaults = _defaults_of(type(said))
    while len(values) > fewest and values[-1] == defaults[len(values) - 1]:
        values.pop()
    return values


@cache
def _defaults_of(kind: type[SaleBody | SoldTicket]) -> list[object]:
    return [field.default for field in msgspec.structs.fields(kind)]
