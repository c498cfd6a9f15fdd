"""Noticing that the ledger has gone back: the devices are its memory.

A snapshot that was put back, or a copied file, looks like itself; nothing in it tells. But what
the ledger has signed, devices hold: whoever presents a signed head above the present one, or
another lot than the feed's at that number, proves that answers were forgotten. The ledger then
closes at once for that device's organization, until an operator opens a higher epoch for all
(`gatekeeper-server epoch open`). Nobody closes it for others: if the whole database went back,
each organization's own devices show it.
"""

from __future__ import annotations

import msgspec

from server.claims.claim_problems import not_open
from server.db.hot_path_connections import Driver
from server.db.ledger_state import LedgerAlarm
from server.db.unit import Context
from server.devices.device_of_request import DeviceIdentity
from server.feed.rows import READ_VIEW
from server.http.logs import log
from server.keys.signers import OrganizationSigner, Signers
from server.keys.vault import Vault
from server.problem_answers import Problem
from server.publishing.key_changes import end_forgotten
from shared.kernel.errors import BadInput
from shared.manifest.signed_document import (
    DocumentKind,
    SignedDocument,
    name_key,
    open_document,
    signer_of,
    withdrawn_by,
)
from shared.wire.feed import FeedPage


class LedgerView(msgspec.Struct, frozen=True):
    """The ledger as an exchange finds it.

    Attributes:
        must_offer: The device has still to offer its journal in this epoch.
        is_asked: It was told so.
    """

    epoch: int
    must_offer: bool
    is_asked: bool


class RollbackDetector:
    """Closes the ledger for an organization whose device holds more than the ledger has."""

    def __init__(self, context: Context, driver: Driver, signers: Signers, vault: Vault) -> None:
        self._context = context
        self._driver = driver
        self._signers = signers
        self._vault = vault

    async def check(self, device: DeviceIdentity, head: SignedDocument | None) -> LedgerView:
        """Look at the newest page that a device holds.

        Raises:
            Problem: `ledger-behind` if the ledger has forgotten it, now or before;
                `bad-request` if the page was not signed here.
        """
        page = None if head is None else await self._open(device, head)
        event_id = "" if page is None else page.event_id
        org = device.organization_id
        head_seq = 0 if page is None else page.head
        rows = await self._driver.run_alone(org, READ_VIEW, event_id, device.id, head_seq, org)
        if not rows:
            raise not_open()
        epoch, _is_open, seq, has_alarm, asked_at, lot = rows[0]
        if page is not None and _has_forgotten(page, epoch, seq, lot):
            await self._close(device, page, epoch)
            raise not_open()
        if has_alarm:
            raise not_open()
        return LedgerView(epoch, asked_at is not None, bool(asked_at))

    async def _open(self, device: DeviceIdentity, head: SignedDocument) -> FeedPage | None:
        """Open a page that a device holds; None where its key was declared compromised since."""
        signing = await self._signers.of_organization(device.organization_id)
        said = ""
        for root in (signing.root_public_key, *signing.former_roots):
            try:
                page = open_document(
                    head,
                    DocumentKind.FEED,
                    FeedPage,
                    root_public_key=root,
                    organization_id=device.organization_id,
                    own=signing.signer,
                )
                if {root, signer_of(head)} & signing.ended:
                    return None
                await self._end_withdrawn(device, head, signing)
                return page
            except BadInput as error:
                said = said or str(error)
        raise Problem("bad-request", f"The page that you hold is not ours: {said}")

    async def _end_withdrawn(
        self, device: DeviceIdentity, head: SignedDocument, signing: OrganizationSigner
    ) -> None:
        """End the key that signs here, where our root has told a device that it had ended.

        Without that no device would believe a word of this ledger, and all would decide alone.
        """
        name = name_key(signing.signer.public_key)
        if name not in withdrawn_by(head):
            return
        org = device.organization_id
        async with self._context.write(org) as unit:
            is_ended = await end_forgotten(unit, self._vault, name.hex())
        self._signers.forget(org)
        if is_ended:
            log().error(
                "key.ended_again", organization_id=org, device_id=device.id, key=name.hex()
            )

    async def _close(self, device: DeviceIdentity, page: FeedPage, epoch: int) -> None:
        async with self._context.database.write(org=device.organization_id) as session:
            await session.merge(
                LedgerAlarm(
                    epoch=epoch,
                    device_id=device.id,
                    organization_id=device.organization_id,
                    event_id=page.event_id,
                    seen_epoch=page.epoch,
                    seen_seq=page.head,
                    noted_at=self._context.clock.wall(),
                )
            )
        log().error(
            "ledger.behind",
            organization_id=device.organization_id,
            device_id=device.id,
            event_id=page.event_id,
            epoch=page.epoch,
            seq=page.head,
        )


def _has_forgotten(page: FeedPage, epoch: int, seq: int, lot: int) -> bool:
    """Tell whether a ledger lacks what it has signed, or has put something else in its place.

    Args:
        page: The signed page.
        epoch: The ledger's own.
        seq: Its newest number of that feed.
        lot: Drawn with its item at the page's head.
    """
    if page.epoch != epoch:
        # What an epoch that was opened since has not brought back yet is asked of each device.
        return page.epoch > epoch
    return page.head > seq or page.head_lot not in {0, lot}
