"""Nobody is both paid out and let in, or served twice, without the one conflict that says so.

What was done with each ticket is read from journals: withdrawals, and entries that count. What one
of them knew of another is what decision record 0047 says: that the ledger had it on record when it
gave its word, that the feed had told the device, that one journal has both. From these the judge
works out by the record's table which facts cannot all stand, and the ledger must say that and
nothing else. Where both were the ledger's own word, nothing may contradict at all.

Left out are tickets that the organizer cancelled or reissued at his own desk meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import msgspec

from shared.journal.entry import ReleaseBody
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from simulator.boxoffice.books import OfficeEvidence
from simulator.boxoffice.drawer import ENDING
from simulator.boxoffice.money import tax_of_part
from simulator.boxoffice.paid_in_parts import (
    CREDIT,
    SPLIT,
    Counted,
    Part,
    Purses,
    handed_over,
    kept_by,
    parts_of,
)
from simulator.judging.evidence import Evidence, Passage
from simulator.judging.ledger_and_device_views import HeldEntry

KINDS: Final = frozenset(
    {
        "payout_and_entry",
        "paid_out_twice",
        "payout_and_hand_over",
        "handed_over_twice",
        "admitted_superseded",
    }
)
FALSE: Final = frozenset({"withdrawal_unproven", "withdrawal_unsigned"})
"""What no till of ours does: each asks the ledger, or has a supervisor's badge sign."""
REPLACING: Final = frozenset({"hand_over", "transfer", "reprint"})
WORD: Final = "online"


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with a ticket.

    Attributes:
        claim_id: Under which claim.
        node: Where.
        purpose: `admission`, or what for.
        generation: Of the credential that came in; of what is taken away.
        makes: Of a replacing one: the credential from now on.
        mode: Who decided.
        place: The feed's number by which it is told first; 0 for none.
        cursor: How far its device had read the feed.
        is_allowed: A supervisor stood there.
    """

    claim_id: str
    node: str
    purpose: str
    generation: int | None
    makes: int = 0
    mode: str
    place: int
    cursor: int
    is_allowed: bool = False


def check_withdrawn(evidence: Evidence) -> Iterator[str]:
    """Yield each contradiction not named, or named for nothing, and each payout too much."""
    office = evidence.till_office
    if office is None:
        return
    yield from _accused(evidence)
    if evidence.history.restores:
        return  # of what was forgotten only the accusations are judged
    deeds = _deeds(evidence, office)
    touched = {act.ticket_id for act in evidence.history.acts}
    named: dict[tuple[int | None, str], frozenset[str]] = {}
    for conflict in evidence.ledger.conflicts:
        if conflict.disposition == "withdrawn":
            continue
        if conflict.kind in KINDS and conflict.ticket_id not in touched:
            named[conflict.ticket_id, conflict.kind] = conflict.sides
    for ticket_id, ours in sorted(deeds.items()):
        if ticket_id in touched:
            continue
        for kind, sides in sorted(_contradictions(ours).items()):
            said = named.pop((ticket_id, kind), None)
            if said is None:
                yield f"ticket {ticket_id:016x}: {kind} of {_say(ours, sides)} is not named"
            elif said != sides:
                yield f"ticket {ticket_id:016x}: {kind} names {sorted(said)}, not {sorted(sides)}"
        yield from (f"ticket {ticket_id:016x}: {one}" for one in _by_word(ours))
        yield from (f"ticket {ticket_id:016x}: {one}" for one in _used(ours))
        yield from (f"ticket {ticket_id:016x}: {one}" for one in _untold(ours))
    for (other_id, kind), sides in named.items():
        yield f"{kind} of {other_id} is named for nothing: {sorted(sides)}"
    yield from _kept(evidence, office)
    yield from _paid(evidence, office)


def _accused(evidence: Evidence) -> Iterator[str]:
    """Yield each till that is named for what none of ours does, whatever was forgotten."""
    for conflict in evidence.ledger.conflicts:
        is_of_ours = conflict.device_id != evidence.hostile_id
        if conflict.kind in FALSE and is_of_ours and conflict.disposition != "withdrawn":
            yield f"{conflict.device_id} is named as {conflict.kind}: {conflict.subject}"


def _deeds(evidence: Evidence, office: OfficeEvidence) -> dict[int, list[Deed]]:
    """Gather what stands of each ticket of which a till has taken anything."""
    found: dict[int, list[Deed]] = {}
    for device in evidence.devices:
        gone = {one.body.claim_id for one in device.entries if isinstance(one.body, ReleaseBody)}
        for held in device.entries:
            body = held.body
            if isinstance(body, WithdrawalBody) and body.claim_id not in gone:
                there = office.books.withdrawals.get(body.claim_id)
                found.setdefault(body.ticket_id, []).append(
                    Deed(
                        claim_id=body.claim_id,
                        node=device.node,
                        purpose=body.purpose,
                        generation=body.generation,
                        makes=_made(body),
                        mode=body.mode,
                        place=0 if there is None else there.seq,
                        cursor=held.entry.cursor,
                        is_allowed=bool(body.authorized_by),
                    )
                )
    # A granted entry whose answer was lost is told again once the gate's own entry comes.
    told = evidence.ledger.told_first()
    for passage in evidence.passages:
        body, ticket_id = passage.body, passage.body.ticket_id
        if body.direction != "in" or passage.is_taken_back or ticket_id not in found:
            continue
        found[ticket_id].append(_entry(passage, told.get(body.claim_id, 0)))
    return found


def _entry(passage: Passage, place: int) -> Deed:
    return Deed(
        claim_id=passage.body.claim_id,
        node=passage.node,
        purpose="admission",
        generation=passage.body.generation,
        mode=passage.body.mode,
        place=place,
        cursor=passage.held.entry.cursor,
    )


def _made(body: WithdrawalBody) -> int:
    return max(body.generation + 1, body.new_generation or 0)


def _contradictions(deeds: Sequence[Deed]) -> dict[str, frozenset[str]]:
    """Say by the table which deeds cannot all stand."""
    found: dict[str, set[str]] = {}
    for one, other in combinations(deeds, 2):
        kind = _against(one, other)
        if kind:
            found.setdefault(kind, set()).update((one.claim_id, other.claim_id))
    return {kind: frozenset(sides) for kind, sides in found.items()}


def _against(one: Deed, other: Deed) -> str:
    if "admission" in {one.purpose, other.purpose}:
        if one.purpose == other.purpose:
            return ""
        entry, taken = (one, other) if one.purpose == "admission" else (other, one)
        if _knew(taken, entry):
            return ""
        if taken.purpose in ENDING:
            return "payout_and_entry"
        return "" if (entry.generation or 0) >= taken.makes else "admitted_superseded"
    if _comes_after(one, other) or _comes_after(other, one):
        return ""
    ends = (one.purpose in ENDING) + (other.purpose in ENDING)
    return ("handed_over_twice", "payout_and_hand_over", "paid_out_twice")[ends]


def _comes_after(later: Deed, earlier: Deed) -> bool:
    return earlier.purpose in REPLACING and (later.generation or 0) >= earlier.makes


def _knew(taken: Deed, entry: Deed) -> bool:
    """Tell whether who took the right away is proven to have known of an entry."""
    if not entry.place:
        return False
    if taken.mode == WORD:
        return bool(taken.place) and entry.place < taken.place
    return entry.place <= taken.cursor


def _by_word(deeds: Sequence[Deed]) -> Iterator[str]:
    """Where the ledger gave its word to both, they do not contradict."""
    words = [one for one in deeds if one.mode == WORD]
    for kind, sides in _contradictions(words).items():
        yield f"{kind} by the ledger's own word: {_say(words, sides)}"


def _used(deeds: Sequence[Deed]) -> Iterator[str]:
    """A ticket that the ledger knew to be used is taken back by a supervisor only."""
    for taken in deeds:
        if taken.purpose == "admission" or taken.is_allowed or taken.mode != WORD:
            continue
        for entry in deeds:
            if entry.purpose == "admission" and _knew(taken, entry):
                yield f"{_say(deeds, {taken.claim_id, entry.claim_id})}, and nobody allowed it"


def _untold(deeds: Sequence[Deed]) -> Iterator[str]:
    """A gate that had read of a withdrawal lets nobody in against it."""
    for taken in deeds:
        for entry in deeds:
            is_told = entry.purpose == "admission" and 0 < taken.place <= entry.cursor
            if taken.purpose == "admission" or not is_told or entry.place <= taken.place:
                continue
            if taken.purpose in ENDING or (entry.generation or 0) < taken.makes:
                yield f"{_say(deeds, {entry.claim_id})} after it had read of {taken.purpose}"


def _say(deeds: Sequence[Deed], sides: frozenset[str] | set[str]) -> str:
    return " and ".join(
        f"{one.purpose} at {one.node} ({one.mode}, generation {one.generation}, told {one.place},"
        f" cursor {one.cursor})"
        for one in deeds
        if one.claim_id in sides
    )


def _kept(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    """What a cashier was told is in the till's journal, and at the ledger."""
    entries: dict[tuple[str, int], HeldEntry] = {
        (device.node, held.entry.seq): held
        for device in evidence.devices
        for held in device.entries
    }
    for taken in office.record.taken:
        held = None if taken.seq is None else entries.get((taken.node, taken.seq))
        body = None if held is None else held.body
        name = f"{taken.node}: {taken.purpose} of {taken.ticket_id:016x}"
        if not isinstance(body, WithdrawalBody) or body.ticket_id != taken.ticket_id:
            yield f"{name} was answered, not kept"
            continue
        if taken.is_calm and taken.mode != WORD:
            yield f"{name}: nobody was asked, and the server was in reach"
        there = office.books.withdrawals.get(body.claim_id)
        if there is None or there.is_annulled or not there.is_confirmed:
            yield f"{name} is not in the ledger: {there}"
        elif (there.amount, there.tender) != (body.amount_minor, body.tender):
            yield f"{name}: the ledger has {there.amount} by {there.tender} of {body.amount_minor}"


