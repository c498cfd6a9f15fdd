"""What two evenings promise of which one is a copy of the other.

By a ticket of one nobody comes in at the other, whichever gate asks whom. What was copied is the
plan as it stood; ids and keys are the copy's own, and what is changed later is changed of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.further_events.ended_keys_and_copied_events.copied_evening import (
    LESS,
    NOTE,
    ROOM,
    Copied,
)
from simulator.further_events.ended_keys_and_copied_events.record import Print
from simulator.judging.evidence import Violation
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.seen_visits import Visit, entries_of, may_have_come

OWN: Final = {
    "zones": "SELECT id FROM zone WHERE event_id=?",
    "gates": "SELECT id FROM gate WHERE event_id=?",
    "types": "SELECT id FROM ticket_type WHERE event_id=?",
    "dates": "SELECT id FROM occurrence WHERE event_id=?",
    "ids of keys": "SELECT key_id FROM signing_key WHERE event_id=?",
    "keys": "SELECT public_key FROM signing_key WHERE event_id=?",
    "tickets": "SELECT ticket_id FROM ticket WHERE event_id=?",
}
"""What the two have none in common of."""
SAME: Final = {
    "zones": "SELECT name FROM zone WHERE event_id=? ORDER BY name",
    "gates": "SELECT name FROM gate WHERE event_id=? ORDER BY name",
    "types": "SELECT name, price_minor, persons FROM ticket_type WHERE event_id=? ORDER BY name",
    "dates": "SELECT name, starts_at, doors_at, ends_at FROM occurrence WHERE event_id=?",
}
"""What is the same in both, for they are on one day."""
WITHIN: Final = {
    "gate": "SELECT count(*) FROM gate g JOIN zone z ON z.id = g.zone_id"
    " WHERE g.event_id=? AND z.event_id != g.event_id",
    "type": "SELECT count(*) FROM ticket_type t JOIN occurrence o ON o.id = t.occurrence_id"
    " WHERE t.event_id=? AND o.event_id != t.event_id",
    "ticket": "SELECT count(*) FROM ticket t JOIN ticket_type k ON k.id = t.ticket_type_id"
    " WHERE t.event_id=? AND k.event_id != t.event_id",
}
"""What of an event hangs on something of another one."""


async def judge_copied(copied: Copied) -> list[Violation]:
    """Come once more with what nobody has shown, read everything, and judge it."""
    if copied.copy is None:
        return [Violation("copied", "the evening was not copied in time")]
    await copied.try_all()
    entries = entries_of(copied.visits, copied.read_journals())
    found = [
        *_check_apart(copied.visits, entries),
        *_check_good(copied.visits, entries),
        *copied.owner.refused,
        *[text async for text in _check_rows(copied)],
    ]
    return [Violation("copied", text) for text in found]


def _check_apart(seen: list[Visit[Print]], entries: dict[int, HeldEntry]) -> Iterator[str]:
    """Yield each who came in at one evening by a ticket of the other."""
    for one in seen:
        entry = entries.get(one.number)
        if entry is not None and one.is_green and entry.entry.event_id != one.card.event_id:
            yield f"{_name(one)}: let in at {entry.entry.event_id}, and it is not for that"


def _check_good(seen: list[Visit[Print]], entries: dict[int, HeldEntry]) -> Iterator[str]:
    """Yield each good ticket that was turned away at its own evening, where nobody had come by it.

    Only where the gate could ask the ledger.
    """
    for one in seen:
        entry = entries.get(one.number)
        if entry is None or one.is_green or not one.is_in_reach:
            continue
        if not may_have_come(seen, one) and entry.entry.event_id == one.card.event_id:
            yield f"{_name(one)}: turned away with a good ticket"


async def _check_rows(copied: Copied) -> Any:
    """Yield what the two have in common, and what is not as it stood when it was copied."""
    assert copied.copy is not None
    for what, sql in OWN.items():
        source, copy = await copied.read_both(sql)
        if shared := {row[0] for row in source} & {row[0] for row in copy}:
            yield f"{len(shared)} {what} are of both"
        if not source or not copy:
            yield f"there are no {what}"
    for what, sql in SAME.items():
        source, copy = await copied.read_both(sql)
        if [tuple(row) for row in source] != [tuple(row) for row in copy]:
            yield f"the {what} are not the same: {source}, {copy}"
    for what, sql in WITHIN.items():
        for rows in await copied.read_both(sql):
            if rows[0][0]:
                yield f"{rows[0][0]} times a {what} of one hangs on the other"
    looks = await copied.read_both("SELECT note FROM event_look WHERE event_id=?")
    rooms = await copied.read_both("SELECT capacity FROM zone WHERE event_id=?")
    if looks[1] != [(NOTE,)] or looks[0] == looks[1]:
        yield f"the copy's tickets say {looks[1]}, those of the evening {looks[0]}"
    if rooms[1] != [(ROOM,)] or rooms[0] != [(LESS,)]:
        yield f"the copy has room for {rooms[1]}, the evening for {rooms[0]}"
    copies = await copied.read_books(
        "SELECT count(*) FROM event WHERE copied_from=?", copied.source.event_id
    )
    if copies != [(1,)]:
        yield f"it was copied once, and there are {copies} copies"


def _name(one: Visit[Print]) -> str:
    assert one.answer is not None
    return f"scan {one.number} at {one.node} ({one.card.edition}, {one.answer.mode})"
