"""Whether a device could say what an entry says of a passage, as entries are posted. Pure.

Where it could not, the entry is put among what waits for a person, with the reason.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry, corrected_time
from server.journals.snapshot_and_postings import Journaled
from server.journals.unseen_codes import assume_ticket, say_presented
from server.ledger.places_taken_while_posting import PlacesTaken
from server.ledger.uses import GIFT, UseRecord
from server.plans.event_book import EventBook
from server.reconciliation.gift_rights import judge_confirmed, judge_gift
from server.reconciliation.passage_records import PASSAGES_OF_A_TICKET
from server.reconciliation.passage_rights import Doubt, Judged, judge, may_pass_into, told_of
from shared.journal.entry import Entry, GiveBody, ScanBody
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import Instant

PASSAGES_OF_A_TICKET_MAX: Final = 256
"""More wait for a person: each is held against all others of its ticket, which takes long."""


class PassageJudge:
    """Judges one device's entries, and counts those of which a device may bring so many only."""

    def __init__(
        self,
        book: EventBook,
        held: Journaled,
        places_taken: PlacesTaken,
        doubted: list[tuple[Doubt, CheckedEntry]],
        device_id: DeviceId,
        received_at: Instant,
    ) -> None:
        """Judge by what is held.

        Args:
            book: The event's.
            held: What the batch is posted to.
            places_taken: By the tickets, kept up to date as entries are posted.
            doubted: Where what waits for a person is put.
            device_id: Whose entries.
            received_at: When they came.
        """
        self._book = book
        self._held = held
        self._places_taken = places_taken
        self._doubted = doubted
        self._device_id = device_id
        self._received_at = received_at
        self._told = told_of(device_id, held.uses.values())
        gifts = (use.ticket_id for use in held.uses.values() if use.source == GIFT)
        self._given = Counter(gifts)

    def judge(self, checked: CheckedEntry, entry: Entry, use: UseRecord, body: ScanBody) -> Judged:
        """Judge a passage that nobody was asked for."""
        at = use.at, use.at_error
        if body.is_by_paper:  # it takes a supervisor of when it was keyed in
            at = corrected_time(entry, self._received_at)
        held = self._held
        people = held.floor.supervisors_at(*at)
        row, inside = held.tickets.get(use.ticket_id), self._inside_on(use)
        judged = judge(self._book, held.rights, use, body, row, people, inside)
        if not held.rights.is_accepted and judged.doubt is None:
            judged = self._repeated(use.ticket_id, judged)
        judged = self._counted(self._device_id, checked, judged)
        self._told[use.ticket_id] += judged.doubt is None
        return judged

    def may_give(self, checked: CheckedEntry, use: UseRecord, body: GiveBody) -> bool:
        """Tell whether what a home gave was asked of it."""
        held = self._held
        people = held.floor.supervisors_at(use.at, use.at_error)
        row, inside = held.tickets.get(use.ticket_id), self._inside_on(use)
        found = judge_gift(
            self._book, held.rights, self._device_id, use, body, row, people, inside
        )
        if found is None:
            return False
        if not held.rights.is_accepted and self._given[use.ticket_id] >= PASSAGES_OF_A_TICKET_MAX:
            found = Judged(found.doubt or Doubt.TOO_FAST)
        may_give = self._counted(use.device_id, checked, found).doubt is None
        self._given[use.ticket_id] += may_give
        return may_give

    def may_confirm(self, known: UseRecord, checked: CheckedEntry, body: ScanBody) -> bool:
        """Tell whether somebody may be taken to have come in on a use that the ledger knows."""
        row = self._held.tickets.get(known.ticket_id)
        if row is None:
            presented = say_presented(self._book, body, row)
            row = assume_ticket(self._book, known.ticket_id, presented)
        found = judge_confirmed(self._held.rights, known, row, self._inside_on(known))
        return self._counted(self._device_id, checked, found).doubt is None

    def may_lead_into(self, use: UseRecord) -> bool:
        """Tell whether a passage may have led into its zone, as its device alone tells it."""
        return may_pass_into(self._book, self._held.rights, use.gate_id, use.zone_id)

    def _repeated(self, ticket_id: TicketId, judged: Judged) -> Judged:
        """See how many passages on the ticket the device has told of before."""
        if self._told[ticket_id] >= PASSAGES_OF_A_TICKET_MAX:
            return Judged(Doubt.TOO_FAST)
        is_often = self._told[ticket_id] >= PASSAGES_OF_A_TICKET
        return msgspec.structs.replace(judged, is_often=is_often) if is_often else judged

    def _inside_on(self, use: UseRecord) -> int:
        return self._places_taken.inside_on(use.ticket_id, use.zone_id)

    def _counted(self, device_id: DeviceId, checked: CheckedEntry, found: Judged) -> Judged:
        judged = self._held.typed.judged(device_id, found)
        if judged.doubt is not None:
            self._doubted.append((judged.doubt, checked))
        return judged