def _paid(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    """What goes back for a ticket is what it cost, with its part of the tax."""
    step = office.record.prices[0].prices.step
    sold = {
        ticket.ticket_id: (sale, ticket)
        for _, _, sale in evidence.sales
        for ticket in sale.tickets
    }
    purses = Purses()
    for _, _, sale in evidence.sales:
        purses.come(sale.sale_id, kept_by(sale).items())
    moved: set[str] = set()
    for device in evidence.devices:
        for body in (held.body for held in device.entries):
            if isinstance(body, ShiftBody) and str(body.act) == "tender_moved":
                amount = body.amount_minor
                purses.come(body.sale_id, ((body.tender, -amount), (body.tender_to, amount)))
                moved.add(body.sale_id)
    back: dict[str, dict[int, list[Part]]] = {}
    for device in evidence.devices:
        for held in device.entries:
            body = held.body
            if not isinstance(body, WithdrawalBody) or not body.amount_minor:
                continue
            name = f"{device.node} seq {held.entry.seq}"
            if body.ticket_id not in sold:
                yield f"{name}: {body.amount_minor} for a ticket that no till has sold"
                continue
            sale, ticket = sold[body.ticket_id]
            purses.go(sale.sale_id, body)
            parts = back.setdefault(sale.sale_id, {})
            is_plain = sale.sale_id not in moved and CREDIT not in kept_by(sale)
            for one in _went(sale, ticket, parts, body, step, is_plain=is_plain):
                yield f"{name}: {one}"
            parts.setdefault(ticket.ticket_id, parts_of(body))
    yield from purses.overdrawn(step)


def _went(
    sale: SaleBody,
    ticket: SoldTicket,
    parts: dict[int, list[Part]],
    body: WithdrawalBody,
    step: int,
    *,
    is_plain: bool,
) -> Iterator[str]:
    """What goes back for one ticket is in coins, and in parts where it was paid so.

    Where a sale was paid by what another one had cost, or moved, which part is whose is not said.
    """
    gone = {one: sum(amount for _, amount in said) for one, said in parts.items()}
    if body.purpose == "exchange":
        due = _goes_back(sale, ticket, gone, CREDIT, step) - body.credited_minor
    else:
        line = sale.lines[ticket.line]
        ours = [one for one in sale.tickets if one.line == ticket.line]
        before = sum(one.price_minor for one in ours[: ours.index(ticket)])
        tax = tax_of_part(line.tax_minor, line.gross_minor, before, ticket.price_minor)
        if body.tax_minor != tax:
            yield f"{body.tax_minor} of tax went back, should be {tax}"
        due = _goes_back(sale, ticket, gone, body.tender, step)
    if body.tender == SPLIT:
        others = (one for key, said in parts.items() if key != ticket.ticket_id for one in said)
        should = Counted(sale, others).goes_back(due, body.credited_minor, step)
        yield from _in_parts(body, due, should if is_plain else None, step)
    elif body.purpose == "exchange":
        yield from _exchanged(sale, ticket, gone, body, step)
    elif body.amount_minor != due:
        yield f"{body.amount_minor} went back, should be {due}"


def _in_parts(
    body: WithdrawalBody, due: int, should: Counter[str] | None, step: int
) -> Iterator[str]:
    """What goes back in parts is all of it, and goes by what had paid it, if that can be said."""
    said = Counter[str]()
    for one in body.parts:
        said[one.tender] += one.amount_minor
    out = body.amount_minor - body.credited_minor
    if said.total() != out:
        yield f"{out} went back, and its parts are {dict(said)}"
    if should is not None and said != should:
        yield f"{dict(said)} went back of {due} in parts, should be {dict(should)}"
    if abs(out - due) > step * (1 + len(body.parts)):
        yield f"{out} went back in parts, should be {due}"


def _exchanged(
    sale: SaleBody, ticket: SoldTicket, gone: dict[int, int], body: WithdrawalBody, step: int
) -> Iterator[str]:
    """What a ticket was worth pays for the new ones, and the rest goes back in coins.

    An entry of which nothing goes back names no tender: it would have gone as it came.
    """
    kept = kept_by(sale)
    tender = body.tender or (next(iter(kept)) if len(kept) == 1 else "")
    worth = _goes_back(sale, ticket, gone, CREDIT, step)
    rest = body.amount_minor - body.credited_minor
    left = sale.total_minor + sale.rounding_minor - body.credited_minor
    left -= sum(amount for one, amount in gone.items() if one != ticket.ticket_id)
    should = handed_over(sale, worth - body.credited_minor, left, tender, step)
    if rest != should:
        yield f"{rest} went back beside {body.credited_minor} in exchange, should be {should}"


def _goes_back(
    sale: SaleBody, ticket: SoldTicket, gone: dict[int, int], tender: str, step: int
) -> int:
    """Say what is handed over: the price in coins, and of the last ticket what is left."""
    rest = sale.total_minor + sale.rounding_minor
    rest -= sum(amount for one, amount in gone.items() if one != ticket.ticket_id)
    others = {one.ticket_id for one in sale.tickets} - {ticket.ticket_id}
    due = rest if others <= gone.keys() else ticket.price_minor
    return handed_over(sale, due, rest, tender, step)
