"""Booking shifts from a till's journal, in the transaction that stores the entries.

Nothing of a till is refused: it happened. What cannot be right is a finding: a number that is
missing or given twice, and a Z report that says something else than its entries come to. Of a till
whose folder was put back, which is named by itself, acts are numbered twice, and it leaves as many
receipts out as it has forgotten tickets. Of an event at which a device never sold none is booked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from server.cashiers.cashiers_and_badges import read_cashier_ids
from server.db.hot_path_connections import Transaction
from server.entries.checking_uploaded_entries import CheckedEntry, corrected_time
from server.entries.rows import JournalOwner, read_drawer
from server.ledger.evacuations_on_record import WordKnowledge, read_terms
from server.reconciliation.conflicts_and_sides import is_on_record
from server.reconciliation.findings import ConflictKind, Finding, side_by_place
from server.reconciliation.passage_findings import SIDES_NAMED_MAX
from server.shifts.rows import ShiftRows
from server.shifts.shift_folding import read_fold
from shared.journal.shift_body import ShiftAct, ShiftBody, ShiftSums
from shared.kernel import ids
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.manifest.badge_signatures import BadgeScope, is_supervisors_word, shift_word

_SHOWN: Final = 3
"""Figures that a finding's sentence names; the report shows all."""
_NO_TILL: Final = (
    "the device is no till of this event, and no key was ever delegated to it: acts at a drawer"
    " are not booked"
)


async def book_shifts(
    transaction: Transaction,
    owner: JournalOwner,
    stored: Sequence[CheckedEntry],
    received_at: Instant,
    *,
    is_forked: bool = False,
) -> dict[EventId, list[Finding]]:
    """Book the acts among entries that were stored just now, in their order.

    Args:
        transaction: The upload's.
        owner: Whose journal.
        stored: Its new entries.
        received_at: When they came.
        is_forked: They show that the journal went on from an older copy.

    Returns:
        What is wrong, by the event that the till served.
    """
    acts = [one for one in stored if isinstance(one.body, ShiftBody)]
    found: dict[EventId, list[Finding]] = {}
    if acts:
        booking = _ShiftBooking(transaction, owner, received_at, is_forked=is_forked)
        await booking.begin()
        for checked in acts:
            findings = found.setdefault(checked.as_entry.event_id, [])
            findings += await booking.book(checked)
    return found


