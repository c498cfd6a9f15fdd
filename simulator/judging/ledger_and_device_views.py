"""What server and devices hold when all is quiet, read from their databases as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gatekeeper.store.use_table import KnownUse
from shared.admission.zone_shares import HeldShare
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import Body, Entry
from shared.kernel.errors import Malformed
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Duration
from shared.manifest.tickets import TicketRow
from shared.wire.feed import FeedItem, ItemBody, Use, decode_item
from simulator.nodes.gate_node import GateNode
from simulator.nodes.server_node import ServerNode

_ID_OFFSET = 1 << 63


class HeldEntry(msgspec.Struct, frozen=True):
    """A journal entry with what it says.

    Attributes:
        signed: Its bytes.
        entry: Decoded.
        body: Decoded; None for an unknown kind.
        status: The server's word on it; "" on the device.
    """

    signed: SignedEntry
    entry: Entry
    body: Body | None
    status: str = ""


class LedgerUse(msgspec.Struct, frozen=True):
    """A passage as the ledger holds it."""

    claim_id: ClaimId
    ticket_id: TicketId
    zone_id: ZoneId
    occurrence_id: OccurrenceId
    direction: str
    at: int
    count: int
    gate_id: GateId
    device_id: DeviceId
    mode: str
    reason: str
    is_annulled: bool
    is_confirmed: bool
    source: str


class LedgerConflict(msgspec.Struct, frozen=True):
    """A conflict with its sides' ids."""

    id: str
    kind: str
    subject: str
    ticket_id: TicketId | None
    zone_id: ZoneId
    device_id: DeviceId
    disposition: str
    sides: frozenset[str]
    evidenced: frozenset[str]
    """Sides whose signed entry is kept with the conflict."""


class LedgerTicket(msgspec.Struct, frozen=True):
    """A ticket as the server has it."""

    ticket_id: TicketId
    state: str
    generation: int
    blocked: bool
    persons: int


class LedgerView(msgspec.Struct, frozen=True):
    """One event's ledger.

    Attributes:
        epoch: Ledger epoch.
        head: The feed's newest number.
        tickets: By id.
        uses: By claim id.
        entries: Each device's entries, by boot and number.
        forks: Forked entries, by device.
        refusals: How many entries of each device were refused.
        conflicts: All conflicts.
        feed: Sequence, kind and content of each item, in order.
        pending_effects: Entries whose effect is yet to be booked.
        inside: Persons inside each zone of limited capacity.
        shares: Granted, returned and spent, by device and zone; those of lost devices apart.
        counts: What the board and reports go by: how often, and for how many persons, by what is
            counted, place, scope and reason.
    """

    epoch: int
    head: int
    tickets: dict[int, LedgerTicket]
    uses: dict[str, LedgerUse]
    entries: dict[str, dict[tuple[bytes, int], HeldEntry]]
    forks: dict[str, list[tuple[bytes, int]]]
    refusals: dict[str, int]
    conflicts: list[LedgerConflict]
    feed: list[tuple[int, str, ItemBody | None]]
    pending_effects: int
    inside: dict[str, int]
    shares: dict[tuple[str, str], HeldShare]
    counts: dict[tuple[str, str, str, str], tuple[int, int]] = {}

    def told_first(self) -> dict[str, int]:
        """By which number of the feed gates were told of each passage first, by its claim id."""
        found: dict[str, int] = {}
        for sequence, _, item in self.feed:
            if isinstance(item, Use):
                found.setdefault(item.claim_id, sequence)
        return found


class DeviceView(msgspec.Struct, frozen=True):
    """One device.

    Attributes:
        node: Its node.
        device_id: Its id.
        entries: Its journal, in order of `seq`.
        uses: Passages that it knows, by claim id.
        tickets: What it knows of each ticket that the ledger has; None for nothing.
        cursor: How far it has read the feed.
        epoch: Of that cursor.
        problem: What its status says is wrong, or "".
        pending: Entries that the server has not acknowledged.
        shares: Of zones' capacity.
        start: Which start of its program this is.
        alarms: Devices that it names as dishonest, with the reason.
        skew: How far its clock was off from the beginning.
        steps: By how much it has jumped since.
    """

    node: str
    device_id: DeviceId
    entries: list[HeldEntry]
    uses: dict[ClaimId, KnownUse]
    tickets: dict[int, TicketRow | None]
    cursor: int
    epoch: int
    problem: str
    pending: int
    shares: dict[str, HeldShare]
    start: int
    alarms: tuple[tuple[str, str], ...]
    skew: Duration
    steps: tuple[Duration, ...]


def hold(signed: SignedEntry, status: str = "") -> HeldEntry:
    """Decode an entry."""
    entry = decode_entry(signed.entry)
    try:
        body = decode_body(entry)
    except Malformed:
        body = None
    return HeldEntry(signed, entry, body, status)


def view_device(node: GateNode, ledger: LedgerView, event_id: EventId) -> DeviceView:
    """Read a device's store."""
    session = node.session
    store, rung = session.store, session.lan.rung
    state = store.feeds.get(event_id)
    event = session.lane._knowledge.event  # noqa: SLF001 - the checker looks behind the curtain
    assert event is not None, f"{node.name} has no event: {session.status().problem}"
    return DeviceView(
        node=node.name,
        device_id=session.profile.device_id,
        entries=[hold(signed) for _, signed in store.journal.read(1, store.journal.last_seq)],
        uses={use.claim_id: use for use in store.uses.list_all(event_id)},
        tickets={one: event.find(TicketId(one)) for one in ledger.tickets},
        cursor=state.cursor,
        epoch=state.epoch,
        problem=session.status().problem,
        pending=store.journal.pending,
        shares={
            share.zone_id: HeldShare(share.granted, share.returned, share.spent)
            for share in store.shares.list_all(event_id)
        },
        start=node.starts,
        alarms=() if rung is None else rung.alarms,
        skew=node.clock.skew,
        steps=tuple(node.clock.steps),
    )


