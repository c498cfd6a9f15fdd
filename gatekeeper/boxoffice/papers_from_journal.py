"""The papers of what a till has done: from a durable entry, over its signature, to print jobs.

The order is fixed: the sale is in the journal, the signer was asked, what it said is on disk, the
jobs are on disk. Killed in between, the sale stands, and its papers are made from the entry again:
the same tickets, signed to the same digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.minting import Mint
from gatekeeper.boxoffice.name_and_tax_number_on_papers import PaperIssuer
from gatekeeper.boxoffice.ticket_facts import make_replacement, make_ticket
from gatekeeper.boxoffice.what_receipts_and_reports_say import (
    fiscal_facts,
    make_receipt,
    make_report,
)
from gatekeeper.boxoffice.what_refund_receipts_say import (
    Payback,
    facts_of_payback,
    is_payback,
    make_payback,
)
from gatekeeper.boxoffice.withdraw_requests import WithdrawAnswer
from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.printing.documents import KINDS, Document, PrintedHandOver, TicketPaper
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.store.print_job_table import WAITING, JobState, PrintJob
from gatekeeper.store.store import Store
from shared.admission.facts import TicketState
from shared.credential.codec import decode_credential, from_digits
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Entry, EntryKind
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import BadInput, Malformed
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.sales.receipt import Receipt
from shared.sales.shift_totals import ShiftFold, fold_shift

_CHUNK: Final = 500
"""Entries that are read at once when a sale is looked for from the newest on."""


Drawn = SaleBody | ShiftBody | WithdrawalBody
"""What papers are made of."""


def name_report(seq: int) -> str:
    """Name what the print jobs of a report are about, by the report's entry."""
    return f"report-{seq}"


def name_payback(seq: int) -> str:
    """Name what the print job of something paid back is about, by its last entry."""
    return f"payback-{seq}"


class Recorded(msgspec.Struct, frozen=True):
    """An entry, what it says, and the SHA-256 of its signed bytes as hex digits."""

    entry: Entry
    body: Drawn
    hash: str