class _ShiftBooking:
    """Books one till's acts."""

    def __init__(
        self,
        transaction: Transaction,
        owner: JournalOwner,
        received_at: Instant,
        *,
        is_forked: bool,
    ) -> None:
        self._transaction = transaction
        self._owner = owner
        self._received_at = received_at
        self._is_forked = is_forked
        self._rows = ShiftRows(transaction, owner)
        self._number = self._z_number = self._receipt = 0
        self._has_drawer: dict[EventId, bool] = {}
        self._refused = 0
        self._floor: WordKnowledge | None = None
        self._known_cashiers: frozenset[str] | None = None

    async def begin(self) -> None:
        """Read where the till's three series stand."""
        self._number, self._z_number, self._receipt = await self._rows.read_last()

    async def book(self, checked: CheckedEntry) -> list[Finding]:
        """Book one act, unless it is of an event at which the device never sold; names flaws."""
        body, entry = checked.body, checked.as_entry
        assert isinstance(body, ShiftBody)
        if entry.event_id not in self._has_drawer:
            self._has_drawer[entry.event_id] = await self._rows.has_drawer(entry.event_id)
        if not self._has_drawer[entry.event_id]:
            self._refused += 1
            found = [self._find(ConflictKind.SOLD_OUT_OF_RANGE, checked, "drawer", _NO_TILL)]
            return found if self._refused <= SIDES_NAMED_MAX else []
        at, _ = corrected_time(entry, self._received_at)
        found = await self._count(checked, body)
        if unsigned := await self._check_word(checked, body):
            found += unsigned
            body = msgspec.structs.replace(body, authorized_by="")
        held = await self._rows.find(body.shift_id)
        if body.act == ShiftAct.OPEN:
            if others := await self._rows.read_open():
                detail = (
                    f"the till opened a shift while {len(others)} of it were open: what their"
                    " drawers held was never counted; ask who had the till"
                )
                found.append(self._find(ConflictKind.SHIFT_MISSING, checked, "open", detail))
            await self._rows.add(body, entry.seq, entry.event_id, at)
        elif held is None:
            detail = f"an act ({body.act}) of a shift whose opening is not on record"
            found.append(self._find(ConflictKind.SHIFT_MISSING, checked, "opening", detail))
        elif body.act == ShiftAct.CLOSE and held[1] == "open":
            if at < held[2]:  # by a clock that nothing has measured: orders go by the same then
                at = self._received_at
            found += await self._close(checked, body, held[0], at)
        else:
            await self._rows.note(body)
        return found

    async def _check_word(self, checked: CheckedEntry, body: ShiftBody) -> list[Finding]:
        """See that whoever is said to have allowed an act has: a supervisor by their badge."""
        entry, person = checked.entry, body.authorized_by
        if not person or entry is None or person in await self._cashiers():
            return []  # cashiers allow what their rights give them: their badges are shown only
        if self._floor is None:
            org = self._owner.organization_id
            self._floor = WordKnowledge(terms=await read_terms(self._transaction, org))
        speaker = BadgeScope(self._owner.organization_id, entry.event_id, entry.device_id, person)
        word = shift_word(
            speaker,
            shift_id=body.shift_id,
            number=body.number,
            act=body.act,
            amount_minor=body.amount_minor,
            currency=body.currency,
        )
        people = self._floor.supervisors_at(*corrected_time(entry, self._received_at))
        if is_supervisors_word(word, body.signature, people):
            return []
        said = "a supervisor has allowed it, and no supervisor's badge has signed it"
        if person.startswith(f"{ids.CASHIER}_"):
            said = (
                f"cashier {person} has allowed it, who is not on record, as one made since a copy"
            )
        detail = (
            f"the act {body.number} ({body.act}) of this till says that {said}; ask who that was"
        )
        subject = f"allowed/{body.number}"
        return [self._find(ConflictKind.ACT_UNSIGNED, checked, subject, detail)]

    async def _cashiers(self) -> frozenset[str]:
        if self._known_cashiers is None:
            org = self._owner.organization_id
            self._known_cashiers = await read_cashier_ids(self._transaction, org)
        return self._known_cashiers

    async def _was_put_back(self, checked: CheckedEntry) -> bool:
        """Tell whether the till's journal went on from an older copy; that is named by itself."""
        if not self._is_forked and checked.entry is not None:
            org, device_id = self._owner.organization_id, self._owner.device_id
            place = self._transaction, org, checked.entry.event_id
            self._is_forked = await is_on_record(*place, ConflictKind.FORKED_JOURNAL, device_id)
        return self._is_forked

    async def _count(self, checked: CheckedEntry, body: ShiftBody) -> list[Finding]:
        """See that both series go on without a gap."""
        found = []
        is_next, is_known = body.number == self._number + 1, body.number <= self._number
        if not is_next and not (is_known and await self._was_put_back(checked)):
            said = _misnumbered("act", body.number, self._number)
            found.append(
                self._find(ConflictKind.SHIFT_MISSING, checked, f"act/{body.number}", said)
            )
        self._number = max(self._number, body.number)
        if body.act == ShiftAct.CLOSE:
            if body.z_number != self._z_number + 1:
                said = _misnumbered("Z report", body.z_number, self._z_number)
                found.append(
                    self._find(ConflictKind.SHIFT_MISSING, checked, f"z/{body.z_number}", said)
                )
            self._z_number = max(self._z_number, body.z_number)
        return found

    async def _close(
        self, checked: CheckedEntry, body: ShiftBody, opened_seq: int, at: Instant
    ) -> list[Finding]:
        """Hold a Z report against what its entries come to here."""
        seq = checked.as_entry.seq
        rows = await read_drawer(self._transaction, self._owner, opened_seq, seq)
        fold = read_fold(rows)
        if fold is None or fold.closed is None or fold.own is None:
            detail = "the entry that opened the shift cannot be read"
            return [self._find(ConflictKind.Z_DIFFERS, checked, body.shift_id, detail)]
        differs = _compare(body.sums, fold.own)
        hashed, by = checked.hash.hex(), body.authorized_by
        await self._rows.close(fold, hashed, at, closed_by=by, is_doubted=bool(differs))
        found = await self._count_receipts(checked, body, fold.receipts)
        if not differs:
            return found
        detail = (
            f"Z report {body.z_number} says otherwise than its entries: {differs}; hold its"
            " printout against the report here"
        )
        return [*found, self._find(ConflictKind.Z_DIFFERS, checked, body.shift_id, detail)]

    async def _count_receipts(
        self, checked: CheckedEntry, body: ShiftBody, numbers: Sequence[int]
    ) -> list[Finding]:
        """See that a closed shift's receipts go on from those of the shifts before it."""
        if not numbers:
            return []
        is_known = self._receipt > 0 or body.z_number == 1  # else of a time when nobody looked
        last = self._receipt if is_known else min(numbers) - 1
        self._receipt = max(self._receipt, *numbers)
        said = _misnumbered_receipts(numbers, last)
        if said and await self._was_put_back(checked):
            said = _misnumbered_receipts(numbers, last, leaves_out=True)
        if not said:
            return []
        detail = (
            f"the numbers of receipts of this till's Z report {body.z_number} have no even row:"
            f" {said}; look for what was sold under them"
        )
        subject = f"receipts/{body.z_number}"
        return [self._find(ConflictKind.SHIFT_MISSING, checked, subject, detail)]

    def _find(
        self, kind: ConflictKind, checked: CheckedEntry, subject: str, detail: str
    ) -> Finding:
        side = side_by_place(checked, self._received_at, "shift")
        return Finding(
            kind=kind,
            subject=f"{side.device_id}/{subject}",
            sides=[side],
            device_id=side.device_id,
            detail=detail,
        )


