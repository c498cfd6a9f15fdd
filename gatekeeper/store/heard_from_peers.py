"""What other gates said over the venue's network: open claims, journal entries, the roster."""

from __future__ import annotations

from typing import Final

import apsw
import msgspec

from gatekeeper.store.kept_table import fetch_rows
from gatekeeper.store.single_values import read_number, write_number
from gatekeeper.store.stored_ids import to_column
from gatekeeper.store.use_table import Uses
from shared.admission.facts import Direction
from shared.evacuations.standing_words import passed_after
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import Entry, ScanBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, EvacuationId, EventId, TicketId
from shared.kernel.instant import Instant
from shared.lan.claims import Claim, ClaimKey, Hold, Ref
from shared.lan.entries_of_peers import Ended, read_ended
from shared.lan.messages import Mark
from shared.manifest.seen_codes import SeenForm, form_of
from shared.manifest.signed_document import SignedDocument, decode_document, encode_document

_CLOCK: Final = "lan_clock"
_CLAIM: Final = msgspec.msgpack.Decoder(Claim)
_OWN: Final = (
    # Of the others' uses those alone that their own journals have told of here.
    "SELECT ifnull(max(at), -1) FROM (SELECT u.ticket_id, u.zone_id, u.device_id, u.at, u.annulled"
    " FROM use u JOIN peer_end p ON p.device_id = u.device_id AND p.claim_id = u.claim_id"
    " UNION ALL SELECT ticket_id, zone_id, device_id, at, outcome <> 2 FROM peer_end)"
    " WHERE ticket_id=? AND zone_id=? AND device_id=? AND annulled=0 AND NOT EXISTS"
    " (SELECT 1 FROM peer_entry WHERE device_id=? AND boot=? AND dseq>?)"
)
_FIRST_UNTOLD: Final = (
    "SELECT min(u.at) FROM use u WHERE u.ticket_id=? AND u.zone_id=? AND u.device_id=?"
    " AND u.direction='in' AND NOT (u.annulled OR u.is_local OR u.confirmed) AND NOT EXISTS"
    " (SELECT 1 FROM peer_end p WHERE p.device_id = u.device_id AND p.claim_id = u.claim_id)"
)


