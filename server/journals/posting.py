"""What uploaded entries do to the ledger, one after another, over facts read once. Pure.

Nothing that a device signed is refused here: it happened. An admission confirms the claim that it
was made under, or is recorded as a use that nobody was asked for; if the decision would have been
another one, that is a conflict for people to settle.
"""

from __future__ import annotations

from server.claims.deciding import occurrence_of
from server.db.ledger_state import FIRST_EPOCH
from server.entries.checking_uploaded_entries import (
    CheckedEntry,
    corrected_time,
    passage_time,
)
from server.homes.home_answers import HomeFold
from server.journals.passage_judging import PassageJudge
from server.journals.snapshot_and_postings import Journaled, Postings, UseEvidence, is_its_claim
from server.journals.unseen_codes import assume_ticket, is_explained, possible_types, say_presented
from server.ledger.arrivals_after_evacuations import returns_into
from server.ledger.evacuations_on_record import WordStanding, hear_return, take_word
from server.ledger.exits_by_evacuations import returns_of, settle_exits, taken_back
from server.ledger.passage_order import NOBODY, STEP, author_of, date_back, known_by, place_in_time
from server.ledger.places_taken_while_posting import PlacesTaken
from server.ledger.rows import annul_item
from server.ledger.uses import GIFT, PAPER, MarkRecord, UseRecord
from server.ledger.zone_shares_of_devices import charged, owed_by_device
from server.plans.event_book import EventBook
from server.reconciliation.double_uses import name_excess, objection_to
from server.reconciliation.findings import Finding, FindingSide, GateWord
from server.reconciliation.passage_findings import (
    doubted,
    foreign_undo,
    objected,
    overfull,
    overridden,
    side_of,
    unexplained,
    unproven_words,
)
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Reason
from shared.evacuations.standing_words import passed_after
from shared.evacuations.whose_words_count import Objection, WordAuthor
from shared.journal.bounds import NUMBER_MAX
from shared.journal.claim_ids import derive_claim_id, may_use
from shared.journal.entry import (
    DispositionBody,
    Entry,
    EvacuationBody,
    EvacuationKnown,
    GiveBody,
    ReleaseBody,
    ReturnBody,
    ScanBody,
    SurrenderBody,
    UndoBody,
)
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import Instant
from shared.manifest.badge_signatures import BadgeScope, is_supervisors_word, ruling_word
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketRow
from shared.wire.feed import Annul


