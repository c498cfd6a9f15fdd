"""What devices are told of their shares of zones' capacity, and what they say of them.

Whoever changes a share has the zone's row of presence locked, so that what is free is granted
once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from server.db.hot_path_connections import Driver, Transaction
from server.db.unit import Context
from server.devices.device_of_request import DeviceIdentity
from server.devices.finding_devices import AT_GATES
from server.exchange.zone_share_codes import Grant, ShareCodes
from server.feed.rows import Status, read_status, take_numbers, tell
from server.ledger.conflicts_named_lately import AlarmTimes
from server.ledger.rows import lock_presence
from server.ledger.where_devices_may_claim import is_assigned_to
from server.ledger.zone_shares_of_devices import (
    READ_INSIDE,
    READ_LOST,
    Shares,
    grant_shares,
    read_shares,
)
from server.plans.event_book import EventBook, EventBooks
from server.reconciliation.conflicts_and_sides import record_findings
from server.reconciliation.findings import ConflictKind, Finding, FindingSide
from shared.admission.zone_shares import HeldShare, fair_share, grant_to, keep_of, pool_of
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId, ZoneId
from shared.kernel.instant import MINUTE, Duration, Instant
from shared.manifest.event_config import ZoneConfig
from shared.wire.device_feed import ShareChange
from shared.wire.exchange import ExchangeRequest
from shared.wire.feed import ItemBody

PLACES_KEPT_MAX: Final[Duration] = MINUTE
"""No room is kept together for longer, whatever a clock said that has been set back since."""


class Offer(msgspec.Struct, frozen=True):
    """What a device is told of its share.

    Attributes:
        zone_id: Of which zone.
        granted: What it was ever granted.
        keep: What it should keep; None for all.
        left: What it may still let in, by the ledger's account.
        is_recall: That it should give something back is all of it.
    """

    zone_id: ZoneId
    granted: int
    keep: int | None
    left: int
    is_recall: bool

    def key(self, device_id: DeviceId) -> str:
        """Name the question: it is another one where the device has something else left."""
        return f"{device_id}/{self.zone_id}/{self.left}/{self.keep}"


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a device's exchange asks of its shares.

    Attributes:
        zones: Its zones, and whether it may let into them.
        proven: What it was granted by the ledger's own code, by zone, where that is above the
            ledger's account: a ledger that was put back has forgotten it.
        unproven: What it says above the account without such a code.
        codeless: Zones whose total it holds without a code, told before there were codes.
        kept: Zones whose room the ledger keeps together for a moment: it has called it back.
    """

    device: DeviceIdentity
    event_id: EventId
    zones: list[tuple[ZoneConfig, bool]]
    proven: Mapping[ZoneId, int] = {}
    unproven: Mapping[ZoneId, int] = {}
    codeless: frozenset[ZoneId] = frozenset()
    kept: frozenset[ZoneId] = frozenset()

    @property
    def zone_ids(self) -> list[ZoneId]:
        """Name all its zones."""
        return [zone.id for zone, _ in self.zones]

    @property
    def limited(self) -> list[ZoneId]:
        """Name those with a limit."""
        return [zone.id for zone, _ in self.zones if zone.capacity is not None]

    def named(self, granted: Mapping[ZoneId, int]) -> set[str]:
        """Name claims of this device as an alarm's times have them."""
        return {f"{self.device.id}/{zone_id}" for zone_id in granted}


