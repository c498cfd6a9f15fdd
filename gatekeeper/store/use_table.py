"""Recorded passages: this device's own, and those that the feed brought."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

import apsw
import msgspec

from gatekeeper.store.evacuation_table import Evacuations
from gatekeeper.store.kept_table import fetch_rows
from gatekeeper.store.stored_ids import from_column, to_column
from gatekeeper.store.ticket_generations import Generations
from shared.admission.evacuation import EXIT_PREFIX
from shared.admission.facts import Direction, UseFact
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Entry, ScanBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId, ZoneId
from shared.kernel.instant import Instant
from shared.kernel.packing import pack
from shared.manifest.door_questions import DoorAnswer


class UseProof(msgspec.Struct, frozen=True, array_like=True):
    """What the entry of a passage of this device's own says besides; see `ScanBody`."""

    reason: str = ""
    person: str = ""
    seen: bytes = b""
    signature: bytes = b""
    happened_from: Instant | None = None
    happened_until: Instant | None = None
    answers: tuple[DoorAnswer, ...] = ()


class KnownUse(msgspec.Struct, frozen=True, kw_only=True):
    """One passage as this device knows it.

    Attributes:
        claim_id: Unique.
        event_id: The event.
        ticket_id: Which ticket.
        zone_id: The scope of the use.
        direction: `in` or `out`.
        at: When, in server time as well as it is known.
        count: Persons.
        gate_id: Where.
        device_id: By whom.
        annulled: Taken back, or never made use of.
        is_local: This device admitted it.
        confirmed: The ledger has it.
        seq: Its journal entry's number, where it is local.
        is_hearsay: Only a peer's signed entry tells of it so far.
        proof: Of a local one, where it is wanted; else None.
    """

    claim_id: ClaimId
    event_id: EventId
    ticket_id: TicketId
    zone_id: ZoneId
    direction: str
    at: Instant
    count: int
    gate_id: GateId
    device_id: DeviceId
    annulled: bool = False
    is_local: bool = False
    confirmed: bool = False
    seq: int | None = None
    is_hearsay: bool = False
    proof: UseProof | None = None

    def fact(self) -> UseFact:
        """Say the passage as decisions see it."""
        return UseFact(
            claim_id=self.claim_id,
            zone_id=self.zone_id,
            direction=_DIRECTIONS[self.direction],
            at=self.at,
            count=self.count,
            annulled=self.annulled,
        )


_PROOF_IN: Final = attrgetter(*UseProof.__struct_fields__)
_COLUMNS = (
    "claim_id, event_id, ticket_id, zone_id, direction, at, count, gate_id, device_id,"
    " annulled, is_local, confirmed, seq"
)
# A grant in the feed that its own device has signed away counts no more (`Outcome`: 2 is used).
_OWN_AND_FEED = (
    "SELECT u.claim_id, u.event_id, u.ticket_id, u.zone_id, u.direction, u.at, u.count, u.gate_id,"
    " u.device_id, u.annulled OR (NOT u.is_local AND ifnull(e.outcome, 2) <> 2), u.is_local,"
    " u.confirmed, u.seq FROM use u LEFT JOIN peer_end e"
    " ON e.device_id = u.device_id AND e.claim_id = u.claim_id WHERE u.ticket_id=?"
    " ORDER BY u.rowid"
)
_TOLD = (
    "SELECT p.claim_id, p.event_id, p.ticket_id, p.zone_id, p.direction, p.at, p.count, p.gate_id,"
    " p.device_id, p.outcome <> 2, 0, 0, NULL FROM peer_end p WHERE p.ticket_id=? AND NOT EXISTS"
    " (SELECT 1 FROM use u WHERE u.claim_id = p.claim_id AND u.device_id = p.device_id)"
    " ORDER BY p.at, p.device_id, p.claim_id"
)
_FORMER_PROOF = "SELECT p.proof FROM use_proof p WHERE p.claim_id = use.claim_id"
_OWN_ENTRIES = "SELECT e.entry FROM use u JOIN entry e ON e.seq = u.seq WHERE u.ticket_id=?"
_TOLD_OF_ZONE = (
    "SELECT p.claim_id, p.event_id, p.ticket_id, p.zone_id, p.direction, p.at, p.count, p.gate_id,"
    " p.device_id, p.outcome <> 2, 0, 0, NULL FROM peer_end p WHERE p.event_id=? AND p.zone_id=?"
    " AND p.ticket_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM use u WHERE u.claim_id = p.claim_id AND u.device_id = p.device_id)"
)
_DIRECTIONS = {direction.value: direction for direction in Direction}