class JournalFold:
    """Posts one device's entries for one event."""

    def __init__(
        self,
        book: EventBook,
        held: Journaled,
        device_id: DeviceId,
        received_at: Instant,
        *,
        takes_given_times: bool = False,
    ) -> None:
        self._book = book
        self._index = book.index
        self._held = held
        self._device_id = device_id
        self._received_at = received_at
        self._takes_given_times = takes_given_times
        self.homes = HomeFold(
            held.asks,
            held.uses,
            held.marks,
            self._home_of,
            self._placed,
            device_id=device_id,
            now=received_at,
            epoch=held.epoch,
        )
        self._by_ticket: dict[int, list[UseRecord]] = {}
        for use in held.uses.values():
            self._by_ticket.setdefault(use.ticket_id, []).append(use)
        self._returns = returns_of(held.notices)
        self.places_taken = PlacesTaken(held.inside, self._by_ticket, held.notices)
        self._owed = {
            ticket_id: owed_by_device(uses) for ticket_id, uses in self._by_ticket.items()
        }
        self.postings = Postings(
            items=[],
            confirmed=[],
            annulled=[],
            marks=[],
            suspects={},
            findings=[],
            dispositions=[],
            entries={},
        )
        self._unproven: list[tuple[CheckedEntry, EvacuationBody, Objection]] = []
        self._judge = PassageJudge(
            book, held, self.places_taken, self.postings.doubted, device_id, received_at
        )

    @property
    def epoch(self) -> int:
        """The ledger's epoch."""
        return self._held.epoch

    @property
    def event_id(self) -> EventId:
        """The event."""
        return self._book.event_id

    def post(self, checked: CheckedEntry) -> None:
        """Let one entry take effect."""
        entry, body = checked.as_entry, checked.body
        if isinstance(body, ScanBody):
            if body.verdict == "admit" and body.ticket_id is not None:
                self._admit(checked, entry, body)
        elif isinstance(body, ReleaseBody):
            self._free(body, entry)
        elif isinstance(body, UndoBody):
            self._undo(checked, entry, body)
        elif isinstance(body, DispositionBody):
            self._settle(entry, body)
        elif isinstance(body, EvacuationBody):
            self._evacuate(checked, entry, body)
        elif isinstance(body, GiveBody):
            self._give(checked, entry, body)
        elif isinstance(body, SurrenderBody):
            self.homes.surrender(body)
        elif isinstance(body, ReturnBody):
            key = (body.zone_id, self._device_id)
            self.postings.returned[key] = max(body.total, self.postings.returned.get(key, 0))

    def finish(self) -> None:
        """Name what was doubted, and look for admissions beyond the tickets' allowance."""
        self.postings.findings += doubted(self.postings.doubted, self._received_at)
        self.postings.findings += unproven_words(self._unproven, self._received_at)
        for (ticket_id, zone_id), presented in self.postings.suspects.items():
            row = self._held.tickets.get(TicketId(ticket_id)) or assume_ticket(
                self._book, TicketId(ticket_id), presented
            )
            if row is not None:
                found = self._double_use(row, ZoneId(zone_id), presented)
                self.postings.findings.append(found)

    def _admit(self, checked: CheckedEntry, entry: Entry, body: ScanBody) -> None:
        assert body.ticket_id is not None
        known = self._held.uses.get(body.claim_id)
        if known is not None and is_its_claim(known, body, self._device_id):
            if not known.is_confirmed and self._judge.may_confirm(known, checked, body):
                # A gate that was heard has let the holder into the zone that it knew, too.
                may_move = body.mode != Rung.ONLINE or body.zone_id != known.zone_id
                is_late = may_move and self._date_back(known, entry, body)
                known.is_confirmed, known.boot, known.dseq = True, entry.boot, entry.dseq
                self._count_again(known)
                known.allotted = charged(body.allotted, known.count, known.direction)
                self._charge(known.ticket_id)  # in place of what the claim was
                self.postings.confirmed.append(UseEvidence(known, checked))
                self.postings.words += hear_return(self._held.floor, body.evacuation, known)
                self.postings.entries[known.claim_id] = checked
                if known.source == GIFT or is_late:  # nobody has decided it here, or as of then
                    row = self._held.tickets.get(known.ticket_id)
                    self._examine(known, row, say_presented(self._book, body, row))
            return
        claim_id = body.claim_id
        if known is not None or not may_use(self._device_id, claim_id):
            claim_id = derive_claim_id(checked.hash)
            if claim_id in self._held.uses:
                return
        self._force(checked, entry, body, claim_id)

    def _give(self, checked: CheckedEntry, entry: Entry, body: GiveBody) -> None:
        """Post a home's answer; what it gave where the ledger asked nothing is a use at once."""
        told = self.homes.give(entry, body, lambda use: self._judge.may_give(checked, use, body))
        if isinstance(told, UseRecord):
            self._held.uses[told.claim_id] = told
            self._by_ticket.setdefault(told.ticket_id, []).append(told)
        if told is not None:
            self.postings.items.append(told)

    def _home_of(self, ticket_id: TicketId) -> DeviceId | None:
        row = self._held.tickets.get(ticket_id)
        home = None if row is None else row.facts.home_device_id
        return self._book.keyring.home_of(ticket_id) if home is None else home

    def _force(
        self, checked: CheckedEntry, entry: Entry, body: ScanBody, claim_id: ClaimId
    ) -> None:
        """Record a passage that nobody was asked for, if its device could say so."""
        use = self._use(entry, body, claim_id)
        row = self._held.tickets.get(use.ticket_id)
        judged = self._judge.judge(checked, entry, use, body)
        if judged.doubt is not None:
            return
        if judged.seen is not None and judged.seen.generation is not None:
            use.generation = judged.seen.generation  # whatever the entry says of it
        if claim_id != body.claim_id:
            use.content = body.claim_id.encode()  # by which its device may take it back
        mark = self._held.marks.get(body.claim_id)
        use.is_annulled = (
            mark is not None and mark.why == "undone" and mark.device_id == self._device_id
        )
        presented = say_presented(self._book, body, row)
        self._held.uses[claim_id] = use
        self._by_ticket.setdefault(use.ticket_id, []).append(use)
        self.postings.items.append(use)
        self.postings.words += hear_return(self._held.floor, body.evacuation, use)
        self.postings.entries[claim_id] = checked
        if use.is_annulled:  # it was taken back before it arrived
            item = annul_item(use, at=use.at, device_id=self._device_id, why="undone")
            self.postings.items.append(item)
            return
        self._count_again(use)
        self._charge(use.ticket_id)
        if use.direction == "in" and row is None and not is_explained(self._book, presented):
            key = presented.key
            own = key if key is not None and key.event_id == self._book.event_id else None
            self.postings.findings.append(unexplained(use, self._side(use), own))
        if use.reason == Reason.OVERRIDE:
            objection = None if row is None else self._objection(use, row, presented)
            found = overridden(use, self._side(use), objection, is_signed=judged.is_by_badge)
            self.postings.findings += found
            return
        self._examine(use, row, presented)

    def _date_back(self, known: UseRecord, entry: Entry, body: ScanBody) -> bool:
        """See whether a device let the holder pass elsewhere than a grant says; tell where."""
        others, told_in = self._by_ticket[known.ticket_id], known.zone_id
        others.remove(known)
        own = self._use(entry, body, known.claim_id)
        others.append(known)
        if not self._judge.may_lead_into(own) or not date_back(known, own):
            return False
        self.postings.tell_again(known, told_in)
        if known.zone_id != told_in and len(others) > 1:
            self.postings.suspect(known.ticket_id, told_in)
        return True

    def _settle(self, entry: Entry, body: DispositionBody) -> None:
        """Take a ruling on a conflict, if a supervisor of that moment has signed it."""
        book = self._book
        speaker = BadgeScope(book.organization_id, book.event_id, self._device_id, body.person)
        people = self._held.floor.supervisors_at(*corrected_time(entry, self._received_at))
        said = ruling_word(speaker, body.conflict_id, body.disposition)
        if is_supervisors_word(said, body.signature, people):
            # Numbers of another epoch cannot be compared.
            knew = entry.cursor if entry.epoch == self._held.epoch else NUMBER_MAX
            word = GateWord(body, self._device_id, entry.boot, entry.dseq, knew)
            self.postings.dispositions.append(word)

    def _examine(self, use: UseRecord, row: TicketRow | None, presented: Presented) -> None:
        if use.direction != "in":
            # Who had gone out may have come in again: what looked like a double use may be none.
            if len(self._by_ticket[use.ticket_id]) > 1:
                self.postings.suspects.setdefault((use.ticket_id, use.zone_id), presented)
            return
        facts = row
        if row is None and len(possible_types(self._book, presented)) == 1:
            # Of other types' tickets nobody knows what they are good for.
            facts = assume_ticket(self._book, use.ticket_id, presented)
        if facts is not None:
            objection = self._objection(use, facts, presented)
            if objection is not None:
                self.postings.findings.append(objected(use, self._side(use), objection))
        others = self._by_ticket[use.ticket_id]
        if len(others) > 1:
            self.postings.suspects[use.ticket_id, use.zone_id] = presented
        inside = self.places_taken.inside.get(use.zone_id, 0)
        if not inside:
            return  # nobody is too many, or the zone has no limit
        zones = [plan.zones.get(use.zone_id) for plan in self._plans(use)]
        limits = [None if zone is None else zone.capacity for zone in zones]
        excess = [inside - limit for limit in limits if limit is not None]
        if len(excess) == len(limits) and min(excess) > 0:
            self.postings.findings.append(overfull(use, self._side(use)))

    def _plans(self, use: UseRecord, row: TicketRow | None = None) -> list[EventIndex]:
        """Return the plans by which a passage is judged: what came after it was said to nobody."""
        checked = self.postings.entries.get(use.claim_id)
        entry = None if checked is None else checked.entry
        is_known = entry is not None and use.source != PAPER
        knew = known_by(entry, self._held.epoch) if is_known and entry else 0
        return self._book.history.at(use.at, use.at_error, use.zone_id, knew, row)

    def _objection(self, use: UseRecord, facts: TicketRow, presented: Presented) -> Reason | None:
        """Say what speaks against a passage whatever came before it, and also after that."""
        before = [
            one.fact()
            for one in self._by_ticket[use.ticket_id]
            if one.at <= use.at and one is not use
        ]
        found = None
        for plan in reversed(self._plans(use, facts)):
            row = self._book.history.row_under(plan, facts)
            found = objection_to(plan, presented, row, use, ())
            if found is None or (before and not objection_to(plan, presented, row, use, before)):
                return None  # a rule may ask for an earlier entry, and there was one
        return found

    def _use(self, entry: Entry, body: ScanBody, claim_id: ClaimId) -> UseRecord:
        is_given = body.time_given and self._takes_given_times
        others = self._by_ticket.get(body.ticket_id or 0, ())
        # What is on record was so before this was received, whatever the ledger's clock says now.
        received_at = max((self._received_at, *(one.at + STEP for one in others)))
        at, at_error = passage_time(entry, body, received_at, is_given=is_given)
        # By the plan that the device knew: its gate may lead elsewhere by now.
        is_paper = body.is_by_paper
        knew = 0 if is_paper else known_by(entry, self._held.epoch)
        plan = self._book.history.at(at, at_error, body.zone_id, knew)[0]
        gate, zone = plan.gates.get(body.gate_id), plan.zones.get(body.zone_id)
        if zone is None and gate is not None:
            zone = plan.zones.get(gate.zone_id)
        assert body.ticket_id is not None
        row = self._held.tickets.get(body.ticket_id)
        occurrence_id = body.occurrence_id  # what a till sold alone, its gate knows before us
        if zone is not None and (row is not None or zone.occurrence_id):
            occurrence_id = OccurrenceId(occurrence_of(zone, row))
        use = UseRecord(
            claim_id=claim_id,
            ticket_id=body.ticket_id,
            zone_id=body.zone_id if zone is None else zone.id,
            occurrence_id=occurrence_id,
            direction="out" if body.direction == "out" else "in",
            at=at,
            at_error=at_error,
            count=max(1, body.count),
            gate_id=body.gate_id,
            device_id=self._device_id,
            mode=body.mode,
            reason=body.reason,
            is_annulled=False,
            is_confirmed=True,
            source=PAPER if is_paper else "journal",
            boot=entry.boot,
            dseq=entry.dseq,
            seq=0,
            epoch=self._held.epoch,
            content=None,
            remaining=body.remaining,
            allotted=charged(body.allotted, max(1, body.count), body.direction),
            knew=knew,
            generation=body.generation,
        )
        return use if is_given else self._placed(use, entry, body.evacuation)

    def _placed(
        self, use: UseRecord, entry: Entry, known: EvacuationKnown | None = None
    ) -> UseRecord:
        """Put a passage in its place among those of its ticket."""
        held, others = self._held, self._by_ticket.get(use.ticket_id, ())
        if not others and known is None and not held.floor.words and not held.told:
            return use  # as nearly all: nothing was before it, and no zone was emptied
        row = held.tickets.get(use.ticket_id)
        persons = 1 if row is None else row.facts.persons
        if use.source == PAPER:
            return place_in_time(use, others, NOBODY, persons)
        is_given = any(one.source == GIFT for one in others)
        is_home = is_given and self._home_of(use.ticket_id) == entry.device_id
        returns = returns_into(use.zone_id, held.floor.words, held.told)
        said = passed_after(known, held.notices, use.zone_id)
        author = author_of(entry, held.epoch, is_home=is_home, returns=returns, said=said)
        return place_in_time(use, others, author, persons)

    def _free(self, body: ReleaseBody, entry: Entry) -> None:
        """Free a grant that its holder did not use, and refuse its id from now on."""
        known = self._held.uses.get(body.claim_id)
        if known is not None:
            if known.device_id == self._device_id and not known.is_confirmed:
                self._annul(known, entry, body.why)
            return
        self.homes.release(body)
        self._mark(body.claim_id, "released")
        if self._held.epoch > FIRST_EPOCH or self._index.uses_homes:
            # Devices may count a use that nobody remembers: what the ledger granted and told of
            # before it was put back, and what the ticket's home has given away.
            at, _ = corrected_time(entry, self._received_at)
            gone = Annul(body.claim_id, body.ticket_id, at, self._device_id, body.why)
            self.postings.items.append(gone)

    def _evacuate(self, checked: CheckedEntry, entry: Entry, body: EvacuationBody) -> None:
        """Judge a word; let the batch's tickets have left for what follows, the others later."""
        floor, received_at = self._held.floor, self._received_at
        at, at_error = corrected_time(entry, received_at)
        author = WordAuthor(
            organization_id=self._book.organization_id,
            event_id=self._book.event_id,
            device_id=self._device_id,
            home_event=floor.home_event,
            home_zone=floor.home_zone,
            supervisors=floor.supervisors_at(at, at_error),
        )
        zones = list(self._index.zones)
        words = take_word(
            floor, body, author, zones, at=at, at_error=at_error, received_at=received_at
        )
        self.postings.words += words
        for word in words:
            if word.standing == WordStanding.KEPT and not word.is_hearsay:
                self._unproven.append((checked, body, Objection(word.why)))
        told = [word.notice() for word in words if word.standing == WordStanding.COUNTS]
        self.postings.evacuations += told
        if told:
            self._held.notices += told
            self._returns = returns_of(self._held.notices)
            self.places_taken.hear(self._held.notices)
            for uses in list(self._by_ticket.values()):
                self._count_again(uses[0])

    def _undo(self, checked: CheckedEntry, entry: Entry, body: UndoBody) -> None:
        known = self._held.uses.get(body.claim_id)
        if known is None or known.device_id != self._device_id:
            named = body.claim_id.encode()
            own = [use for use in self._by_ticket.get(body.ticket_id, ()) if use.content == named]
            known = next((use for use in own if use.device_id == self._device_id), known)
        if known is None:
            self._mark(body.claim_id, "undone")
        elif known.device_id != self._device_id:
            self.postings.findings.append(foreign_undo(checked, known, self._received_at))
        elif known.ticket_id == body.ticket_id:
            self._annul(known, entry, body.why)

    def _annul(self, known: UseRecord, entry: Entry, why: str) -> None:
        if known.is_annulled:
            return
        known.is_annulled = True
        self._count_again(known)
        self._charge(known.ticket_id)
        if known.seq:  # else it is new in this batch and inserted as it is
            self.postings.annulled.append(known)
        at, _ = corrected_time(entry, self._received_at)
        item = annul_item(known, at=at, device_id=self._device_id, why=why)
        self.postings.items.append(item)
        if len(self._by_ticket.get(known.ticket_id, ())) > 1:
            self.postings.suspect(known.ticket_id, known.zone_id)

    def _mark(self, claim_id: ClaimId, why: str) -> None:
        if not may_use(self._device_id, claim_id):
            return
        mark = self._held.marks[claim_id] = MarkRecord(claim_id, self._device_id, why, None, None)
        self.postings.marks.append(mark)

    def _count_again(self, use: UseRecord) -> None:
        """See what a changed passage changes of who had to leave, and of who is inside."""
        uses = self._by_ticket[use.ticket_id]
        self._let_leave(uses)
        self.places_taken.count_again(use.ticket_id, uses)

    def _let_leave(self, uses: list[UseRecord]) -> None:
        """Post the exits by evacuation of a ticket's holders, and take back what were none."""
        if not self._returns:
            return
        held, done = self._held, self.postings
        exits = settle_exits(uses, self._returns, device_id=self._device_id, epoch=held.epoch)
        for left in exits.gone:
            if left.seq:
                done.annulled.append(left)
            done.items.append(taken_back(left))
        held.uses.update({left.claim_id: left for left in exits.made})
        done.items.extend(exits.made)
        for left in (*exits.gone, *exits.made):
            done.suspect(left.ticket_id, left.zone_id)

    def _charge(self, ticket_id: TicketId) -> None:
        """Charge to devices' shares what a ticket's passages cost now, less what they did.

        Be the zone limited now or not: the device counts it.
        """
        owed, spent = owed_by_device(self._by_ticket[ticket_id]), self.postings.spent
        before = self._owed.get(ticket_id, {})
        for key in sorted(owed.keys() | before.keys()):
            changed = owed.get(key, 0) - before.get(key, 0)
            if changed:
                spent[key] = spent.get(key, 0) + changed
        self._owed[ticket_id] = owed

    def _double_use(self, row: TicketRow, zone_id: ZoneId, presented: Presented) -> Finding:
        """Name the excess of a ticket in a zone; without sides if there is none (any more)."""
        uses = [use for use in self._by_ticket[row.ticket_id] if use.zone_id == zone_id]
        return name_excess(self._book.history, presented, row, uses, self._side)

    def _side(self, use: UseRecord) -> FindingSide:
        return side_of(use, self.postings.entries.get(use.claim_id))