class ShareOffers:
    """Sees to the shares of the devices that exchange with this worker."""

    def __init__(
        self, context: Context, driver: Driver, event_books: EventBooks, codes: ShareCodes
    ) -> None:
        self._context = context
        self._driver = driver
        self._event_books = event_books
        self._codes = codes
        self._alarms = AlarmTimes()
        self._coded = AlarmTimes()
        self._recalled = AlarmTimes()

    async def settle(
        self, device: DeviceIdentity, request: ExchangeRequest, status: Status | None
    ) -> tuple[int, int] | None:
        """Grant a device what it lacks, or ask back what it need not keep.

        What it says that it was granted above the ledger's account counts where the ledger's code
        proves it; else the account stands, and an alarm names the device.

        Args:
            device: Whose exchange it is.
            request: Says what it holds.
            status: Of its event, as it was seen just now.

        Returns:
            The epoch and the feed's new head, if anything is told.
        """
        if device.role not in AT_GATES or status is None:
            return None
        org, event_id = device.organization_id, request.event_id
        book = await self._book(org, event_id, status)
        asked = _Asked(device=device, event_id=event_id, zones=_zones_of(book, device, request))
        if not asked.zones:
            return None
        async with self._driver.read(org) as transaction:
            if await transaction.fetch(READ_LOST, event_id, org, device.id):
                return None
            asked, inside = await self._read_inside(transaction, asked)
            shares = await read_shares(transaction, org, event_id, asked.zone_ids)
        asked = self._judge(asked, request, shares)
        if not asked.unproven and not self._unsaid(asked, status, inside, shares):
            return None
        return await self._tell(asked, book)

    async def _read_inside(
        self, transaction: Transaction, asked: _Asked
    ) -> tuple[_Asked, dict[ZoneId, int]]:
        """Count who is inside the zones with a limit; says whose room is kept together besides."""
        org, now = asked.device.organization_id, self._context.clock.wall()
        rows = await transaction.fetch(READ_INSIDE, asked.event_id, org, asked.limited)
        # Of a clock that was set back, no longer than a moment.
        kept = {
            row[0] for row in rows if row[2] is not None and now < row[2] <= now + PLACES_KEPT_MAX
        }
        inside = dict.fromkeys(asked.limited, 0) | {row[0]: int(row[1]) for row in rows}
        return msgspec.structs.replace(asked, kept=frozenset(kept)), inside

    def _judge(self, asked: _Asked, request: ExchangeRequest, shares: Shares) -> _Asked:
        """Part what a device says of its shares into what is proven and what is not."""
        device, now = asked.device, self._context.clock.monotonic()
        proven, unproven, codeless = {}, {}, set()
        for said in request.shares:
            known = shares.get(said.zone_id, {}).get(device.id, HeldShare())
            key = f"{device.id}/{said.zone_id}"
            if said.zone_id not in shares:
                continue  # no zone of this event
            if said.granted <= known.granted:
                if said.code == b"" and known.granted and self._coded.is_due(key, now):
                    codeless.add(said.zone_id)
            elif self._codes.proves(_grant(asked, said.zone_id, said.granted), said.code or b""):
                proven[said.zone_id] = said.granted
            elif self._alarms.is_due(key, now):
                unproven[said.zone_id] = said.granted
        return msgspec.structs.replace(
            asked, proven=proven, unproven=unproven, codeless=frozenset(codeless)
        )

    async def _tell(self, asked: _Asked, book: EventBook) -> tuple[int, int] | None:
        """Write down what a device is told, and what is wrong with what it says."""
        device, event_id = asked.device, asked.event_id
        org, now = device.organization_id, self._context.clock.wall()
        async with self._driver.write(org) as transaction:
            status = await read_status(transaction, org, event_id, [device.id])
            if status is None or device.id in status.revoked:
                return None
            if status.plan_version != book.version.plan:
                return None  # changed just now: the next exchange grants by what holds then
            inside = await lock_presence(transaction, org, event_id, asked.limited)
            asked, _ = await self._read_inside(transaction, asked)
            shares = await read_shares(transaction, org, event_id, asked.zone_ids)
            offers = self._unsaid(asked, status, inside, shares)
            totals = {offer.zone_id: offer.granted for offer in offers}
            await grant_shares(transaction, org, event_id, device.id, totals)
            items: list[ItemBody] = [self._share(asked, offer) for offer in offers]
            if asked.unproven:
                # The counter is the last lock of whoever changes conflicts: it is taken first.
                await take_numbers(transaction, org, event_id, 0)
                found = [
                    _unproven(device, zone_id, said, shares, now)
                    for zone_id, said in asked.unproven.items()
                ]
                items += await record_findings(
                    transaction, org, event_id, found, now=now, entropy=self._context.entropy
                )
            head = await tell(transaction, org, event_id, items)
            told = None if head is None else (status.epoch, head)
        done = self._context.clock.monotonic()
        self._alarms.note(asked.named(asked.unproven), done)
        self._coded.note(asked.named(dict.fromkeys(asked.codeless, 0)), done)
        self._recalled.note([one.key(device.id) for one in offers if one.is_recall], done)
        return told

    def _unsaid(
        self, asked: _Asked, status: Status, inside: Mapping[ZoneId, int], shares: Shares
    ) -> list[Offer]:
        """Return the news of a device's shares, without what it was asked for lately.

        The question stays in the feed until the device reads it. One whose passages wait for a
        person has spent what the ledger takes for its own still: it has nothing to give back, and
        each word fills the feed of all and has them ask again.
        """
        now, device_id = self._context.clock.monotonic(), asked.device.id
        return [
            one
            for one in _news(asked, status, inside, shares)
            if not one.is_recall or self._recalled.is_due(one.key(device_id), now)
        ]

    def _share(self, asked: _Asked, offer: Offer) -> ShareChange:
        """Say a device's share, with the code by which the ledger knows the total again."""
        code = self._codes.make(_grant(asked, offer.zone_id, offer.granted))
        return ShareChange(asked.device.id, offer.zone_id, offer.granted, offer.keep, code)

    async def _book(
        self, organization_id: OrganizationId, event_id: EventId, status: Status
    ) -> EventBook:
        """Return the event's book as its plan stands.

        A worker that takes no claims hears of a lowered limit from nobody else.
        """
        book = await self._event_books.of_event(organization_id, event_id)
        if book.version.plan != status.plan_version:
            book = await self._event_books.renewed(organization_id, event_id)
        return book


