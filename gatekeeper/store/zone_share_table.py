"""This device's shares of zones' capacity: what it may let in without asking anybody.

A share never expires. What was granted and given back only ever grows; what is spent falls when
somebody is let out whose entry was charged to it, and when such an entry is taken back.

Source:
    docs/specs/admission.md, section 8
"""

from __future__ import annotations

from typing import Final

from gatekeeper.store.kept_table import KeptTable, fetch_rows
from gatekeeper.store.stored_ids import to_column
from gatekeeper.store.use_table import KnownUse
from shared.admission.zone_shares import HeldShare, owed_after
from shared.kernel.id_types import ClaimId, EventId, TicketId, ZoneId


class KnownShare(HeldShare, frozen=True, kw_only=True):
    """A share of one zone's capacity, as its device knows it.

    Attributes:
        code: The ledger's, for the total that it has granted; empty if that came without.
    """

    zone_id: ZoneId
    code: bytes = b""


_SHARES: Final = (
    "SELECT s.zone_id, coalesce(c.code, x''), s.granted, s.returned, s.spent FROM zone_share s"
    # A program that knew no codes may have been told more since.
    " LEFT JOIN share_code c ON c.event_id = s.event_id AND c.zone_id = s.zone_id"
    " AND c.granted = s.granted WHERE s.event_id=?"
)


def _known(zone_id: ZoneId, code: bytes, *counts: int) -> KnownShare:
    return KnownShare(*counts, zone_id=zone_id, code=code)


class ZoneShares(KeptTable):
    """The tables of shares; writes belong inside a transaction of the store."""

    def list_all(self, event_id: EventId) -> list[KnownShare]:
        """Return an event's shares, in order of zone."""
        rows = fetch_rows(
            self._connection,
            f"{_SHARES} ORDER BY s.zone_id",
            (event_id,),
        )
        return [_known(*row) for row in rows]

    def get(self, event_id: EventId, zone_id: ZoneId) -> KnownShare:
        """Return the share of a zone; an empty one where nothing was granted."""
        rows = fetch_rows(
            self._connection,
            f"{_SHARES} AND s.zone_id=?",
            (event_id, zone_id),
        )
        return _known(*rows[0]) if rows else KnownShare(zone_id=zone_id)

    def grant(self, event_id: EventId, zone_id: ZoneId, total: int, code: bytes = b"") -> None:
        """Take what the ledger has granted in all, and its code; an older word changes nothing."""
        self._connection.execute(
            "INSERT INTO zone_share VALUES (?, ?, ?, 0, 0) ON CONFLICT (event_id, zone_id)"
            " DO UPDATE SET granted=max(granted, excluded.granted)",
            (event_id, zone_id, total),
        )
        if code:
            self._connection.execute(
                "INSERT INTO share_code VALUES (?, ?, ?, ?) ON CONFLICT (event_id, zone_id)"
                " DO UPDATE SET granted=excluded.granted, code=excluded.code"
                " WHERE excluded.granted >= share_code.granted",
                (event_id, zone_id, total, code),
            )

    def give_back(self, event_id: EventId, zone_id: ZoneId, persons: int) -> int:
        """Give a part back that is left; returns the total ever given back."""
        self._connection.execute(
            "UPDATE zone_share SET returned=returned+? WHERE event_id=? AND zone_id=?",
            (persons, event_id, zone_id),
        )
        return self.get(event_id, zone_id).returned

    def spend(self, claim_id: ClaimId, event_id: EventId, zone_id: ZoneId, persons: int) -> None:
        """Charge a passage, or with a negative number credit an exit; once for each claim."""
        is_new = fetch_rows(
            self._connection,
            "INSERT OR IGNORE INTO share_use VALUES (?, ?, ?, ?) RETURNING 1",
            (claim_id, event_id, zone_id, persons),
        )
        if is_new:
            self._add(event_id, zone_id, persons)

    def hold(self, claim_id: ClaimId, event_id: EventId, zone_id: ZoneId, persons: int) -> int:
        """Set room aside for a claim that is about to be sent; the same again holds as much.

        Returns:
            For how many of the persons there is room.
        """
        held = self.held(claim_id, zone_id)
        if not held:
            self.free(claim_id)  # of a zone that the gate led to before
            held = min(persons, self.get(event_id, zone_id).left)
            if held:
                self.spend(claim_id, event_id, zone_id, held)
        return held

    def held(self, claim_id: ClaimId, zone_id: ZoneId) -> int:
        """Return how many persons a claim holds room for in a zone, or was charged with there."""
        rows = fetch_rows(
            self._connection,
            "SELECT persons FROM share_use WHERE claim_id=? AND zone_id=?",
            (claim_id, zone_id),
        )
        return int(rows[0][0]) if rows else 0

    def settle(self, claim_id: ClaimId, event_id: EventId, zone_id: ZoneId, persons: int) -> None:
        """Charge a claim what its passage costs, in place of what it held; 0 frees that."""
        self.free(claim_id)
        if persons:
            self.spend(claim_id, event_id, zone_id, persons)

    def owed(self, event_id: EventId, zone_id: ZoneId, ticket_id: TicketId) -> int:
        """Return for how many persons of a ticket this device's share of a zone is charged.

        By its own passages that stand: whose entry the ledger or another device has counted has
        no place here that an exit could give back.
        """
        rows = fetch_rows(
            self._connection,
            "SELECT s.persons FROM use u JOIN share_use s ON s.claim_id = u.claim_id"
            " WHERE u.ticket_id=? AND u.is_local AND NOT u.annulled AND s.event_id=?"
            " AND s.zone_id=? ORDER BY u.seq",
            (to_column(ticket_id), event_id, zone_id),
        )
        return owed_after(int(row[0]) for row in rows)

    def credited(self, event_id: EventId, zone_id: ZoneId, ticket_id: TicketId) -> frozenset[str]:
        """Name a ticket's exits whose places this device has put into its own share."""
        rows = fetch_rows(
            self._connection,
            "SELECT u.claim_id FROM use u JOIN share_use s ON s.claim_id = u.claim_id"
            " WHERE u.ticket_id=? AND s.event_id=? AND s.zone_id=? AND s.persons < 0",
            (to_column(ticket_id), event_id, zone_id),
        )
        return frozenset(str(row[0]) for row in rows)

    def take_back(self, use: KnownUse) -> None:
        """Give back what a passage was charged, when it is annulled; called before that.

        A holder who was let out since has given the place back already.
        """
        place = use.event_id, use.zone_id, use.ticket_id
        before = self.owed(*place)
        rows = fetch_rows(
            self._connection,
            "DELETE FROM share_use WHERE claim_id=? RETURNING persons",
            (use.claim_id,),
        )
        if rows:
            self._add(use.event_id, use.zone_id, self.owed(*place) - before)

    def free(self, claim_id: ClaimId) -> None:
        """Let go of the room that a claim holds, or was charged with until it is settled."""
        rows = fetch_rows(
            self._connection,
            "DELETE FROM share_use WHERE claim_id=? RETURNING event_id, zone_id, persons",
            (claim_id,),
        )
        for event_id, zone_id, persons in rows:
            self._add(event_id, zone_id, -persons)

    def _add(self, event_id: EventId, zone_id: ZoneId, persons: int) -> None:
        self._connection.execute(
            "INSERT INTO zone_share VALUES (?, ?, 0, 0, ?) ON CONFLICT (event_id, zone_id)"
            " DO UPDATE SET spent=spent+excluded.spent",
            (event_id, zone_id, persons),
        )
