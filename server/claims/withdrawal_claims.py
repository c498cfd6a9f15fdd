"""A till asks to take a ticket's right away: claims of another purpose than admission.

They are few, and decided one by one in a transaction of their own (`withdrawal_deciding`).
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from server.claims.claim_problems import revoked
from server.claims.withdrawal_deciding import WithdrawalDecision
from server.db.session_transaction import SessionTransaction
from server.db.unit import Context
from server.devices.device_of_request import DeviceIdentity, KnownDevices
from server.devices.schemas import SELLING_ROLES
from server.homes.rows import ASKED, read_asks
from server.keys.vault import Vault
from server.keys.withdrawal_codes import PURPOSE, WithdrawalCodes
from server.ledger.lookups import LedgerLookups
from server.plans.event_book import EventBook, EventBooks, by_current_books
from server.problem_answers import Problem, not_found
from server.ticketing.ports import ChangeFeed
from shared.kernel.id_types import EventId, OrganizationId
from shared.wire.claim import ClaimRequest

LOOK_S: Final = 0.05
LOOKS: Final = 16
"""A ticket's home has 0.8 s for its answer, as for an admission."""


class WithdrawalClaims:
    """Takes the withdrawals of one worker."""

    def __init__(
        self,
        context: Context,
        event_books: EventBooks,
        known_devices: KnownDevices,
        vault: Vault,
        changes: ChangeFeed,
    ) -> None:
        self._context = context
        self._event_books = event_books
        self._known_devices = known_devices
        self._vault = vault
        self._codes = WithdrawalCodes(vault.derive(PURPOSE))
        self._changes = changes
        self._usage = LedgerLookups()

    async def claim(self, device: DeviceIdentity, request: ClaimRequest) -> bytes:
        """Decide one withdrawal.

        Returns:
            The encoded `ClaimAnswer`; `admit` says that it is granted.

        Raises:
            Problem: `not-found` for a device without an event, `forbidden` for one that sells
                nothing, `claim-id-reused`, `device-revoked`, `ledger-behind`.
        """
        if device.is_revoked:
            raise revoked(device)
        device = await self._known_devices.renewed(device)
        if device.role not in SELLING_ROLES:
            raise Problem("forbidden", "Only tills can take tickets back.")
        if device.event_id is None:
            raise not_found("event of this device; the organizer assigns it")
        answer = await self._decide(device, device.event_id, request, asks_home=True)
        for _ in range(LOOKS):
            if answer is not None:
                return answer
            await asyncio.sleep(LOOK_S)
            if await self._has_answered(device.organization_id, device.event_id, request):
                break
        return await self._decide(device, device.event_id, request) or b""

    async def _has_answered(
        self, organization_id: OrganizationId, event_id: EventId, request: ClaimRequest
    ) -> bool:
        async with self._context.read(organization_id) as unit:
            transaction = SessionTransaction(unit.session)
            asks = await read_asks(transaction, organization_id, event_id, [request.claim_id])
        return request.claim_id not in asks or asks[request.claim_id].state != ASKED

    async def _decide(
        self,
        device: DeviceIdentity,
        event_id: EventId,
        request: ClaimRequest,
        *,
        asks_home: bool = False,
    ) -> bytes | None:
        """Decide in one transaction; None where the ticket's home was asked, and is waited for."""
        org = device.organization_id
        book = await self._event_books.of_event(org, event_id)
        if not book.counts(device.profile):
            raise not_found("event of this device's profile")

        async def decide(book: EventBook) -> WithdrawalDecision:
            async with self._context.write(org) as unit:
                one = WithdrawalDecision(
                    unit, book, device, request, self._changes, self._usage, self._codes
                )
                await one.run(self._vault, asks_home=asks_home)
                return one

        renew = partial(self._event_books.renewed, org, event_id)
        return (await by_current_books(book, renew, decide)).answer