def _misnumbered(what: str, number: int, last: int) -> str:
    if number <= last:
        return f"{what} {number} of this till's shifts is on record already: it was given twice"
    missing = _span(last + 1, number - 1)
    return (
        f"{what} {missing} of this till's shifts is missing before {number}: its journal was lost"
        " or kept back; look for the printouts"
    )


def _misnumbered_receipts(numbers: Sequence[int], last: int, *, leaves_out: bool = False) -> str:
    """Say which receipts after the last one are missing, and which were given twice.

    Args:
        numbers: As they were given.
        last: Of the shifts before.
        leaves_out: Those that are missing were left out, and never given.
    """
    counts, before = Counter(numbers), last
    missing = []
    for number in sorted(one for one in counts if one > last):
        if number > before + 1 and not leaves_out:
            missing.append(_span(before + 1, number - 1))
        before = number
    twice = [str(one) for one in sorted(counts) if counts[one] > 1 or one <= last]
    return "; ".join(
        f"{_listed(found)} {what}"
        for found, what in ((missing, "missing"), (twice, "given twice"))
        if found
    )


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _listed(found: Sequence[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _compare(said: ShiftSums | None, folded: ShiftSums) -> str:
    """Name the figures that differ, with both; "" where none does."""
    if said is None:
        return "it has no figures"
    one, other = msgspec.structs.asdict(said), msgspec.structs.asdict(folded)
    names = [name for name in one if one[name] != other[name]]
    told = [
        f"{name} {one[name]}, not {other[name]}" if isinstance(one[name], int) else name
        for name in names[:_SHOWN]
    ]
    return ", ".join(told) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