class PeerRecords:
    """Keeps what other gates told this one; writes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection, uses: Uses) -> None:
        """Use the journal database's connection; `uses` is told when there is more to count."""
        self._connection = connection
        self._uses = uses

    # -- open claims

    def remember(self, claim: Claim, event_id: EventId) -> None:
        """Keep an open claim, and the highest stamp for good."""
        self._connection.execute(
            "INSERT OR REPLACE INTO promise VALUES (?, ?, ?, ?)",
            (*claim.ref, event_id, msgspec.msgpack.encode(claim)),
        )
        if claim.stamp > self.clock:
            write_number(self._connection, _CLOCK, claim.stamp)

    def forget(self, ref: Ref) -> None:
        """Let go of a claim that has ended."""
        self._connection.execute("DELETE FROM promise WHERE device_id=? AND claim_id=?", ref)

    @property
    def clock(self) -> int:
        """The highest stamp ever remembered."""
        return read_number(self._connection, _CLOCK) or 0

    def claims(self, event_id: EventId) -> tuple[Claim, ...]:
        """Return every open claim of an event, this device's own among them."""
        rows = fetch_rows(
            self._connection,
            "SELECT claim FROM promise WHERE event_id=? ORDER BY device_id, claim_id",
            (event_id,),
        )
        return tuple(_CLAIM.decode(row[0]) for row in rows)

    # -- entries of other devices

    def keep(
        self,
        signed: SignedEntry,
        event_id: EventId,
        heard_at: Instant,
        *,
        was_promised: bool = False,
        is_believed: bool = True,
    ) -> None:
        """Keep another device's entry verbatim; again is nothing.

        What it says of a claim counts if it is believed, and of this event or of the device
        itself, and as of no later than it was heard.

        Args:
            signed: The entry.
            event_id: This event.
            heard_at: When it came.
            was_promised: This gate had promised to count the claim that it ends.
            is_believed: It ends that claim.
        """
        entry = decode_entry(signed.entry)
        self._connection.execute(
            "INSERT OR IGNORE INTO peer_entry VALUES (?, ?, ?, ?, ?, ?)",
            (entry.device_id, entry.boot, entry.dseq, signed.hash, signed.entry, signed.signature),
        )
        ended = read_ended(entry, heard_at) if is_believed else None
        if ended is not None and entry.event_id in {"", event_id}:
            self._end(ended, entry, was_promised=was_promised)

    def _end(self, ended: Ended, entry: Entry, *, was_promised: bool) -> None:
        hold, key = ended.hold, ended.key
        facts: tuple[int | str | None, ...] = (None,) * 6
        if key is not None:
            ticket = to_column(TicketId(key.ticket_id))
            at = self._place(entry, hold, key, was_promised=was_promised)
            facts = (ticket, key.zone_id, hold.direction, at, hold.count, hold.gate_id)
        self._connection.execute(
            "INSERT INTO peer_end VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (device_id, claim_id) DO UPDATE SET"
            " outcome=max(outcome, excluded.outcome),"
            " ticket_id=coalesce(ticket_id, excluded.ticket_id),"
            " zone_id=coalesce(zone_id, excluded.zone_id),"
            " direction=coalesce(direction, excluded.direction),"
            " at=coalesce(at, excluded.at), count=coalesce(count, excluded.count),"
            " gate_id=coalesce(gate_id, excluded.gate_id), seen=coalesce(seen, excluded.seen)",
            (*hold.ref, int(ended.outcome), entry.event_id, *facts, _foreign_proof(entry)),
        )
        if key is not None and hold.direction == Direction.IN:
            self._move_later(entry, hold, key)
        self._uses.knows_peers = True

    def _place(self, entry: Entry, hold: Hold, key: ClaimKey, *, was_promised: bool) -> int:
        """Return as of when another device's passage counts here.

        It follows what that device's journal, and the ledger's feed, had told of the ticket in the
        zone; an entry that this gate was asked about also what is on record here. Where its time
        says otherwise of the last two (a clock was set: the ledger's, its own or this one's), or
        nobody knows how far off the clock is by which somebody was let in, it comes last of all
        that is on record here: before an exit that only seems later, a copy would get in. Whatever
        clocks say, it follows what its gate knew of the zone's evacuations.
        """
        ticket_id, zone_id = TicketId(key.ticket_id), key.zone_id
        is_last = was_promised or entry.offset_error is None
        is_last = is_last and hold.direction == Direction.IN
        is_last = is_last or hold.at <= self._uses.latest_told(ticket_id, zone_id, entry)
        first = self._uses.latest_in(ticket_id, zone_id) if is_last else self._own(entry, key)
        body = decode_body(entry)
        if isinstance(body, ScanBody) and body.evacuation is not None:
            known = self._uses.evacuations.list_all(entry.event_id)
            first = max(first, passed_after(body.evacuation, known, zone_id))
        if hold.direction == Direction.OUT:
            untold = self._first_untold(entry, key)
            if untold is not None:
                return min(max(hold.at, first + 1), untold - 1)
        if hold.at > first:
            return hold.at
        is_by_paper = isinstance(body, ScanBody) and body.is_by_paper
        return hold.at if is_by_paper else first + 1  # by paper it was when the entry says

    def _own(self, entry: Entry, key: ClaimKey) -> int:
        """Return as of when a device's last passage counts that its journal tells before an entry.

        -1 where none is known, or the entry came behind later ones. What a home has left to the
        device is known here before its journal tells of it, and may come behind the entry.
        """
        place = (entry.device_id, entry.boot, entry.dseq)
        rows = fetch_rows(self._connection, _OWN, (*_right(entry, key), *place))
        return int(rows[0][0])

    def _first_untold(self, entry: Entry, key: ClaimKey) -> int | None:
        """Return as of when the first entry counts that was left to a device, and not told by it.

        An exit that its journal tells was before that, or nobody knows yet.
        """
        rows = fetch_rows(self._connection, _FIRST_UNTOLD, _right(entry, key))
        return None if rows[0][0] is None else int(rows[0][0])

    def _move_later(self, entry: Entry, hold: Hold, key: ClaimKey) -> None:
        """Let what a device's journal tells behind an entry count after it."""
        use = self._uses.find(hold.claim_id)
        if use is None or use.device_id != entry.device_id:
            return
        at = int(use.at)
        rows = fetch_rows(
            self._connection,
            "SELECT entry FROM peer_entry WHERE device_id=? AND boot=? AND dseq>? ORDER BY dseq",
            (entry.device_id, entry.boot, entry.dseq),
        )
        for (later,) in rows:
            ended = read_ended(decode_entry(later))
            if ended is None or ended.key is None or ended.key.ticket_id != key.ticket_id:
                continue
            self._connection.execute(
                "UPDATE peer_end SET at=max(at, ?) WHERE device_id=? AND claim_id=? AND zone_id=?",
                (at + 1, *ended.hold.ref, key.zone_id),
            )
            at += self._connection.changes()

    def follow(self, event_id: EventId, evacuation_id: EvacuationId) -> None:
        """Let the passages count after a word on an evacuation that knew it before this gate."""
        known = self._uses.evacuations.list_all(event_id)
        rows = fetch_rows(
            self._connection,
            "SELECT entry FROM peer_entry WHERE instr(entry, CAST(? AS BLOB)) > 0",
            (evacuation_id,),
        )
        for (encoded,) in rows:
            entry = decode_entry(encoded)
            try:
                body = decode_body(entry)
            except Malformed:
                continue  # of a device that lies: kept, and it lets nobody in
            if isinstance(body, ScanBody) and entry.event_id == event_id:
                after = passed_after(body.evacuation, known, body.zone_id)
                self._connection.execute(
                    "UPDATE peer_end SET at=max(at, ?) WHERE device_id=? AND claim_id=?",
                    (after + 1, entry.device_id, body.claim_id),
                )

    def marks(self, event_id: EventId) -> list[Mark]:
        """Tell up to which number each boot of other devices is held without a gap.

        A device's boots before the first that bears an entry of the event are left out.
        """
        rows = fetch_rows(
            self._connection,
            "SELECT device_id, boot, min(dseq), max(dseq), count(DISTINCT dseq),"
            " max(instr(entry, CAST(? AS BLOB)) > 0) FROM peer_entry GROUP BY device_id, boot",
            (event_id,),
        )
        since: dict[str, int] = {}
        born: dict[tuple[str, bytes], int] = {}
        for device_id, boot, first, *_, is_of_event in rows:
            seq = born[device_id, boot] = self._seq_of(device_id, boot, first)
            if is_of_event:
                since[device_id] = min(seq, since.get(device_id, seq))
        found = []
        for device_id, boot, first, last, count, _ in rows:
            if device_id not in since or born[device_id, boot] < since[device_id]:
                continue
            whole = last if first == 1 and count == last else self.whole_after(device_id, boot, 0)
            if whole:
                found.append(Mark(device_id, boot, whole))
        return found

    def _seq_of(self, device_id: DeviceId, boot: bytes, dseq: int) -> int:
        """Return the number within its profile of an entry that is held; it orders boots."""
        ((entry,),) = fetch_rows(
            self._connection,
            "SELECT entry FROM peer_entry WHERE device_id=? AND boot=? AND dseq=? LIMIT 1",
            (device_id, boot, dseq),
        )
        return decode_entry(entry).seq

    def whole_after(self, device_id: DeviceId, boot: bytes, dseq: int) -> int:
        """Return the last number that follows `dseq` without a gap; `dseq` if none does."""
        rows = self._connection.execute(
            "SELECT DISTINCT dseq FROM peer_entry WHERE device_id=? AND boot=? AND dseq>?"
            " ORDER BY dseq",
            (device_id, boot, dseq),
        )
        for (number,) in rows:
            if number != dseq + 1:
                break
            dseq = number
        return dseq

    def entries_after(self, mark: Mark, limit: int) -> list[SignedEntry]:
        """Return entries of a boot after a number, in order, up to the first gap."""
        rows = fetch_rows(
            self._connection,
            "SELECT dseq, entry, signature FROM peer_entry"
            " WHERE device_id=? AND boot=? AND dseq>? GROUP BY dseq ORDER BY dseq LIMIT ?",
            (mark.device_id, mark.boot, mark.dseq, limit),
        )
        found: list[SignedEntry] = []
        for number, entry, signature in rows:
            if number != mark.dseq + len(found) + 1:
                break
            found.append(SignedEntry(entry, signature))
        return found

    def entries_naming(self, device_id: DeviceId, claim_id: ClaimId) -> list[Mark]:
        """List the entries of a device that bear a claim's id, each as where it stands."""
        rows = fetch_rows(
            self._connection,
            "SELECT boot, dseq FROM peer_entry"
            " WHERE device_id=? AND instr(entry, CAST(? AS BLOB)) > 0",
            (device_id, claim_id),
        )
        return [Mark(device_id, boot, dseq) for boot, dseq in rows]

    # -- the roster

    def put_roster(self, event_id: EventId, document: SignedDocument) -> None:
        """Keep an event's newest roster."""
        self._connection.execute(
            "INSERT OR REPLACE INTO roster VALUES (?, ?)", (event_id, encode_document(document))
        )

    def get_roster(self, event_id: EventId) -> SignedDocument | None:
        """Return the roster kept for an event, or None."""
        rows = fetch_rows(
            self._connection, "SELECT document FROM roster WHERE event_id=?", (event_id,)
        )
        return decode_document(rows[0][0]) if rows else None


def _right(entry: Entry, key: ClaimKey) -> tuple[int, str, str]:
    """Name a right and the device that an entry tells of it."""
    return to_column(TicketId(key.ticket_id)), key.zone_id, entry.device_id


def _foreign_proof(entry: Entry) -> bytes | None:
    """Return what says to prove an imported code; it can be told when that is read here."""
    body = decode_body(entry)
    if not isinstance(body, ScanBody) or form_of(body.seen) is not SeenForm.FOREIGN:
        return None
    return body.seen
