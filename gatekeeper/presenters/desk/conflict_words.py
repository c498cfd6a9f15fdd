"""What the desk says of a conflict: of which ticket it is, its sides, its evidence, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.organizer.during.conflicts_client import DISPOSITIONS, Conflict, ConflictSide
from gatekeeper.presenters.conflict_kinds import spell_kind
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.tills_and_places import call_place
from gatekeeper.wording.times import spell_stamp
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.journal.entry import FALSE_PEER

EXCESS: Final = "admitted more often than the ticket allows"
"""What the server's record says of the most usual conflict."""
_TODO: Final = {
    "oversold": "desk.todo.oversold",
    "sold_out_of_range": "desk.todo.sold_out_of_range",
    FALSE_PEER: "desk.todo.false_device",
}
"""Of what kinds it is said what to do."""
_OF_PERSONS: Final = frozenset({"over_capacity"})
"""Whose sides let persons in, though it is about no ticket."""


def spell_conflict(conflict: Conflict) -> str:
    """Say what it is, of which ticket, and what was decided."""
    parts = [spell_kind(conflict.kind)]
    if conflict.code:
        parts.append(TEXTS.say("orders.ticket", code=conflict.code))
    elif conflict.ticket:
        parts.append(TEXTS.say("decide.ticket", ticket=conflict.ticket))
    if not conflict.is_open:
        parts.append(spell_disposition(conflict.disposition))
    return " · ".join(parts)


def spell_in_list(conflict: Conflict) -> str:
    """Say the same in a list of many: with the day and time at which it was found."""
    return f"{spell_conflict(conflict)} · {VENUE_CLOCK.stamp(conflict.opened_at)}"


def spell_disposition(disposition: str) -> str:
    """Say what was decided, or that there is nothing to decide any more."""
    is_decided = disposition in DISPOSITIONS
    return TEXTS.say(f"settle.{disposition}" if is_decided else "desk.conflicts.withdrawn")


def spell_detail(conflict: Conflict) -> str:
    """Say what the record notes of a conflict, in English as it is written, and what to do."""
    if conflict.detail == EXCESS:
        return TEXTS.say("conflict.detail_excess")
    said = TEXTS.say("conflict.detail", detail=conflict.detail) if conflict.detail else ""
    is_of_device = conflict.kind == FALSE_PEER
    about = TEXTS.say("conflict.about", device=conflict.device) if is_of_device else ""
    todo = TEXTS.say(_TODO[conflict.kind]) if conflict.kind in _TODO else ""
    return "\n".join(part for part in (about, said, todo) if part)


def spell_side(conflict: Conflict, side: ConflictSide) -> str:
    """Say where and when, how exactly that is known, who vouches for it, and whether it is signed.

    A passage that was keyed in from paper is what a person says: no device has seen that ticket.
    What a conflict about a device or a drawer says of persons would be of nobody.
    """
    is_of_persons = bool(conflict.ticket) or conflict.kind in _OF_PERSONS
    key = "signed" if side.is_signed else "told"
    place = call_place(TEXTS, side.gate, side.device)
    said = TEXTS.say(
        f"desk.side.{key}" if is_of_persons else f"desk.side.device_{key}",
        place=place,
        time=_spell_when(side),
        count=side.count,
    )
    paper = "" if side.on_paper is None else TEXTS.say("desk.side.on_paper")
    person = TEXTS.say("desk.side.person", name=side.person) if side.person else ""
    cashier = TEXTS.say("paper.cashier", cashier=side.cashier) if side.cashier else ""
    return TEXTS.beside(said, paper, cashier, person)


def spell_order(conflict: Conflict, sides: Sequence[ConflictSide]) -> str:
    """Say whether it is certain what came first; "" where there is one side alone."""
    key = "conflict.ordered" if conflict.is_ordered else "conflict.unordered"
    return TEXTS.say(key) if len(sides) > 1 else ""


def spell_evidence(
    conflict: Conflict, sides: Sequence[ConflictSide], event: str, file: str
) -> list[str]:
    """Say in paragraphs what the evidence of a conflict says and what it proves, to anybody.

    Args:
        conflict: Which.
        sides: What each device's entry says.
        event: The event's name.
        file: Of the signed entries, which stand beside these words.
    """
    found = TEXTS.say("evidence.found", time=VENUE_CLOCK.stamp(conflict.opened_at))
    note = TEXTS.about(TEXTS.say("desk.conflicts.note"), conflict.note) if conflict.note else ""
    is_read = bool(conflict.ticket) and all(
        side.is_signed and side.on_paper is None for side in sides
    )
    told = [
        TEXTS.beside(event, found),
        spell_detail(conflict),
        *(f"{place}. {spell_side(conflict, side)}" for place, side in enumerate(sides, 1)),
        spell_order(conflict, sides),
        note,
        TEXTS.say("evidence.meaning"),
        TEXTS.say("evidence.holder") if is_read else "",
        TEXTS.say("evidence.check", name=TEXTS.isolate(file)),
    ]
    return [one for one in told if one]


def _spell_when(side: ConflictSide) -> str:
    if side.on_paper is not None:
        return " – ".join(spell_stamp(one) for one in side.on_paper)
    error = TEXTS.say("desk.side.error", seconds=TEXTS.decimal(side.error_s or 0))
    stamp = spell_stamp(side.at, has_seconds=True)
    return f"{stamp} {error}" if side.error_s else stamp
