"""What a till may sell: ids, types and manual codes of the keys that it was delegated. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from server.keys.organization_keys import KeyRow, ticket_key_of
from shared.credential.credential_fields import Claims
from shared.credential.keyring import HomeRange, TicketKey
from shared.credential.manual_code import MANUAL_BITS
from shared.journal.sale_body import SoldTicket
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.ids import TICKET_ID_COUNT

_PART_BITS: Final = 32
"""A part of a till's range is never smaller. However the range was parted when a ticket was sold,
its place within the part stands in these bits."""


class Delegated(msgspec.Struct, frozen=True):
    """A key of the till's, and the first bits of the manual codes that go with it."""

    key: TicketKey
    manual_prefix: int
    manual_prefix_bits: int

    def has_manual_code(self, number: int) -> bool:
        """Whether a manual code is of the key's range."""
        return number >> (MANUAL_BITS - self.manual_prefix_bits) == self.manual_prefix

    def is_granted(self, ticket_id: TicketId) -> bool:
        """Whether an id is among those that were granted so far, counted from the first."""
        limit = self.key.id_limit
        if limit is None:
            return True
        parts = len(self.key.homes)
        if not parts:
            return self.key.ids.place_of(ticket_id) < limit
        # The limit is that of each part now; before, it was that of fewer of them.
        return ticket_id % (1 << _PART_BITS) < limit * parts


class TillScope(msgspec.Struct, frozen=True):
    """What one till may sell for an event, by all keys that it ever had.

    A key that has ended since was good for what was sold before.

    Attributes:
        own: The till's.
        others: Other tills', which have tickets and manual codes of their own there.
    """

    own: Sequence[Delegated]
    others: Sequence[Delegated] = ()

    def is_others(self, ticket_id: TicketId) -> bool:
        """Whether an id may be another till's to sell."""
        is_own = any(one.key.ids.contains(ticket_id) for one in self.own)
        return not is_own and any(one.key.ids.contains(ticket_id) for one in self.others)

    def manual_code_of(self, sold: SoldTicket) -> int | None:
        """Return a ticket's manual code; None for one that another till may have given a guest."""
        code = sold.manual_code
        is_own = any(one.has_manual_code(code) for one in self.own)
        is_others = not is_own and any(one.has_manual_code(code) for one in self.others)
        return None if is_others else code

    def find_excess(self, sold: SoldTicket) -> str:
        """Say what of a ticket the till had no right to sell, or ""."""
        if not 0 <= sold.ticket_id < TICKET_ID_COUNT:
            return "a ticket outside the till's own range"
        ranged = [one for one in self.own if one.key.ids.contains(sold.ticket_id)]
        if not ranged:
            return "a ticket outside the till's own range"
        claims = Claims(
            key_id=sold.key_id,
            ticket_id=sold.ticket_id,
            ticket_type_code=sold.ticket_type_code,
            generation=sold.generation,
        )
        covering = [one for one in ranged if one.key.covers(claims) and not sold.generation]
        if not covering:
            return "a ticket of a type or generation that the till may not sell"
        if not any(one.is_granted(sold.ticket_id) for one in covering):
            return "a ticket beyond the number that the till was granted"
        if not any(one.has_manual_code(sold.manual_code) for one in covering):
            return "a manual code outside the till's own range"
        return ""


def read_scope(
    rows: Sequence[KeyRow], homes: Mapping[int, tuple[HomeRange, ...]], device_id: DeviceId
) -> TillScope:
    """Say the keys that tills hold for an event as one till's scope."""
    own, others = list[Delegated](), list[Delegated]()
    for row in rows:
        key = ticket_key_of(row, "", homes.get(row.id_prefix, ()))
        of_whom = own if row.device_id == device_id else others
        of_whom.append(Delegated(key, row.manual_prefix, row.manual_prefix_bits))
    return TillScope(own, others)