class Papers:
    """Makes and prints what belongs to sales and shifts of one till.

    Args:
        store: The till's.
        knowledge: Its event.
        entropy: For the mint.
        issuer: Whose receipts these are.
        fiscal: The signer.
        queue: The print queue.
    """

    def __init__(
        self,
        store: Store,
        knowledge: Knowledge,
        entropy: Entropy,
        issuer: PaperIssuer,
        *,
        fiscal: FiscalSigning,
        queue: PrintQueue,
    ) -> None:
        self._store, self._knowledge, self._entropy = store, knowledge, entropy
        self._issuer, self._fiscal, self._queue = issuer, fiscal, queue

    def write_in(self, language: str) -> None:
        """Write papers in another language from now on."""
        self._issuer = msgspec.structs.replace(self._issuer, language=language)

    async def recover(self) -> list[str]:
        """End what the last run left open at the fiscal signer; once, before anything is sold.

        Returns:
            The sales whose receipt says that the signer was unavailable: it may have signed them,
            and what it said is lost.

        Raises:
            StoreFault: if the disk refuses.
        """
        return await self._fiscal.recover(self._store.journal.device_id)

    async def print_sale(self, seq: int) -> list[PrintJob]:
        """Print a sale's tickets and receipt, each as a job of its own; asked again, nothing more.

        Args:
            seq: The sale's journal entry.

        Raises:
            BadInput: if there is no sale of the present event under that number.
            StoreFault: if the disk refuses; the sale stands, ask again.
        """
        found = self._read(seq)
        if found is None or not isinstance(found.body, SaleBody):
            raise BadInput(f"entry {seq} is not a sale of this till")
        sale = found.body
        if jobs := self._queue.list_about(sale.sale_id):
            return jobs
        receipt = await self._receipt(sale, found.entry)
        documents = [*self._tickets(sale, self._event_of(found.entry)), receipt]
        copy = self._queue.copy_made_anew(found.entry.wall)
        return self._queue.enqueue_all(documents, sale.sale_id, copy)

    async def print_receipt_again(self, sale_id: str) -> PrintJob:
        """Print a sale's receipt once more, as a copy; one that waits for the printer is enough.

        Raises:
            BadInput: if this till has sold nothing so, or at another event, and no job is known.
            StoreFault: if the disk refuses.
        """
        about = f"receipt-{sale_id}"
        jobs = (*self._queue.list_about(sale_id), *self._queue.list_about(about))
        for job in (one for one in jobs if one.kind == KINDS[Receipt]):
            is_coming = job.state in WAITING or job.state is JobState.PRINTING
            return job if is_coming else self._queue.again(job.number)
        found = self._read(self.find_sale(sale_id))
        assert found is not None
        assert isinstance(found.body, SaleBody)
        # About itself: that the sale has a job would say of its tickets that they were printed.
        return self._queue.enqueue(await self._receipt(found.body, found.entry), about, copy=1)

    async def _receipt(self, sale: SaleBody, entry: Entry) -> Receipt:
        event, facts = self._event_of(entry), fiscal_facts(sale, entry)
        outcome = await self._fiscal.sign(entry.device_id, sale.sale_id, facts)
        receipt = make_receipt(sale, entry, event, self._issuer, outcome)
        return self._signed_off(receipt, sale, event)

    async def print_payback(self, seqs: Sequence[int]) -> list[PrintJob]:
        """Print the receipts of what one act has paid back, one for each sale; once.

        Args:
            seqs: The withdrawals' journal entries; those without money are left.

        Raises:
            BadInput: if they are of another event than the present one.
            StoreFault: if the disk refuses; what was paid back stands, ask again.
        """
        jobs: list[PrintJob] = []
        for payback in self._paybacks(seqs):
            about = name_payback(payback.entry.seq)
            if printed := self._queue.list_about(about):
                jobs += printed
                continue
            event = self._event_of(payback.entry)
            facts = facts_of_payback(payback, event)
            outcome = await self._fiscal.sign(payback.entry.device_id, about, facts)
            receipt = make_payback(payback, event, self._issuer, outcome)
            receipt = self._signed_off(receipt, payback.first, event)
            copy = self._queue.copy_made_anew(payback.entry.wall)
            jobs.append(self._queue.enqueue(receipt, about, copy))
        return jobs

    def _paybacks(self, seqs: Sequence[int]) -> list[Payback]:
        """Part the entries of one act by the sales that they take back."""
        parts: dict[str, list[tuple[Entry, WithdrawalBody]]] = {}
        for found in filter(None, map(self._read, seqs)):
            if isinstance(found.body, WithdrawalBody) and is_payback(found.body):
                parts.setdefault(found.body.sale_id, []).append((found.entry, found.body))
        sales = {one.sale_id: one for one in DrawerJournal(self._store).sales() if parts}
        return [
            Payback(found[-1][0], [body for _, body in found], sales.get(sale_id))
            for sale_id, found in parts.items()
        ]

    def _signed_off(
        self, receipt: Receipt, by: SaleBody | WithdrawalBody, event: EventKnowledge
    ) -> Receipt:
        """Let a receipt say which shift it is of, and the cashier's name."""
        number = DrawerJournal(self._store).number_of(by.shift_id)
        who = name_staff(self._store, event, by.cashier) or receipt.cashier
        return msgspec.structs.replace(receipt, shift=number, cashier=who)

    def print_report(self, seq: int) -> list[PrintJob]:
        """Print the X or Z report that an entry of the shift is; asked again, nothing more.

        Raises:
            BadInput: if the entry is none.
            StoreFault: if the disk refuses.
        """
        found = self._read(seq)
        if found is None or not isinstance(found.body, ShiftBody) or found.body.sums is None:
            raise BadInput(f"entry {seq} is not a report")
        about = name_report(seq)
        if jobs := self._queue.list_about(about):
            return jobs
        opened = self._read(found.body.sums.first_seq)
        began = found.entry if opened is None else opened.entry
        event = self._knowledge.event
        report = make_report(found.body, began, found.entry, event, self._issuer)
        drawer = DrawerJournal(self._store)
        fold = fold_shift(drawer.between(found.body.sums.first_seq, seq))
        number = drawer.number_of(found.body.shift_id)
        report = msgspec.structs.replace(report, entry_hash=found.hash, shift=number)
        if fold is not None:
            report = msgspec.structs.replace(
                report,
                hand_overs=self._hand_overs(fold, event),
                earlier_counts=self._earlier_counts(fold),
            )
        if name := name_staff(self._store, event, found.body.cashier):
            report = msgspec.structs.replace(report, cashier=name, cashier_id=found.body.cashier)
        copy = self._queue.copy_made_anew(found.entry.wall)
        return [self._queue.enqueue(report, about, copy)]

    def keep_replacement(self, granted: WithdrawAnswer) -> None:
        """Put the credential that takes a ticket's place on disk as a job; in a transaction.

        A till without a printer shows it.

        Raises:
            StoreFault: if the disk refuses.
        """
        event = self._knowledge.event
        if self._queue.setup is not None and event is not None and granted.ticket_id is not None:
            digits, manual_code = granted.new_code or "", granted.new_manual_code or ""
            ticket = self._replacement(event, granted.ticket_id, digits, manual_code)
            self._queue.put_in([ticket], format_ticket_id(granted.ticket_id))

    def print_copy(self, ticket_id: TicketId, digits: str, manual_code: str) -> None:
        """Print the credential that was sold once more; whoever is handed it reads so.

        Args:
            ticket_id: Which ticket.
            digits, manual_code: The credential.

        Raises:
            BadInput: if no event is known.
            StoreFault: if the disk refuses.
        """
        event = self._knowledge.event
        if event is None:
            raise BadInput("this till has no event yet; sync once")
        ticket = self._replacement(event, ticket_id, digits, manual_code)
        about = format_ticket_id(ticket_id)
        self._queue.enqueue(ticket, about, len(self._queue.list_about(about)) + 1)

    def _replacement(
        self, event: EventKnowledge, ticket_id: TicketId, digits: str, manual_code: str
    ) -> TicketPaper:
        row = event.find(ticket_id)
        kind = None
        if row is not None:
            kind = event.index.types_by_code.get(row.facts.ticket_type_code)
        return make_replacement(digits, manual_code, kind, event, self._issuer)

    def is_needed(self, document: Document) -> bool:
        """Tell whether a paper is worth printing: a ticket that was taken back is not.

        Nor is a credential in whose place another one was given out. Both may have waited for the
        printer until then, and would be handed to the next guest.

        Raises:
            StoreFault: if the disk cannot be read.
        """
        event = self._knowledge.event
        if event is None or not isinstance(document, TicketPaper):
            return True
        try:
            claims, _, _ = decode_credential(from_digits(document.digits))
        except Malformed:
            return True
        row = event.find(claims.ticket_id)
        return row is None or (
            row.facts.state != TicketState.CANCELLED and claims.generation >= row.facts.generation
        )

    def find_sale(self, sale_id: str) -> int:
        """Return the number of a sale's entry, looking from the newest on.

        Raises:
            BadInput: if this till has recorded none.
        """
        for found in self._newest_first():
            if isinstance(found.body, SaleBody) and found.body.sale_id == sale_id:
                return found.entry.seq
        raise BadInput(f"this till has no sale under {sale_id[:64]!r}")

    def list_unprinted(self) -> list[list[Recorded]]:
        """Return the acts since the newest one that has a print job, oldest first.

        The till was switched off before they had any, or its disk had no room for them. Where no
        act has one, the till has had no printer: of them it is the newest alone.

        Returns:
            Of each its entries: a sale's, a close's, or those that paid back.
        """
        acts: list[list[Recorded]] = []
        for found in self._newest_first():
            about = _name_papers(found)
            if about and self._queue.list_about(about):
                if isinstance(found.body, SaleBody):  # what was exchanged for it stands before it
                    acts.append(self._unprinted_payback_before(found.entry.seq))
                break
            if about and is_payback(found.body) and acts and _stands_before(found, acts[-1]):
                acts[-1].insert(0, found)
            elif about:
                acts.append([found])
        else:
            del acts[1:]
        return [act for act in reversed(acts) if act]

    def _unprinted_payback_before(self, seq: int) -> list[Recorded]:
        act: list[Recorded] = []
        while (found := self._read(seq - 1)) is not None and is_payback(found.body):
            if self._queue.list_about(name_payback(found.entry.seq)):
                break
            act.insert(0, found)
            seq -= 1
        return act

    def _hand_overs(
        self, fold: ShiftFold, event: EventKnowledge | None
    ) -> tuple[PrintedHandOver, ...]:
        """Part what a drawer is over or short by who had it."""
        printed, before = [], 0
        for handed in fold.hand_overs:
            entry, over = self._read(handed.seq), handed.difference_minor
            if entry is not None:
                at, whose = entry.entry.corrected, handed.cashier
                name = name_staff(self._store, event, whose) or whose
                printed.append(PrintedHandOver(at, name, over - before))
                before = over
        return tuple(printed)

    def _earlier_counts(self, fold: ShiftFold) -> tuple[tuple[Instant, int], ...]:
        """Give the counts that say otherwise than the one by which the drawer was then passed on.

        To the next cashier, or closed; else than the last one.
        """
        final, counts = 0, []
        for at, one in enumerate(reversed(fold.countings)):
            if one.act != ShiftAct.COUNT or not at:
                final = one.difference_minor
            elif one.difference_minor not in {0, final}:
                counts.append(one)
        read = ((self._read(one.seq), one.difference_minor) for one in reversed(counts))
        return tuple((entry.entry.corrected, over) for entry, over in read if entry is not None)

    def _tickets(self, sale: SaleBody, event: EventKnowledge) -> list[Document]:
        terms = self._store.till.get_terms(event.event_id)
        if terms is None:
            raise BadInput("this till no longer has a key for the event; print at another till")
        mint = Mint(self._store, self._entropy, event, terms)
        return [
            make_ticket(mint.print(sold, sale.currency), sold, sale, event, self._issuer)
            for sold in sale.tickets
        ]

    def _event_of(self, entry: Entry) -> EventKnowledge:
        event = self._knowledge.event
        if event is None or event.event_id != entry.event_id:
            raise BadInput("that was sold for another event; switch the till to it first")
        return event

    def _read(self, seq: int) -> Recorded | None:
        for _, signed in self._store.journal.read(seq, seq):
            return _decode(signed.entry)
        return None

    def _newest_first(self) -> Iterator[Recorded]:
        last = self._store.journal.last_seq
        while last > 0:
            first = max(1, last - _CHUNK + 1)
            entries = [*self._store.journal.read(first, last)]
            yield from filter(None, (_decode(signed.entry) for _, signed in reversed(entries)))
            last = first - 1


