"""What is promised of the erased and of lists that come again, judged by names and places.

Whoever the server has said to be erased is named nowhere any more, whichever copy it was put back
to and whatever was being taken, published, written or fetched then: not at the office, not at the
gate, not in a file of tickets, not in a byte of the database. Everybody else is found by their
name, once. A code is one ticket, however often a list has brought it: it lets one in and no other,
it takes one place, and it does so whether its holder is named or not. By rule no name goes while
its event owes money, but for who asks for it, and none stays when that was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.further_events.erased_guests.by_rule import judge_rule
from simulator.further_events.erased_guests.evening import BUYERS, LIMIT, Erased
from simulator.further_events.erased_guests.record import ErasedEvidence, Guest
from simulator.judging.evidence import Violation, run_checks

LOOKS_AT_LAST: Final = 2
"""What the first one begins has come to its end by the second."""


def check_names(evidence: ErasedEvidence) -> Iterator[str]:
    """Yield each place that names somebody who was erased."""
    for guest in evidence.guests:
        if not guest.is_erased:
            continue
        if evidence.found[guest.word]:
            yield f"{guest.word} is erased, and found at the office"
        if evidence.at_gate[guest.word]:
            yield f"{guest.word} is erased, and the gate says {evidence.at_gate[guest.word]}"
        if guest.word in evidence.in_files:
            yield f"{guest.word} is erased, and the database's file has the name"


def check_fetched(evidence: ErasedEvidence) -> Iterator[str]:
    """Yield each file, export and list that names somebody who had been erased by then."""
    for guest in evidence.guests:
        for one in evidence.fetched:
            is_late = guest.erased is not None and guest.erased < one.began
            if is_late and guest.word.encode() in one.content:
                yield f"{guest.word} is erased, and {one.what} has the name"


def check_kept(evidence: ErasedEvidence) -> Iterator[str]:
    """Yield each guest who was not erased, and is not found under their name, once."""
    for guest in evidence.guests:
        if guest.is_asked:
            continue
        found = evidence.found[guest.word]
        count = [one["tickets"] if guest.code else one["orders"] for one in found]
        if count != [1] or found[0]["name"] != guest.name or found[0]["email"] != guest.email:
            yield f"{guest.name} is not erased, and found is {found}"
        if guest.code and evidence.at_gate[guest.word] != [guest.name]:
            yield f"{guest.name} is not erased, and the gate says {evidence.at_gate[guest.word]}"
        if guest.word not in evidence.in_files:
            yield f"{guest.name} is not erased, and not in the database's file"


def check_tickets(evidence: ErasedEvidence) -> Iterator[str]:
    """Yield each code that is not one ticket and one place."""
    for code, ids in evidence.tickets.items():
        if len(ids) != 1:
            yield f"{code} is {len(ids)} tickets"
    green: dict[str, list[bool]] = {}
    for visit in evidence.visits:
        green.setdefault(visit.card.text, []).append(visit.is_green)
    for code in evidence.tickets:
        if green.get(code) != [True, False]:
            yield f"{code}: of two who came in turn were let in: {green.get(code)}"
    left = LIMIT - len(evidence.tickets) - BUYERS
    if not evidence.sells_rest:
        yield f"{left} tickets of {LIMIT} are nobody's, and the office cannot sell them"
    if evidence.sells_more:
        yield f"{left} tickets of {LIMIT} were nobody's, and the office sells more"
    yield from evidence.wrong


def check_rule(evidence: ErasedEvidence) -> Iterator[str]:
    """Yield each name of an event that is over which went too early, or stayed."""
    if evidence.former is not None:
        yield from judge_rule(evidence.former, evidence.in_files)


async def judge_erased(evening: Erased) -> list[Violation]:
    """Bring the list to its end, look for everybody, come with every code, and run every check."""
    if not await evening.bring_at_last():
        return [Violation("live", "erased: the last list is not taken")]
    await evening.owner.must("POST", f"{evening.site.path}/handover", {})
    await evening.come()
    if unrest := await evening.rest():
        return [Violation("live", f"erased: {unrest}")]
    if evening.former is not None:
        for _ in range(LOOKS_AT_LAST):
            await evening.look_at_due(evening.former)
            if unrest := await evening.rest():
                return [Violation("live", f"erased: {unrest}")]
    left = LIMIT - len(evening.tickets) - BUYERS
    content = await evening.read_files()
    former = [] if evening.former is None else evening.former.guests
    evidence = ErasedEvidence(
        guests=evening.guests,
        found={one.word: await evening.find(one) for one in evening.guests},
        at_gate={one.word: await evening.find_at_gate(one) for one in evening.guests},
        in_files={one.word for one in (*evening.guests, *former) if _is_in(content, one)},
        fetched=evening.fetched,
        former=evening.former,
        visits=evening.visits,
        tickets=evening.tickets,
        sells_rest=await evening.can_buy(left),
        sells_more=await evening.can_buy(1),
        wrong=evening.owner.refused,
    )
    return run_checks(
        "erased", evidence, check_names, check_fetched, check_kept, check_rule, check_tickets
    )


def _is_in(content: bytes, guest: Guest) -> bool:
    return guest.word.encode() in content
