"""What the server and every lane hold in the end, read from their own files, past the programs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import msgspec

from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody, UndoBody
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.ids import format_ticket_id
from soak.lane import Lane
from tests.factories.running_server import RunningServer

OFFSET = 1 << 63


class Scan(msgspec.Struct, frozen=True):
    """One scan as a signed entry tells it; `seq` is the entry's number in its device's journal."""

    device_id: DeviceId
    seq: int
    verdict: str
    reason: str
    ticket_id: str | None
    mode: str
    claim_id: ClaimId


class View(msgspec.Struct, frozen=True):
    """What one side counts: uses that stand, as (claim, ticket, device, count), and conflicts."""

    uses: frozenset[tuple[str, str, str, int]]
    conflicts: frozenset[str]


class LaneFacts(msgspec.Struct, frozen=True):
    """One lane in the end.

    Attributes:
        answers: What its processes wrote, one after another.
        scans: Of its own journal, by number.
        undone: Claims that its journal takes back.
        entries: The journal's signed entries.
    """

    name: str
    device_id: DeviceId
    answers: list[dict[str, Any]]
    scans: dict[int, Scan]
    undone: frozenset[str]
    entries: frozenset[bytes]
    view: View


class Conflict(msgspec.Struct, frozen=True):
    """A conflict of the server's, with the claims that are its sides."""

    kind: str
    ticket_id: str
    disposition: str
    sides: frozenset[str]


class ServerFacts(msgspec.Struct, frozen=True):
    """The server in the end.

    Attributes:
        entries: Each device's signed entries, each as often as it is held.
        unconfirmed: Claims of uses that stand and that no journal confirms.
    """

    entries: dict[DeviceId, list[bytes]]
    view: View
    unconfirmed: frozenset[str]
    conflicts: list[Conflict]


def read_lane(lane: Lane) -> LaneFacts:
    """Read a lane's profile."""
    file = f"file:{lane.folder / 'journal.db'}?mode=ro"
    with closing(sqlite3.connect(file, uri=True)) as journal:
        entries = [row[0] for row in journal.execute("SELECT entry FROM entry ORDER BY seq")]
        uses = journal.execute(
            "SELECT claim_id, ticket_id, device_id, count FROM use WHERE NOT annulled"
        ).fetchall()
        conflicts = journal.execute("SELECT conflict_id FROM conflict WHERE is_open").fetchall()
    scans, undone = _read_entries(entries)
    return LaneFacts(
        lane.name, DeviceId(lane.device_id), lane.answers, scans, undone, frozenset(entries),
        View(_uses(uses), frozenset(row[0] for row in conflicts)),
    )  # fmt: skip


def _read_entries(entries: Iterable[bytes]) -> tuple[dict[int, Scan], frozenset[str]]:
    scans: dict[int, Scan] = {}
    undone: set[str] = set()
    for encoded in entries:
        entry = decode_entry(encoded)
        body = decode_body(entry)
        if isinstance(body, UndoBody):
            undone.add(body.claim_id)
        elif isinstance(body, ScanBody):
            ticket = None if body.ticket_id is None else format_ticket_id(body.ticket_id)
            scans[entry.seq] = Scan(
                entry.device_id, entry.seq, body.verdict, body.reason, ticket, body.mode,
                body.claim_id,
            )  # fmt: skip
    return scans, frozenset(undone)


async def read_server(server: RunningServer) -> ServerFacts:
    """Read the server's database."""
    entries: dict[DeviceId, list[bytes]] = {}
    for device_id, entry in await server.fetch("SELECT device_id, entry FROM journal_entry"):
        entries.setdefault(device_id, []).append(bytes(entry))
    uses = await server.fetch(
        "SELECT claim_id, ticket_id, device_id, count, is_confirmed FROM ticket_use"
        " WHERE NOT is_annulled"
    )
    found = await server.fetch("SELECT id, kind, ticket_id, disposition FROM conflict")
    sides: dict[str, set[str]] = {}
    for conflict_id, side in await server.fetch("SELECT conflict_id, side FROM conflict_side"):
        sides.setdefault(conflict_id, set()).add(side)
    return ServerFacts(
        entries=entries,
        view=View(
            _uses([row[:4] for row in uses]), frozenset(row[0] for row in found if not row[3])
        ),
        unconfirmed=frozenset(row[0] for row in uses if not row[4]),
        conflicts=[
            Conflict(kind, _ticket(ticket), disposition, frozenset(sides.get(one, ())))
            for one, kind, ticket, disposition in found
        ],
    )


def _uses(rows: Iterable[tuple[Any, ...]]) -> frozenset[tuple[str, str, str, int]]:
    return frozenset(
        (claim, _ticket(ticket), device, count) for claim, ticket, device, count in rows
    )


def _ticket(column: int | None) -> str:
    """Spell a ticket id from its signed column."""
    return "" if column is None else format_ticket_id(TicketId(column + OFFSET))
