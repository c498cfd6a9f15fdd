"""Codes by which the ledger knows again which ticket's right it let a till take away. Pure.

A ledger that has forgotten such a grant finds the withdrawal in the till's journal alone: nothing
there tells the till that had asked from one that asked nobody.

Source:
    docs/specs/journal.md, section 5
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.keys.ledger_codes import LedgerCodes
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrganizationId, TicketId

PURPOSE: Final = b"gatekeeper/take1"


class WithdrawalGrant(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What one till was granted of one ticket.

    Attributes:
        purpose: What for, as claimed.
        generation: Of the credential that is worth nothing from then on.
        new_generation: Of the one that its holder gets; None where the right has ended.
    """

    organization_id: OrganizationId
    event_id: EventId
    device_id: DeviceId
    claim_id: ClaimId
    ticket_id: TicketId
    purpose: str
    generation: int
    new_generation: int | None = None


class WithdrawalCodes(LedgerCodes[WithdrawalGrant]):
    """Makes and checks codes of withdrawals."""

    context = b"gatekeeper/withdrawal/1\0"
