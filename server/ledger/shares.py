"""Devices' shares of zones' capacity: granted, given back and spent, as the ledger knows them.

Whoever changes a share has the zone's row of presence locked, so that what is free is granted
once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import delete, text

from server.db.driver import Driver, Transaction
from server.db.statement import insertion, statement
from server.db.unit import Unit
from server.devices.identity import DeviceIdentity
from server.ledger.assignments import is_assigned_to
from server.ledger.models import ZonePresence
from server.ledger.records import UseRecord, append_feed, lock_presence, read_status, take_numbers
from server.plans.book import Bookshelf, EventBook
from shared.admission.capacity import (
    Held,
    fair_share,
    grant_to,
    keep_of,
    owed_after,
    pool_of,
)
from shared.journal.entry import NUMBER_MAX
from shared.manifest.event_config import ZoneConfig
from shared.wire.exchange import ExchangeRequest
from shared.wire.homes import Share

_ROLES: Final = frozenset({"gate", "both"})
_READ: Final = statement(
    "SELECT zone_id, device_id, granted, returned, spent FROM zone_share WHERE event_id = $1"
    " AND organization_id = $2 AND zone_id = ANY($3::text[]) AND lost_at IS NULL"
    " ORDER BY zone_id, device_id"
)
_LOST: Final = statement(
    "SELECT zone_id FROM zone_share WHERE event_id = $1 AND organization_id = $2"
    " AND device_id = $3 AND lost_at IS NOT NULL"
)
_LOOK: Final = statement(
    "SELECT zone_id, inside FROM zone_presence WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($3::text[])"
)
_KEY: Final = {
    "event_id": "text",
    "organization_id": "text",
    "zone_id": "text",
    "device_id": "text",
}
_COUNTS: Final = {"granted": "bigint", "returned": "bigint", "spent": "bigint"}
_SPEND: Final = insertion(
    "zone_share",
    _KEY | _COUNTS,
    "ON CONFLICT (event_id, zone_id, device_id)"
    " DO UPDATE SET spent = zone_share.spent + excluded.spent",
)
_RETURN: Final = insertion(
    "zone_share",
    _KEY | _COUNTS,
    "ON CONFLICT (event_id, zone_id, device_id) DO UPDATE SET returned ="
    " CASE WHEN excluded.returned > zone_share.returned THEN excluded.returned"
    " ELSE zone_share.returned END",
)
_GRANT: Final = insertion(
    "zone_share",
    _KEY | _COUNTS,
    "ON CONFLICT (event_id, zone_id, device_id) DO UPDATE SET granted = excluded.granted",
)
_LOSE: Final = text(
    "UPDATE zone_share SET lost_at = :now WHERE event_id = :event_id"
    " AND organization_id = :organization_id AND device_id = :device_id AND lost_at IS NULL"
)

Shares = dict[str, dict[str, Held]]
"""Shares by zone and device."""


class Offer(msgspec.Struct, frozen=True):
    """What a device is told of its share."""

    zone_id: str
    granted: int
    keep: int | None
    is_news: bool


async def read_shares(
    transaction: Transaction, organization_id: str, event_id: str, zone_ids: Iterable[str]
) -> Shares:
    """Read the shares of some zones, those of lost devices apart."""
    wanted = sorted(set(zone_ids))
    found: Shares = {zone_id: {} for zone_id in wanted}
    if wanted:
        for zone_id, device_id, *counts in await transaction.fetch(
            _READ, event_id, organization_id, wanted
        ):
            found[zone_id][device_id] = Held(*(int(count) for count in counts))
    return found


async def post_shares(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    spent: Mapping[tuple[str, str], int],
    returned: Mapping[tuple[str, str], int],
) -> None:
    """Book what journals say of shares; the keys are zone and device."""
    await transaction.run_many(
        _SPEND,
        [(event_id, organization_id, *key, 0, 0, n) for key, n in sorted(spent.items()) if n],
    )
    await transaction.run_many(
        _RETURN,
        [(event_id, organization_id, *key, 0, n, 0) for key, n in sorted(returned.items())],
    )


async def lose_shares(unit: Unit, event_id: str, device_id: str) -> None:
    """Free what a device that the organizer declared lost still holds."""
    connection = await unit.session.connection()
    await connection.execute(
        _LOSE,
        {
            "event_id": event_id,
            "organization_id": unit.organization_id,
            "device_id": device_id,
            "now": unit.now,
        },
    )


async def stop_counting(unit: Unit, event_id: str, zone_id: str) -> None:
    """Forget how many are inside a zone without a limit; a new limit counts them anew."""
    await unit.session.execute(
        delete(ZonePresence).where(
            ZonePresence.event_id == event_id, ZonePresence.zone_id == zone_id
        )
    )


class _Asked(msgspec.Struct, frozen=True):
    """A device, its zones and whether it may let into them, and what it is believed to hold.

    Attributes:
        told: What it says it was granted, where the ledger may have forgotten it; else nothing.
    """

    device_id: str
    zones: list[tuple[ZoneConfig, bool]]
    told: dict[str, int]


class ShareDesk:
    """Sees to the shares of the devices that exchange with this worker."""

    def __init__(self, driver: Driver, shelf: Bookshelf) -> None:
        self._driver = driver
        self._shelf = shelf

    async def settle(
        self, device: DeviceIdentity, request: ExchangeRequest, *, may_have_forgotten: bool
    ) -> tuple[int, int] | None:
        """Grant a device what it lacks, or ask back what it need not keep.

        Args:
            device: Whose exchange it is.
            request: Says what it holds.
            may_have_forgotten: The ledger was put back, and has not heard this device since: its
                word counts, up to the zone's limit. At other times the ledger knows better.

        Returns:
            The epoch and the feed's new head, if the device is told something.
        """
        if device.role not in _ROLES or not request.event_id:
            return None
        org, event_id = device.organization_id, request.event_id
        book = await self._book(org, event_id)
        if book is None:
            return None
        told = _told(request) if may_have_forgotten else {}
        asked = _Asked(device.id, _zones_of(book, device, request), told)
        if not asked.zones:
            return None
        wanted = [zone.id for zone, _ in asked.zones]
        limited = [zone.id for zone, _ in asked.zones if zone.capacity is not None]
        async with self._driver.read(org) as transaction:
            if await transaction.fetch(_LOST, event_id, org, device.id):
                return None
            rows = await transaction.fetch(_LOOK, event_id, org, limited)
            inside = dict.fromkeys(limited, 0) | {row[0]: int(row[1]) for row in rows}
            shares = await read_shares(transaction, org, event_id, wanted)
        if not any(offer.is_news for offer in _offers(asked, inside, shares)):
            return None
        async with self._driver.write(org) as transaction:
            status = await read_status(transaction, org, event_id, [device.id])
            if status is None or device.id in status.revoked:
                return None
            if status.plan_version != book.version.plan:
                return None  # changed just now: the next exchange grants by what holds then
            inside = await lock_presence(transaction, org, event_id, limited)
            shares = await read_shares(transaction, org, event_id, wanted)
            offers = [offer for offer in _offers(asked, inside, shares) if offer.is_news]
            if not offers:
                return None
            await transaction.run_many(
                _GRANT,
                [(event_id, org, o.zone_id, device.id, o.granted, 0, 0) for o in offers],
            )
            head = await take_numbers(transaction, org, event_id, len(offers))
            items = [Share(device.id, o.zone_id, o.granted, o.keep) for o in offers]
            await append_feed(transaction, org, event_id, head - len(items) + 1, items)
            return status.epoch, head

    async def _book(self, organization_id: str, event_id: str) -> EventBook | None:
        """Return the event's book as its plan stands; None without such an event.

        A worker that takes no claims hears of a lowered limit from nobody else.
        """
        async with self._driver.read(organization_id) as transaction:
            status = await read_status(transaction, organization_id, event_id, ())
        if status is None:
            return None
        book = await self._shelf.of_event(organization_id, event_id)
        if book.version.plan != status.plan_version:
            book = await self._shelf.renewed(organization_id, event_id)
        return book


def _zones_of(
    book: EventBook, device: DeviceIdentity, request: ExchangeRequest
) -> list[tuple[ZoneConfig, bool]]:
    """Name the zones whose shares concern a device, and whether it may let into them.

    It may let into its gate's, or into all while nobody knows its gate. Where else it was granted
    a share, its gate led there before, or the limit was lifted since.
    """
    gates, held = book.index.gates, _told(request)
    gate_id = request.gate_id or device.gate_id or ""
    # Where it says that it stands counts within what it is assigned to.
    gate = gates.get(gate_id) if is_assigned_to(device, book, gate_id) else None
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


def _told(request: ExchangeRequest) -> dict[str, int]:
    return {share.zone_id: share.granted for share in request.shares}


def _offers(asked: _Asked, inside: Mapping[str, int], shares: Shares) -> list[Offer]:
    found = []
    for zone, leads in asked.zones:
        held = dict(shares[zone.id])
        known = held.get(asked.device_id, Held())
        # A ledger that was put back has forgotten what it granted; the device has not.
        told = asked.told.get(zone.id, 0)
        if zone.capacity is not None:
            told = min(told, zone.capacity)
        granted = max(known.granted, told)
        own = msgspec.structs.replace(known, granted=granted)
        held[asked.device_id] = own
        more, keep = 0, None
        if zone.capacity is not None:
            pool = pool_of(zone.capacity, inside[zone.id], list(held.values()))
            fair = fair_share(zone.capacity, inside[zone.id], len(held)) if leads else 0
            more = grant_to(own, fair, pool)
            keep = keep_of(own, fair, pool)
        is_news = more > 0 or keep is not None or own.granted != known.granted
        found.append(Offer(zone.id, own.granted + more, keep, is_news))
    return found


def owed_by_device(uses: Iterable[UseRecord]) -> dict[tuple[str, str], int]:
    """Return how far one ticket's passages charge devices' shares, by zone and device.

    Args:
        uses: All passages of the ticket; those of one device in the order in which they came.
    """
    found: dict[tuple[str, str], list[UseRecord]] = {}
    for use in uses:
        if use.allotted and not use.is_annulled:
            found.setdefault((use.zone_id, use.device_id), []).append(use)
    for own in found.values():
        own.sort(key=lambda use: use.seq or NUMBER_MAX)  # what is new has none yet, and comes last
    return {
        key: owed_after(use.allotted for use in sorted(own, key=_journal_order(own)))
        for key, own in found.items()
    }


def _journal_order(own: Sequence[UseRecord]) -> Callable[[UseRecord], tuple[int, int, int]]:
    """Order a device's passages as its journal does; what that does not hold yet comes last.

    Boots come in the order in which the first passage of each was heard of.
    """
    boots = {use.boot: n for n, use in reversed(list(enumerate(own))) if use.boot is not None}

    def place(use: UseRecord) -> tuple[int, int, int]:
        if use.boot is None:
            return len(own), 0, use.seq
        return boots[use.boot], use.dseq or 0, use.seq

    return place


def charged(body_allotted: int, count: int, direction: str) -> int:
    """Return what a passage's entry charges or credits; a device's word is bounded by it."""
    if direction == "in":
        return min(max(0, body_allotted), count)
    return max(min(0, body_allotted), -count)