class Uses:
    """The table of uses; writes belong inside a transaction of the store.

    Attributes:
        knows_peers: Other devices' entries came over the venue's network.
        evacuations: Of the zones that the passages lead into.
        generations: Of tickets whose newer credential was shown here.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection
        self.evacuations = Evacuations(connection)
        self.generations = Generations(connection)
        (found,) = fetch_rows(connection, "SELECT EXISTS (SELECT 1 FROM peer_end)")
        self.knows_peers = bool(found[0])

    def facts_of(self, ticket_id: TicketId) -> tuple[UseFact, ...]:
        """Return every recorded use of a ticket, annulled ones marked, as decisions need them.

        What a peer alone told bears the peer's name before its claim id: it is never taken for
        a retry of this device's own claim, whatever id the peer wrote.
        """
        if self.knows_peers:
            return tuple(
                UseFact(
                    claim_id=_fact_name(use),
                    zone_id=use.zone_id, direction=_DIRECTIONS[use.direction], at=use.at,
                    count=use.count, annulled=use.annulled,
                )
                for use in self._with_peers(ticket_id)
            )  # fmt: skip
        rows = fetch_rows(
            self._connection,
            "SELECT claim_id, zone_id, direction, at, count, annulled FROM use WHERE ticket_id=?"
            # Those of the same instant count in the order in which they were recorded.
            " ORDER BY rowid",
            (to_column(ticket_id),),
        )
        return tuple(
            UseFact(
                claim_id=claim_id,
                zone_id=zone_id,
                direction=_DIRECTIONS[direction],
                at=at,
                count=count,
                annulled=bool(annulled),
            )
            for claim_id, zone_id, direction, at, count, annulled in rows
        )

    def place_in_time(
        self, ticket_id: TicketId, zone_id: ZoneId, at: Instant, emptied_at: Instant | None
    ) -> Instant:
        """Return as of when a new passage of a ticket counts, if a clock says `at`.

        It follows all that is recorded of the ticket in the zone, also where the clock was fast
        then and has been set back since: an exit that seemed later would let the holder in again.
        It comes later than the zone's last emptying: whoever is let in after that need not leave.
        """
        latest = self.latest_in(ticket_id, zone_id, at)
        if emptied_at is not None and max(latest, at) <= emptied_at:
            return Instant(emptied_at + 1)
        return Instant(at if latest <= at else latest + 1)

    def latest_in(self, ticket_id: TicketId, zone_id: ZoneId, default: int = -1) -> int:
        """Return as of when the last passage of a ticket in a zone counts that is known here.

        `default` where none is.
        """
        passed = (
            use.at
            for use in self.facts_of(ticket_id)
            if use.zone_id == zone_id and not use.annulled
        )
        return max(passed, default=default)

    def latest_told(self, ticket_id: TicketId, zone_id: ZoneId, entry: Entry) -> int:
        """Return the same of what the ledger had told an entry's device by then; -1 if nothing.

        Numbers of another epoch cannot be compared.
        """
        rows = fetch_rows(
            self._connection,
            "SELECT ifnull(max(at), -1) FROM use WHERE ticket_id=? AND zone_id=? AND annulled=0"
            " AND number<=? AND EXISTS (SELECT 1 FROM feed WHERE event_id=? AND epoch=?)",
            (to_column(ticket_id), zone_id, entry.cursor, entry.event_id, entry.epoch),
        )
        return int(rows[0][0])

    def records_of(self, ticket_id: TicketId) -> list[KnownUse]:
        """Return every recorded use of a ticket with all that is known, oldest first."""
        if self.knows_peers:
            return sorted(self._with_peers(ticket_id), key=lambda use: (use.at, use.claim_id))
        rows = fetch_rows(
            self._connection,
            f"SELECT {_COLUMNS} FROM use WHERE ticket_id=? ORDER BY at, claim_id",  # noqa: S608 - fixed text
            (to_column(ticket_id),),
        )
        return [_record(row) for row in rows]

    def _with_peers(self, ticket_id: TicketId) -> list[KnownUse]:
        """List a ticket's uses, those among them that only peers told of as well."""
        column = to_column(ticket_id)
        rows = fetch_rows(self._connection, _OWN_AND_FEED, (column,))
        told = fetch_rows(self._connection, _TOLD, (column,))
        return [_record(row) for row in rows] + [
            msgspec.structs.replace(_record(row), is_hearsay=True) for row in told
        ]

    def foreign_proofs(self, ticket_id: TicketId) -> list[tuple[DeviceId, ClaimId, bytes]]:
        """List what peers' passages say to prove an imported ticket's code, and whose they are."""
        if not self.knows_peers:
            return []
        rows = fetch_rows(
            self._connection,
            "SELECT device_id, claim_id, seen FROM peer_end"
            " WHERE ticket_id=? AND seen IS NOT NULL",
            (to_column(ticket_id),),
        )
        return [(DeviceId(device), ClaimId(claim), bytes(seen)) for device, claim, seen in rows]

    def find(self, claim_id: ClaimId) -> KnownUse | None:
        """Return the use recorded under a claim id, or None."""
        rows = fetch_rows(
            self._connection,
            f"SELECT {_COLUMNS} FROM use WHERE claim_id=?",  # noqa: S608 - fixed text
            (claim_id,),
        )
        return _record(rows[0]) if rows else None

    def is_outdone(self, ticket_id: TicketId | None, generation: int, *, has_passed: bool) -> bool:
        """Tell whether a credential of a higher generation was shown here.

        Also where the list says otherwise: its ledger may have been put back to an older copy,
        and this device's own entries say what it has let in before.

        Args:
            ticket_id: Of which ticket.
            generation: Of the credential that is shown now.
            has_passed: A passage of the ticket is recorded; else no entry is looked for.
        """
        if self.generations.outdoes(ticket_id, generation):
            return True
        if ticket_id is None or not has_passed:
            return False
        rows = fetch_rows(self._connection, _OWN_ENTRIES, (to_column(ticket_id),))
        return any(_generation_in(entry) > generation for (entry,) in rows)

    def list_local(self, first_seq: int, last_seq: int) -> list[KnownUse]:
        """Return this device's own uses whose entries have numbers in a range; a full scan.

        With what proves them.
        """
        rows = fetch_rows(
            self._connection,
            f"SELECT ifnull(proof, ({_FORMER_PROOF})), {_COLUMNS} FROM use"  # noqa: S608 - fixed text
            " WHERE seq BETWEEN ? AND ? ORDER BY seq",
            (first_seq, last_seq),
        )
        return [
            msgspec.structs.replace(_record(tuple(row)), proof=_proof(kept)) for kept, *row in rows
        ]

    def list_all(self, event_id: EventId) -> list[KnownUse]:
        """Return every use of an event in order of claim id; for checks and simulations."""
        rows = fetch_rows(
            self._connection,
            f"SELECT {_COLUMNS} FROM use WHERE event_id=? ORDER BY claim_id",  # noqa: S608 - fixed text
            (event_id,),
        )
        return [_record(row) for row in rows]

    def list_zone(self, event_id: EventId, zone_id: ZoneId) -> list[KnownUse]:
        """Return every passage known through a zone, in the order of recording; a full scan."""
        rows = fetch_rows(
            self._connection,
            f"SELECT {_COLUMNS} FROM use WHERE event_id=? AND zone_id=? ORDER BY rowid",  # noqa: S608 - fixed text
            (event_id, zone_id),
        )
        told = []
        if self.knows_peers:
            told = fetch_rows(self._connection, _TOLD_OF_ZONE, (event_id, zone_id))
        return [_record(row) for row in [*rows, *told]]

    def latest_in_zone(self, event_id: EventId, zone_id: ZoneId) -> Instant:
        """Return as of when the last passage counts that this device has recorded; 0 for none."""
        rows = fetch_rows(
            self._connection,
            "SELECT ifnull(max(at), 0) FROM use"
            " WHERE event_id=? AND zone_id=? AND is_local=1 AND annulled=0",
            (event_id, zone_id),
        )
        return Instant(rows[0][0])

    def add_local(
        self,
        body: ScanBody,
        at: Instant,
        *,
        event_id: EventId,
        device_id: DeviceId,
        seq: int,
        confirmed: bool = False,
    ) -> None:
        """Record a passage of this device's own, with what its entry proves besides.

        The feed may have brought it already, where the ledger's grant was on its way here.

        Args:
            body: What its entry says; it names a ticket.
            at: As of when it counts.
            event_id: The event.
            device_id: This device.
            seq: The entry's number.
            confirmed: The ledger has given its word.
        """
        assert body.ticket_id is not None
        self._connection.execute(
            f"INSERT INTO use ({_COLUMNS}, proof) VALUES (?,?,?,?,?,?,?,?,?,0,1,?,?,?)"  # noqa: S608 - fixed text
            " ON CONFLICT (claim_id) DO UPDATE"
            " SET is_local=1, annulled=0, seq=excluded.seq, proof=excluded.proof",
            (
                body.claim_id,
                event_id,
                to_column(body.ticket_id),
                body.zone_id,
                body.direction,
                at,
                body.count,
                body.gate_id,
                device_id,
                int(confirmed),
                seq,
                pack(_PROOF_IN(body)),
            ),
        )

    def add_from_ledger(self, use: KnownUse, number: int) -> None:
        """Record a passage that the feed brought; the ledger's word on one of ours replaces it.

        A use that was taken back here stays taken back until the ledger says so too. A passage of
        a device that bears another's claim id is recorded beside that one's.

        Args:
            use: The passage.
            number: Of the feed's item that tells it.
        """
        if not self._put(use, number):
            beside = msgspec.structs.replace(use, claim_id=f"{use.device_id}/{use.claim_id}")
            self._put(beside, number)
        self._connection.execute(
            "INSERT INTO device_gate (device_id, gate_id) VALUES (?, ?)"
            " ON CONFLICT (device_id) DO UPDATE SET gate_id=excluded.gate_id",
            (use.device_id, use.gate_id),
        )

    def _put(self, use: KnownUse, number: int) -> bool:
        """Write the ledger's word on a passage, unless another device's bears its claim id."""
        self._connection.execute(
            f"INSERT INTO use ({_COLUMNS}, number) VALUES (?,?,?,?,?,?,?,?,?,0,0,1,NULL,?)"  # noqa: S608 - fixed text
            " ON CONFLICT (claim_id) DO UPDATE SET event_id=excluded.event_id,"
            " ticket_id=excluded.ticket_id, zone_id=excluded.zone_id,"
            " direction=excluded.direction, at=excluded.at, count=excluded.count,"
            " gate_id=excluded.gate_id, device_id=excluded.device_id, confirmed=1,"
            " number=excluded.number"
            # The ledger's own exits are told under whatever device was heard first.
            f" WHERE device_id=excluded.device_id OR claim_id LIKE '{EXIT_PREFIX}%'",
            (*_passage(use), number),
        )
        return self._connection.changes() > 0

    def add_given(self, use: KnownUse) -> None:
        """Record a passage that this device, as the ticket's home, leaves to another one."""
        self._connection.execute(
            f"INSERT OR IGNORE INTO use ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,0,0,0,NULL)",  # noqa: S608 - fixed text
            _passage(use),
        )

    def annul(self, claim_id: ClaimId) -> None:
        """Mark a use as not counting, if it is recorded."""
        self._connection.execute("UPDATE use SET annulled=1 WHERE claim_id=?", (claim_id,))

    def gate_of_device(self, device_id: DeviceId) -> GateId | None:
        """Return the gate at which another device was last heard of, or None."""
        rows = fetch_rows(
            self._connection, "SELECT gate_id FROM device_gate WHERE device_id=?", (device_id,)
        )
        return GateId(rows[0][0]) if rows else None


