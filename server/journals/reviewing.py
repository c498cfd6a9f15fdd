"""Looking at tickets' passages again, of which more is known now: a sale has come, or a ruling."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from server.db.hot_path_connections import Transaction
from server.entries.checking_uploaded_entries import CheckedEntry, check_entry
from server.entries.rows import Place, read_told
from server.journals.posting import JournalFold
from server.ledger.rows import annul_item
from server.ledger.uses import PAPER, UseRecord
from server.reconciliation.conflicts_and_sides import find_open
from server.reconciliation.entered_before_sale import sold_later
from server.reconciliation.findings import ConflictKind, Finding
from server.reconciliation.naming_contradictions import is_told_by_withdrawals, name_contradictions
from server.reconciliation.passage_findings import unexplained
from server.reconciliation.passage_rights import Doubt, find_seen
from shared.journal.chain import SignedEntry
from shared.journal.entry import ScanBody
from shared.kernel.id_types import OrganizationId, TicketId
from shared.manifest.presenting import Presented


class ReviewFold(JournalFold):
    """Posts one device's entries, and judges what others had recorded before."""

    def finish(self) -> None:
        """See `JournalFold.finish`; names besides what withdrawals and tills' sales contradict."""
        super().finish()
        done, withdrawals = self.postings, self._held.withdrawals
        for ticket_id in sorted({use.ticket_id for use in done.new_uses}):
            self._look_at_sale(ticket_id)
        done.findings = [
            one
            for one in done.findings
            if not is_told_by_withdrawals(one, withdrawals.get(one.ticket_id or TicketId(0), ()))
        ]
        for ticket_id, found in withdrawals.items():
            uses = self._by_ticket.get(ticket_id, ())
            named = name_contradictions(ticket_id, uses, found, self._side)
            if ticket_id in self._held.owed_only:  # what a till has paid, the server owes no more
                named = [_settled(one) for one in named]
            done.findings += named

    def _look_at_sale(self, ticket_id: TicketId) -> None:
        """Name who came in on a till's ticket; whether that was before its sale is read later."""
        till = self._book.keyring.till_of(ticket_id, self.event_id)
        if till is not None and ticket_id in self._held.tickets:
            uses = self._by_ticket.get(ticket_id, ())
            self.postings.findings.append(sold_later(ticket_id, till, uses, self._side))

    def waiting(self, ticket_ids: Iterable[TicketId]) -> list[Finding]:
        """Say what tickets that have a row by now may have been named for before."""
        found = (self._by_ticket.get(one) for one in ticket_ids if one in self._held.tickets)
        return [unexplained(uses[0], None) for uses in found if uses]

    def recorded(self, ticket_ids: Iterable[TicketId]) -> dict[str, Place]:
        """Name by claim id the entries by which gates alone let people in on some tickets."""
        return {
            use.claim_id: (use.device_id, use.boot, use.dseq)
            for ticket_id in ticket_ids
            for use in self._by_ticket.get(ticket_id, ())
            if use.source in {"journal", PAPER} and use.boot is not None and use.dseq is not None
            if not use.is_annulled
        }

    def review(self, ticket_ids: Iterable[TicketId], entries: Mapping[str, SignedEntry]) -> None:
        """Look at tickets again of which more is known now.

        Args:
            ticket_ids: Which.
            entries: By which people were let in on tickets that nothing explained until now, by
                claim id.
        """
        for ticket_id in ticket_ids:
            uses = self._by_ticket.get(ticket_id, [])
            if uses:
                self._withdraw_unseen(ticket_id, uses, entries)
                self._count_again(uses[0])
                if ticket_id in self._held.tickets:  # its sale has come
                    self.postings.findings.append(unexplained(uses[0], None))
                    self._look_at_sale(ticket_id)
            for use in uses:
                presented = Presented(ticket_id=ticket_id)
                self.postings.suspects.setdefault((ticket_id, use.zone_id), presented)

    def _withdraw_unseen(
        self, ticket_id: TicketId, uses: Iterable[UseRecord], entries: Mapping[str, SignedEntry]
    ) -> None:
        """Take passages out that nothing had explained, and whose code was not the ticket's."""
        row = self._held.tickets.get(ticket_id)
        if row is None:
            return
        for use in uses:
            signed = entries.get(use.claim_id)
            if signed is None or use.is_annulled:
                continue
            checked = check_entry(signed, use.device_id, is_signed=True)
            body = checked.body
            if not isinstance(body, ScanBody) or body.signature or self._has_seen(use, body):
                continue
            self._take_out(use, checked)

    def _has_seen(self, use: UseRecord, body: ScanBody) -> bool:
        row = self._held.tickets.get(use.ticket_id)
        return find_seen(self._book, self._held.rights, use, body, row) is not None

    def _take_out(self, use: UseRecord, checked: CheckedEntry) -> None:
        use.is_annulled = True
        self._count_again(use)
        self._charge(use.ticket_id)
        self.postings.annulled.append(use)
        item = annul_item(use, at=use.at, device_id=use.device_id, why="unproven")
        self.postings.items.append(item)
        self.postings.doubted.append((Doubt.UNSEEN, checked))


def _settled(finding: Finding) -> Finding:
    if finding.kind is not ConflictKind.PAID_OUT_TWICE:
        return finding
    return msgspec.structs.replace(finding, sides=())


async def review(
    transaction: Transaction,
    organization_id: OrganizationId,
    fold: ReviewFold,
    ticket_ids: Collection[TicketId],
) -> None:
    """Look at tickets again, by the entries that gates have signed."""
    place = (transaction, organization_id, fold.event_id)
    named = await find_open(*place, fold.waiting(ticket_ids))
    explained = [one.ticket_id for one in named if one.ticket_id is not None]
    entries = await read_told(transaction, organization_id, fold.recorded(explained))
    fold.review(ticket_ids, entries)