def _zones_of(
    book: EventBook, device: DeviceIdentity, request: ExchangeRequest
) -> list[tuple[ZoneConfig, bool]]:
    """Name the zones whose shares concern a device, and whether it may let into them.

    It may let into its gate's, or into all while nobody knows its gate. Where else it was granted
    a share, its gate led there before, or the limit was lifted since.
    """
    gates, held = book.index.gates, {share.zone_id for share in request.shares}
    gate_id = request.gate_id or device.gate_id or ""
    # Where it says that it stands counts within what it is assigned to.
    gate = gates.get(GateId(gate_id)) if is_assigned_to(device, book, GateId(gate_id)) else None
    is_anywhere = not gate_id
    zones = [
        (zone, is_anywhere or (gate is not None and gate.zone_id == zone.id))
        for zone in sorted(book.index.zones.values(), key=lambda zone: zone.id)
    ]
    return [
        (zone, leads)
        for zone, leads in zones
        if zone.id in held or (leads and zone.capacity is not None)
    ]


def _grant(asked: _Asked, zone_id: ZoneId, granted: int) -> Grant:
    device = asked.device
    return Grant(device.organization_id, asked.event_id, zone_id, device.id, granted)


def _news(
    asked: _Asked, status: Status, inside: Mapping[ZoneId, int], shares: Shares
) -> list[Offer]:
    """Return what a device has to be told of its shares.

    While a ledger that was put back waits for journals it grants nothing: who has not been heard
    yet may hold, or have let in, all that seems to be free.
    """
    found = []
    for zone, leads in asked.zones:
        held = dict(shares[zone.id])
        known = held.get(asked.device.id, HeldShare())
        granted = max(known.granted, _believed(asked.proven.get(zone.id, 0), known, zone))
        own = msgspec.structs.replace(known, granted=granted)
        held[asked.device.id] = own
        more, keep = 0, None
        if zone.capacity is not None:
            pool = pool_of(zone.capacity, inside[zone.id], list(held.values()))
            fair = fair_share(zone.capacity, inside[zone.id], len(held)) if leads else 0
            is_held = status.awaits_devices or zone.id in asked.kept
            more = 0 if is_held else grant_to(own, fair, pool)
            keep = keep_of(own, fair, pool, len(held))
        is_other = own.granted != known.granted or zone.id in asked.codeless
        if more > 0 or keep is not None or is_other:
            is_recall = more <= 0 and not is_other
            found.append(Offer(zone.id, own.granted + more, keep, own.left, is_recall))
    return found


def _believed(proven: int, known: HeldShare, zone: ZoneConfig) -> int:
    """Return what a ledger that forgot takes for granted of a total that is proven.

    Its device's journal may not be here yet, or be kept back. Until it says what was spent and
    given back, no more is left of a share than the zone holds.
    """
    if zone.capacity is None:
        return proven
    return min(proven, zone.capacity + known.returned + max(0, known.spent))


def _unproven(
    device: DeviceIdentity, zone_id: ZoneId, said: int, shares: Shares, now: Instant
) -> Finding:
    """Name a device that says it was granted more than the ledger knows, without its code."""
    known = shares[zone_id].get(device.id, HeldShare()).granted
    detail = (
        f"{device.name} says that it was granted room for {said} in all, and the ledger knows of"
        f" {known}: more is not believed, since nothing proves it. The zone may overfill if the"
        " device lets them in cut off: reconnect it, or revoke it"
    )
    side = FindingSide(
        f"share/{device.id}/{zone_id}",
        device.id,
        device.gate_id or GateId(""),
        now,
        Duration(0),
        1,
        "",
        "share",
    )
    return Finding(
        kind=ConflictKind.SHARE_UNPROVEN,
        subject=f"{device.id}/{zone_id}",
        sides=[side],
        zone_id=zone_id,
        device_id=device.id,
        detail=detail,
    )