def _passage(use: KnownUse) -> tuple[str | int, ...]:
    """Give the columns that say what happened, without the flags."""
    return (
        use.claim_id,
        use.event_id,
        to_column(use.ticket_id),
        use.zone_id,
        use.direction,
        use.at,
        use.count,
        use.gate_id,
        use.device_id,
    )


def _generation_in(entry: bytes | None) -> int:
    """Read the generation that an entry of ours let in; 0 for none, and where it is damaged."""
    try:
        body = decode_body(decode_entry(entry or b""))
    except Malformed:
        return 0
    return body.generation or 0 if isinstance(body, ScanBody) else 0


def _proof(kept: bytes | None) -> UseProof | None:
    """Read what was kept of a passage; None for one of before that."""
    return None if kept is None else msgspec.msgpack.decode(kept, type=UseProof)


def _record(row: tuple[Any, ...]) -> KnownUse:
    claim_id, event_id, ticket_id, zone_id, direction, at, count, gate_id, device_id, *flags = row
    annulled, is_local, confirmed, seq = flags
    return KnownUse(
        claim_id=claim_id,
        event_id=event_id,
        ticket_id=TicketId(from_column(ticket_id)),
        zone_id=zone_id,
        direction=direction,
        at=at,
        count=count,
        gate_id=gate_id,
        device_id=device_id,
        annulled=bool(annulled),
        is_local=bool(is_local),
        confirmed=bool(confirmed),
        seq=seq,
    )


def _fact_name(use: KnownUse) -> ClaimId:
    """Name a use among its ticket's; two devices may have given theirs the same name."""
    return ClaimId(f"{use.device_id}/{use.claim_id}") if use.is_hearsay else use.claim_id
