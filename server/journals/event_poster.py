"""Posting the entries of one event, in the transaction in which their upload is stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Final

from server.claims.batch_reading import Wanted, read_claims, read_locked
from server.db.hot_path_connections import Transaction
from server.db.ledger_state import FIRST_EPOCH
from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.named_in_entries import named_in
from server.entries.uploaded_chain import JournalAlarm
from server.feed.rows import append_feed, take_numbers
from server.homes.rows import free_move, write_asks
from server.journals.owed_refunds_paid_by_tills import read_owed_only
from server.journals.posting import JournalFold
from server.journals.reviewing import ReviewFold, review
from server.journals.snapshot_and_postings import Ingest, IngestSnapshot, Journaled, UseEvidence
from server.ledger.door_answer_rows import record_answers
from server.ledger.evacuations_on_record import WordKnowledge, put_words, read_floor
from server.ledger.exits_by_evacuations import ReturnPoster, keep_notices
from server.ledger.ledger_statements import ANNUL_USES, CONFIRM_USES, DATE_BACK_USES
from server.ledger.rows import (
    change_presence,
    insert_marks,
    insert_uses,
)
from server.ledger.unjudged_zones import read_being_left
from server.ledger.uses import UseRecord as Record
from server.ledger.zone_shares_of_devices import post_shares
from server.plans.event_book import EventBook, Outdated, version_of
from server.reconciliation.conflict_recorder import ConflictRecorder
from server.reconciliation.conflicts_and_sides import read_open_doubles, settle_from_gate
from server.reconciliation.entries_of_sides import PassageEntry, attach_passages, read_sided
from server.reconciliation.findings import ConflictKind, Finding, GateWord
from server.reconciliation.journal_findings import alarm_finding
from server.reconciliation.passage_records import (
    is_signed,
    let_wait,
    read_rights,
    read_typed_codes,
    with_former_codes,
)
from server.reconciliation.passage_rights import Rights
from server.reconciliation.typed_codes import TypedCodes
from shared.journal.entry import EvacuationBody, ReturnBody, SurrenderBody
from shared.kernel.id_types import TicketId, ZoneId
from shared.wire.feed import ItemBody

_DATED: Final = attrgetter(
    *("claim_id", "at", "at_error", "moved", "mode", "source", "knew", "zone_id", "occurrence_id")
)


class EventPoster:
    """Posts entries of one event inside the upload's transaction."""

    def __init__(
        self,
        transaction: Transaction,
        upload: Ingest,
        book: EventBook,
        typed: TypedCodes | None = None,
    ) -> None:
        self._typed = typed or TypedCodes(book.event_id, upload.received_at)
        self._transaction = transaction
        self._upload = upload
        self._book = book
        self._org = book.organization_id
        self._event_id = book.event_id
        now = upload.received_at
        self._conflicts = ConflictRecorder(transaction, book, now, upload.entropy)
        self._entries: Sequence[CheckedEntry] = ()
        self._seen = IngestSnapshot([], [])

    async def post(
        self,
        entries: Sequence[CheckedEntry],
        alarms: Sequence[JournalAlarm] = (),
        *,
        tickets: Collection[TicketId] = (),
        found: Sequence[Finding] = (),
    ) -> tuple[int, int] | None:
        """Let entries take effect; returns the epoch and the feed's head if it grew.

        Args:
            entries: Of one device.
            alarms: About its journal.
            tickets: To be looked at again, since more is known of them.
            found: What was found wrong with entries elsewhere.

        Raises:
            Outdated: if the book is.
        """
        self._entries = entries
        held = await self._read(entries, tickets)
        if held is None:
            return None
        fold = ReviewFold(
            self._book,
            held,
            self._upload.owner.device_id,
            self._upload.received_at,
            takes_given_times=self._upload.takes_given_times,
        )
        for checked in entries:
            fold.post(checked)
        await review(self._transaction, self._org, fold, tickets)
        fold.finish()
        received_at = self._upload.received_at
        fold.postings.findings += [alarm_finding(alarm, received_at) for alarm in alarms]
        fold.postings.findings += found
        head = await self._write(fold)
        return None if head is None else (held.epoch, head)

    async def _read(
        self, entries: Sequence[CheckedEntry], again: Collection[TicketId]
    ) -> Journaled | None:
        """Lock and read what entries are posted to; None if there is no such event any more."""
        transaction, org, event_id = self._transaction, self._org, self._event_id
        admitted, touched, claim_ids = named_in(entries)
        doubles = await self._read_doubles()
        wanted = admitted | touched | {*doubles, *again}
        is_emptied = any(isinstance(one.body, EvacuationBody) for one in entries)
        is_returned = any(isinstance(one.body, ReturnBody) for one in entries)
        zones = self._book.index.zones.values() if wanted or is_emptied or is_returned else ()
        scarce = [zone.id for zone in zones if zone.capacity is not None]
        named = Wanted(
            tickets=sorted(wanted),
            claims=list(claim_ids),
            asked=list(claim_ids) if self._book.index.uses_homes else (),
            is_told=True,
        )
        read = await read_locked(transaction, self._book, named, wanted, scarce)
        if read is None:
            return None
        status, tickets, uses = read.status, read.tickets, read.uses
        if version_of(status) != self._book.version:
            raise Outdated
        self._seen = IngestSnapshot(read.notices, doubles, read.words)
        seen = self._seen
        needs_people = is_emptied or any(is_signed(one.body) for one in entries)
        floor = (
            await self._floor(status.epoch) if needs_people else WordKnowledge(list(seen.words))
        )
        rights = Rights(is_accepted=True)
        if not self._upload.is_accepted:
            device_id = self._upload.owner.device_id
            rights = await read_rights(
                transaction,
                self._book,
                device_id,
                entries,
                tickets,
                uses,
                again,
                self._upload.proofs,
            )
            await read_typed_codes(transaction, self._book, self._typed, device_id, entries, uses)
            self._typed.is_put_back = status.epoch > FIRST_EPOCH
        held = Journaled(
            epoch=status.epoch,
            tickets=tickets,
            uses=uses,
            marks=read.marks,
            inside=read.inside,
            asks=read.asks,
            notices=seen.notices,
            floor=floor,
            told=seen.told,
            withdrawals=read.withdrawals,
            typed=self._typed,
        )
        held.owed_only = await read_owed_only(transaction, org, event_id, held.withdrawals)
        held.rights = with_former_codes(rights, held.withdrawals)
        return held

    async def _floor(self, epoch: int) -> WordKnowledge:
        upload, seen = self._upload, self._seen
        return await read_floor(
            self._transaction,
            self._book,
            seen.words,
            seen.notices,
            home_event=upload.home_event,
            home_gate=upload.home_gate,
            is_put_back=epoch > FIRST_EPOCH,
        )

    async def _read_doubles(self) -> Sequence[TicketId]:
        """Read what evacuations may explain of which the entries tell."""
        said = {one.body.zone_id for one in self._entries if isinstance(one.body, EvacuationBody)}
        if not said:
            return ()
        return await read_open_doubles(self._transaction, self._org, self._event_id, said)

    async def _stands(self) -> bool:
        """Tell whether all is still as it was read.

        A key may have ended, whose end names what stood before it; or somebody had to leave
        meanwhile, or was found to be there twice.
        """
        read = await read_claims(self._transaction, self._book, Wanted(is_told=True))
        if read is None or version_of(read.status) != self._book.version:
            return False
        seen = IngestSnapshot(read.notices, await self._read_doubles(), read.words)
        return seen == self._seen

    async def _write(self, fold: JournalFold) -> int | None:
        transaction, org, event_id = self._transaction, self._org, self._event_id
        done = fold.postings
        confirmed = await self._confirm(done.confirmed)
        sided = await read_sided(transaction, org, event_id, [one.claim_id for one in confirmed])
        dated = [(event_id, *_DATED(use)) for use in done.late]
        await transaction.run_many(DATE_BACK_USES, dated)
        await record_answers(transaction, org, event_id, done.answers)
        await transaction.run_many(
            ANNUL_USES, [(event_id, use.claim_id, True) for use in done.annulled]
        )
        await insert_marks(transaction, org, event_id, done.marks, self._upload.received_at)
        await let_wait(transaction, done.doubted)
        await write_asks(transaction, org, event_id, list(fold.homes.changed.values()))
        await self._free_moves(fold.homes.moves)
        await post_shares(transaction, org, event_id, done.spent, done.returned)
        if fold.places_taken.inside and (done.items or done.confirmed or done.words):
            inside = fold.places_taken.inside
            changed = done.changed_zones | self._overfull(inside)
            await change_presence(transaction, org, event_id, inside, changed)
        counts = any(one.use.waits_for_journal for one in done.confirmed)  # from now on
        changes = (counts, done.items, done.findings, done.dispositions, done.words, sided)
        if not any(changes):
            return None
        # The counter is taken before conflicts are looked up: it keeps two finders apart.
        head = await take_numbers(transaction, org, event_id, len(done.items))
        if transaction.has_round_trips and not await self._stands():
            raise Outdated
        first = head - len(done.items) + 1
        items: list[ItemBody] = []
        for number, item in enumerate(done.items, first):
            if isinstance(item, Record):
                item.seq = number
                items.append(item.item())
            else:
                items.append(item)
        await insert_uses(transaction, org, event_id, done.new_uses)
        came_at = self._upload.received_at
        await attach_passages(transaction, org, event_id, sided, confirmed, came_at)
        notices = await self._conflicts.record(await self._certain(done.findings))
        words = done.evacuations
        notices += [*await self._settle(done.dispositions), *words]
        await put_words(transaction, org, event_id, done.words)
        poster = ReturnPoster(transaction, self._book, self._upload.owner.device_id, fold.epoch)
        told_of = [*self._seen.notices, *words]
        items += await poster.post(words, told_of, first + len(items), fold.places_taken.inside)
        told = [*items, *notices]
        if len(told) > len(done.items):
            head = await take_numbers(transaction, org, event_id, len(told) - len(done.items))
        await append_feed(transaction, org, event_id, first, told)
        await keep_notices(transaction, event_id, first, told)
        return head if told else None

    async def _certain(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Leave it to the zone's judge who was too many where somebody may have just left."""
        kind = ConflictKind.OVER_CAPACITY
        full = {one.zone_id for one in findings if one.kind is kind and one.zone_id is not None}
        if not full:
            return findings
        left = await read_being_left(self._transaction, self._org, self._event_id, full)
        return [one for one in findings if one.kind is not kind or one.zone_id not in left]

    def _overfull(self, inside: Mapping[ZoneId, int]) -> set[ZoneId]:
        """Name the zones in which more are inside than fit, be it by the ledger's own word."""
        zones = self._book.index.zones
        return {zone for zone, n in inside.items() if n > (zones[zone].capacity or n)}

    async def _free_moves(self, surrenders: Sequence[SurrenderBody]) -> None:
        """Note what the device has signed its surrender for."""
        for body in surrenders:
            await free_move(
                self._transaction,
                self._org,
                self._event_id,
                body,
                device_id=self._upload.owner.device_id,
                now=self._upload.received_at,
            )

    async def _confirm(self, confirmed: Sequence[UseEvidence]) -> list[PassageEntry]:
        rows = [
            (
                self._event_id,
                one.use.claim_id,
                one.use.boot,
                one.use.dseq,
                True,
                one.use.allotted,
            )
            for one in confirmed
        ]
        if rows:
            await self._transaction.run_many(CONFIRM_USES, rows)
        entries = []
        for one in confirmed:
            use, signed = one.use, one.checked.signed
            assert use.boot is not None
            assert use.dseq is not None
            entries.append(
                PassageEntry(use.claim_id, use.boot, use.dseq, signed.entry, signed.signature)
            )
        return entries

    async def _settle(self, dispositions: Sequence[GateWord]) -> list[ItemBody]:
        """Note what supervisors at gates decided; the organizer's own word stands."""
        notices: list[ItemBody] = []
        for said in dispositions:
            notice = await settle_from_gate(
                self._transaction,
                self._org,
                self._event_id,
                said,
                now=self._upload.received_at,
            )
            notices += [] if notice is None else [notice]
        return notices
