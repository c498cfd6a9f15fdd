"""What a batch of claims, or of a journal's entries, asks for, and what the ledger holds of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec

from server.claims.claim_statements import reading
from server.claims.claim_work import ClaimWork
from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import Statement, array_text
from server.feed.rows import (
    STATUS_SIZE,
    Status,
    read_lots,
    read_status,
    status_of,
    take_numbers,
)
from server.homes.rows import AskRecord, asks_of, read_asks
from server.ledger.arrivals_after_evacuations import Told
from server.ledger.evacuations_on_record import Word, read_words, words_of
from server.ledger.exits_by_evacuations import notices_of, read_notices
from server.ledger.rows import (
    lock_presence,
    lock_tickets,
    marks_of,
    read_marks,
    read_uses,
    signed,
    tickets_of,
    uses_of,
)
from server.ledger.uses import MarkRecord, UseRecord
from server.ledger.zone_shares_of_devices import Shares, read_shares, shares_of
from server.plans.event_book import EventBook, Outdated
from server.ticketing.withdrawals import (
    WithdrawalRecord,
    read_withdrawals,
    withdrawals_of,
)
from shared.kernel.id_types import ClaimId, DeviceId, TicketId, ZoneId
from shared.manifest.tickets import TicketRow

_READ_SIZE: Final = STATUS_SIZE + 7
"""How many columns a reading has whose batch is not told of evacuations."""
_NOTHING_TOLD: Final = ((), (), ())


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch has to be decided by.

    Attributes:
        devices: Who asks.
        tickets: Of which tickets, in order.
        claims: Under which claim ids.
        seen: What devices have seen of the feed, by number.
        zones: Of limited capacity that are asked for, in order.
        asked: Claim ids under which a home may have been asked.
        is_told: By what was said of evacuations, and what took the tickets' rights away, as well.
    """

    devices: Sequence[DeviceId] = ()
    tickets: Sequence[TicketId] = ()
    claims: Sequence[ClaimId] = ()
    seen: Sequence[int] = ()
    zones: Sequence[ZoneId] = ()
    asked: Sequence[ClaimId] = ()
    is_told: bool = False

    def in_one(
        self, book: EventBook, *, has_tickets: bool = True
    ) -> tuple[Statement, Sequence[Any]]:
        """Return the statement that reads it, with the tickets' rows or without, and its values.

        See `server/claims/claim_statements.py`.
        """
        read = reading(
            has_tickets=has_tickets,
            has_claims=bool(self.tickets or self.claims),
            has_seen=bool(self.seen),
            has_zones=bool(self.zones),
            has_asked=bool(self.asked),
            is_told=self.is_told,
        )
        values = (
            book.event_id,
            book.organization_id,
            self.devices,
            array_text(signed(self.tickets)),
            self.claims,
            self.seen,
            self.zones,
            self.asked,
        )
        return read.statement, read.pick(values)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What some claims are decided by, all of one moment.

    Attributes:
        tickets: By id; unknown ones are left out.
        uses: By claim id.
        marks: By claim id.
        inside: Persons in zones of limited capacity, by zone; left out where none was counted.
        shares: What devices may let into these zones by themselves.
        asks: What homes were asked, by claim id.
        notices: What gates were told of evacuations.
        words: What was said of them.
        withdrawals: What took the tickets' rights away.
        stood: The stamps of all rows and the versions, for `claim_statements`; another where
            anything of it is another, and empty where it was not asked for.
    """

    status: Status
    tickets: dict[TicketId, TicketRow]
    uses: dict[ClaimId, UseRecord]
    marks: dict[str, MarkRecord]
    inside: dict[ZoneId, int]
    shares: Shares
    asks: dict[str, AskRecord]
    notices: Sequence[Told] = ()
    words: Sequence[Word] = ()
    withdrawals: Mapping[TicketId, list[WithdrawalRecord]] = {}
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
        asked=claims if book.index.uses_homes else [],
    )


async def read_locked(
    transaction: Transaction,
    book: EventBook,
    wanted: Wanted,
    listed: AbstractSet[TicketId],
    zones: Iterable[ZoneId],
) -> Reading | None:
    """Lock a batch's tickets and zones, then read all that it may be decided by.

    Args:
        transaction: A writing one.
        book: The event's.
        wanted: What is read.
        listed: The tickets that matter, be there a row of them or not.
        zones: Of limited capacity, whose persons inside are counted.

    Returns:
        None if the organization has no such event.

    Raises:
        Outdated: if a ticket came in between.
    """
    org, event_id = book.organization_id, book.event_id
    tickets = await lock_tickets(transaction, org, event_id, wanted.tickets, book.codes)
    inside = await lock_presence(transaction, org, event_id, zones)
    is_lacking = transaction.has_round_trips and bool(listed - tickets.keys())
    if is_lacking:
        # No row to lock: the counter keeps two workers apart that see such a ticket at once.
        await take_numbers(transaction, org, event_id, 0)
    read = await read_claims(transaction, book, wanted, has_tickets=is_lacking)
    if read is None:
        return None
    if len(read.tickets) > len(tickets):
        raise Outdated  # a till's sale has arrived since: its row is not locked
    return msgspec.structs.replace(read, tickets=tickets, inside=inside)


async def read_claims(
    transaction: Transaction, book: EventBook, wanted: Wanted, *, has_tickets: bool = False
) -> Reading | None:
    """Read what claims are decided by, in one round trip where that counts.

    The tickets' rows are left out if they are not asked for, and where a writer is alone.

    Returns:
        None if the organization has no such event.
    """
    if transaction.has_round_trips:
        statement, values = wanted.in_one(book, has_tickets=has_tickets)
        rows = await transaction.fetch(statement, *values)
        return reading_of(rows[0], book, wanted) if rows else None
    place = transaction, book.organization_id, book.event_id
    status = await read_status(*place, wanted.devices)
    if status is None:
        return None
    lots = await read_lots(*place, wanted.seen)
    return Reading(
        status=msgspec.structs.replace(status, lots=lots),
        tickets={},
        uses=await read_uses(*place, wanted.tickets, wanted.claims),
        marks=await read_marks(*place, wanted.claims),
        inside={},
        shares=await read_shares(*place, wanted.zones),
        asks=await read_asks(*place, wanted.asked),
        notices=await read_notices(*place) if wanted.is_told else (),
        words=await read_words(*place) if wanted.is_told else (),
        withdrawals=await read_withdrawals(*place, wanted.tickets) if wanted.is_told else {},
    )


def reading_of(row: Row, book: EventBook, wanted: Wanted) -> Reading:
    """Turn the row of `reading` into what was read."""
    *parts, lots = row[STATUS_SIZE:_READ_SIZE]
    notices, words, withdrawals = row[_READ_SIZE:] or _NOTHING_TOLD
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
        notices=notices_of(notices),
        words=words_of(words),
        withdrawals=withdrawals_of(withdrawals),
        stood=([one[-1] for part in parts for one in part], plan, keyring, stopped, emptied),
    )