async def view_ledger(server: ServerNode, event_id: EventId) -> LedgerView:
    """Read an event's ledger."""
    inline = server.context.database.inline
    assert inline is not None
    async with inline.reading():

        def ask(sql: str) -> Sequence[Any]:
            return inline.connection.execute(sql, (event_id,)).fetchall()

        ((epoch, head),) = ask(
            "SELECT l.epoch, f.seq FROM ledger l, event_feed f WHERE f.event_id=?"
        )
        return LedgerView(
            epoch=epoch,
            head=head,
            tickets=_tickets(ask),
            uses=_uses(ask),
            entries=_entries(ask),
            forks=_forks(ask),
            refusals=dict(
                ask("SELECT device_id, count(*) FROM journal_refusal, (SELECT ?) GROUP BY 1")
            ),
            conflicts=_conflicts(ask),
            feed=[
                (seq, kind, decode_item(FeedItem(seq, kind, bytes(body))))
                for seq, kind, body in ask(
                    "SELECT seq, kind, body FROM feed WHERE event_id=? ORDER BY seq"
                )
            ],
            pending_effects=ask(
                "SELECT count(*) FROM journal_entry WHERE event_id=? AND effect='pending'"
            )[0][0],
            inside=dict(ask("SELECT zone_id, inside FROM zone_presence WHERE event_id=?")),
            shares={
                (row[0], row[1]): HeldShare(*row[2:])
                for row in ask(
                    "SELECT device_id, zone_id, granted, returned, spent FROM zone_share"
                    " WHERE event_id=? AND lost_at IS NULL"
                )
            },
            counts={
                (row[0], row[1], row[2], row[3]): (row[4], row[5])
                for row in ask(
                    "SELECT stat, place, scope, what, count, amount FROM tally"
                    " WHERE event_id=? AND minute=0 AND (count <> 0 OR amount <> 0)"
                )
            },
        )


Ask = Any


def _tickets(ask: Ask) -> dict[int, LedgerTicket]:
    rows = ask(
        "SELECT ticket_id, state, generation, blocked, persons FROM ticket WHERE event_id=?"
    )
    return {
        row[0] + _ID_OFFSET: LedgerTicket(
            row[0] + _ID_OFFSET, row[1], row[2], bool(row[3]), row[4]
        )
        for row in rows
    }


def _uses(ask: Ask) -> dict[str, LedgerUse]:
    rows = ask(
        "SELECT claim_id, ticket_id, zone_id, occurrence_id, direction, at, count, gate_id,"
        " device_id, mode, reason, is_annulled, is_confirmed, source FROM ticket_use"
        " WHERE event_id=?"
    )
    return {
        row[0]: LedgerUse(
            claim_id=row[0],
            ticket_id=row[1] + _ID_OFFSET,
            zone_id=row[2],
            occurrence_id=row[3],
            direction=row[4],
            at=row[5],
            count=row[6],
            gate_id=row[7],
            device_id=row[8],
            mode=row[9],
            reason=row[10],
            is_annulled=bool(row[11]),
            is_confirmed=bool(row[12]),
            source=row[13],
        )
        for row in rows
    }


def _entries(ask: Ask) -> dict[str, dict[tuple[bytes, int], HeldEntry]]:
    found: dict[str, dict[tuple[bytes, int], HeldEntry]] = {}
    rows = ask(
        "SELECT device_id, boot, dseq, entry, signature, status FROM journal_entry, (SELECT ?)"
        " ORDER BY device_id, boot, dseq"
    )
    for device_id, boot, dseq, entry, signature, status in rows:
        held = hold(SignedEntry(bytes(entry), bytes(signature)), status)
        found.setdefault(device_id, {})[bytes(boot), dseq] = held
    return found


def _forks(ask: Ask) -> dict[str, list[tuple[bytes, int]]]:
    found: dict[str, list[tuple[bytes, int]]] = {}
    for device_id, boot, dseq in ask("SELECT device_id, boot, dseq FROM journal_fork, (SELECT ?)"):
        found.setdefault(device_id, []).append((bytes(boot), dseq))
    return found


def _conflicts(ask: Ask) -> list[LedgerConflict]:
    sides: dict[str, list[tuple[str, bool]]] = {}
    for conflict_id, side, has_entry in ask(
        "SELECT conflict_id, side, entry IS NOT NULL FROM conflict_side WHERE event_id=?"
        " ORDER BY conflict_id, side"
    ):
        sides.setdefault(conflict_id, []).append((side, bool(has_entry)))
    return [
        LedgerConflict(
            id=row[0],
            kind=row[1],
            subject=row[6],
            ticket_id=None if row[2] is None else row[2] + _ID_OFFSET,
            zone_id=row[3],
            device_id=row[4],
            disposition=row[5],
            sides=frozenset(side for side, _ in sides.get(row[0], [])),
            evidenced=frozenset(side for side, has in sides.get(row[0], []) if has),
        )
        for row in ask(
            "SELECT id, kind, ticket_id, zone_id, device_id, disposition, subject FROM conflict"
            " WHERE event_id=? ORDER BY id"
        )
    ]