def _name_papers(found: Recorded) -> str:
    """Name what the print jobs of an act are about; "" for one that is not printed by itself."""
    if isinstance(found.body, SaleBody):
        return found.body.sale_id
    if is_payback(found.body):
        return name_payback(found.entry.seq)
    is_close = isinstance(found.body, ShiftBody) and found.body.act == ShiftAct.CLOSE
    return name_report(found.entry.seq) if is_close else ""


def _stands_before(found: Recorded, act: list[Recorded]) -> bool:
    return is_payback(act[0].body) and found.entry.seq == act[0].entry.seq - 1


def _decode(data: bytes) -> Recorded | None:
    """Return a sale, a withdrawal or an act of a shift; None for others and damaged ones."""
    try:
        entry = decode_entry(data)
        if entry.kind not in {EntryKind.SALE, EntryKind.SHIFT, EntryKind.WITHDRAWAL}:
            return None
        body = decode_body(entry)
    except Malformed:
        return None
    if not isinstance(body, Drawn):
        return None
    return Recorded(entry, body, sha256(data).hexdigest())


def name_staff(store: Store, event: EventKnowledge | None, person: str) -> str:
    """Return the name of a cashier, also of one who was removed, or of a supervisor.

    Args:
        store: The till's; it asks nobody, so that papers of a cut-off till name people.
        event: The present one, for its supervisors.
        person: Opaque id.

    Returns:
        "" for nobody whom this till has been told of.
    """
    if not person:
        return ""
    found = store.cashiers.names().get(person, "")
    if found or event is None:
        return found
    return next((one.name for one in event.config.supervisors if one.id == person), "")
