"""What a batch of claims asks for, and what the ledger holds about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from server.claims.claim_work import ClaimWork
from server.claims.statements import reading
from server.db.driver import Row, Transaction
from server.db.statement import array_text
from server.feed.rows import STATUS_SIZE, Status, read_lots, read_status, status_of
from server.homes.rows import AskRecord, asks_of, read_asks
from server.ledger.rows import (
    lock_tickets,
    marks_of,
    read_marks,
    read_uses,
    signed,
    tickets_of,
    uses_of,
)
from server.ledger.uses import MarkRecord, UseRecord
from server.ledger.zone_shares import Shares, read_shares, shares_of
from server.plans.event_book import EventBook
from shared.kernel.id_types import ClaimId, DeviceId, TicketId, ZoneId
from shared.manifest.home_spreading import uses_homes
from shared.manifest.tickets import TicketRow


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch has to be decided by.

    Attributes:
        devices: Who asks.
        tickets: Of which tickets, in order.
        claims: Under which claim ids.
        seen: What devices have seen of the feed, by number.
        zones: Of limited capacity that are asked for, in order.
        asked: Claim ids under which a home may have been asked.
    """

    devices: Sequence[DeviceId]
    tickets: Sequence[TicketId]
    claims: Sequence[ClaimId]
    seen: Sequence[int]
    zones: Sequence[ZoneId]
    asked: Sequence[ClaimId]

    @property
    def parts(self) -> dict[str, bool]:
        """Say which parts of it have to be looked at besides."""
        return {"has_zones": bool(self.zones), "has_asked": bool(self.asked)}

    def arguments(self, book: EventBook) -> tuple[Any, ...]:
        """Return the parameters of `server/claims/statements.py`."""
        return (
            book.event_id,
            book.organization_id,
            self.devices,
            array_text(signed(self.tickets)),
            self.claims,
            self.seen,
            self.zones,
            self.asked,
        )


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What some claims are decided by, all of one moment.

    Attributes:
        tickets: By id; unknown ones are left out.
        uses: By claim id.
        marks: By claim id.
        inside: Persons in zones of limited capacity, by zone; left out where none was counted.
        shares: What devices may let into these zones by themselves.
        asks: What homes were asked, by claim id.
        stood: The stamps of all rows and the versions, for `server/claims/statements.py`; another
            where anything of it is another, and empty where it was not asked for.
    """

    status: Status
    tickets: dict[TicketId, TicketRow]
    uses: dict[ClaimId, UseRecord]
    marks: dict[str, MarkRecord]
    inside: dict[ZoneId, int]
    shares: Shares
    asks: dict[str, AskRecord]
    stood: Sequence[Any] = ()


def wanted_by(
    book: EventBook, works: Sequence[ClaimWork], manual: Mapping[int, TicketId]
) -> Wanted:
    """Say what a batch has to be decided by.

    Args:
        book: The event's.
        works: The batch.
        manual: Ticket ids by manual code, of those that are a ticket's.
    """
    gates, zones = book.index.gates, book.index.zones
    tickets = {w.presented.ticket_id for w in works} | set(manual.values())
    gated = {gates[w.request.gate_id].zone_id for w in works if w.request.gate_id in gates}
    claims = list({w.request.claim_id for w in works})
    return Wanted(
        devices=list({w.device.id for w in works}),
        tickets=sorted(one for one in tickets if one is not None),
        claims=claims,
        seen=list({w.request.seen.sequence for w in works if w.request.seen is not None}),
        zones=sorted(zone_id for zone_id in gated if zones[zone_id].capacity is not None),
        asked=claims if uses_homes(book.index.config) else [],
    )


async def read_claims(transaction: Transaction, book: EventBook, wanted: Wanted) -> Reading | None:
    """Read what claims are decided by, in one round trip where that counts.

    Called after the tickets and zones are locked.

    Returns:
        None if the organization has no such event.
    """
    if transaction.has_round_trips:
        read = reading(**wanted.parts, has_seen=bool(wanted.seen))
        rows = await transaction.fetch(read.statement, *read.pick(wanted.arguments(book)))
        return reading_of(rows[0], book, wanted) if rows else None
    org, event_id = book.organization_id, book.event_id
    status = await read_status(transaction, org, event_id, wanted.devices)
    if status is None:
        return None
    lots = await read_lots(transaction, org, event_id, wanted.seen)
    return Reading(
        status=msgspec.structs.replace(status, lots=lots),
        tickets=await lock_tickets(transaction, org, event_id, wanted.tickets, book.codes),
        uses=await read_uses(transaction, org, event_id, wanted.tickets, wanted.claims),
        marks=await read_marks(transaction, org, event_id, wanted.claims),
        inside={},
        shares=await read_shares(transaction, org, event_id, wanted.zones),
        asks=await read_asks(transaction, org, event_id, wanted.asked),
    )


def reading_of(row: Row, book: EventBook, wanted: Wanted) -> Reading:
    """Turn the row of `reading` into what was read."""
    *parts, lots = row[STATUS_SIZE:]
    tickets, uses, marks, inside, shares, asks = ([one[:-1] for one in part] for part in parts)
    _, _, plan, keyring, *_, stopped, emptied = row[:STATUS_SIZE]
    return Reading(
        status=msgspec.structs.replace(status_of(row), lots={lot[0]: lot[1] for lot in lots}),
        tickets=tickets_of(tickets, book.codes),
        uses=uses_of(uses),
        marks=marks_of(marks),
        inside={zone[0]: int(zone[1]) for zone in inside},
        shares=shares_of(wanted.zones, shares),
        asks=asks_of(asks),
        stood=([one[-1] for part in parts for one in part], plan, keyring, stopped, emptied),
    )
