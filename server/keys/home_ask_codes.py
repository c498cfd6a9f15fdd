"""Codes by which the ledger knows again what it has asked tickets' homes for. Pure.

A ledger that has forgotten a question finds the home's answer in its journal alone: nothing else
there tells a home that was asked from one that gives a ticket away by itself.

Source:
    docs/specs/sync.md, section 6
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.keys.ledger_codes import LedgerCodes
from shared.journal.entry import GiveBody
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, OrganizationId, TicketId
from shared.kernel.same_fields import made_of
from shared.wire.device_feed import HomeRequest

PURPOSE: Final = b"gatekeeper/home1"


class HomeAskWord(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What one home was asked for, in whose name."""

    organization_id: OrganizationId
    event_id: EventId
    home_device_id: DeviceId
    claim_id: ClaimId
    ticket_id: TicketId
    device_id: DeviceId
    gate_id: GateId
    count: int


class HomeAskCodes(LedgerCodes[HomeAskWord]):
    """Makes and checks codes of questions to homes."""

    context = b"gatekeeper/home-ask/1\0"

    def with_code(
        self, organization_id: OrganizationId, event_id: EventId, ask: HomeRequest
    ) -> HomeRequest:
        """Return a question with its code."""
        word = _word(organization_id, event_id, ask.home_device_id, ask)
        return msgspec.structs.replace(ask, code=self.make(word))

    def has_asked(
        self, organization_id: OrganizationId, event_id: EventId, home: DeviceId, given: GiveBody
    ) -> bool:
        """Tell whether a home's answer is one to a question of the ledger's."""
        word = _word(organization_id, event_id, home, given)
        return given.proof is not None and self.proves(word, given.proof.asked)


def _word(
    organization_id: OrganizationId,
    event_id: EventId,
    home: DeviceId,
    said: HomeRequest | GiveBody,
) -> HomeAskWord:
    return made_of(
        HomeAskWord, said, organization_id=organization_id, event_id=event_id, home_device_id=home
    )
