"""What the server says of a guest list's lines, in the desk's own language. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from gatekeeper.organizer.prepare.guest_imports_client import (
    FIELDS,
    ListImport,
    WrongLine,
    has_codes,
    makes_codes,
)
from gatekeeper.presenters.desk.work_reason_words import spell_reasons
from gatekeeper.wording.texts import TEXTS

WRONG: Final = {
    "has more cells than the first line": "cells",
    "give one of code and uid": "one_code",
    "is empty": "empty",
    "is a number or a date that the spreadsheet has made of it; make its column text": "rounded",
    "is a badge of staff: gates read it as one, and let nobody in on it": "badge",
    "is no text that a scanner could read": "no_text",
    "looks like a ticket of ours and is read as one": "own_form",
    "is drawn anew at each tap and names no tag": "random_tag",
    "is missing; an address alone names nobody": "nameless",
    "is the name of several types": "several_types",
    "is no ticket type of the event": "no_type",
    "is for reserved seats, and a list without codes has none": "seated",
    "means a ticket of ours": "ours",
    "is known as a ticket of another type": "other_type",
    "was removed before, and stays so": "removed",
}
"""The server's sentences, each by the end of our key; another one is shown as it came."""
_UNREAD_NAMED: Final = 6
_WITH_VALUES: Final = {
    "twice": re.compile(r"stands on line (?P<line>\d+) already"),
    "too_long": re.compile(r"must have at most (?P<count>\d+) characters"),
    "no_address": re.compile(r"must be an e-mail address.*"),
    "no_uid": re.compile(r"not a tag's UID: .*"),
}
"""Those that name a number, or quote what was read, likewise."""


def spell_wrong(wrong: WrongLine) -> str:
    """Say which line is wrong, what of it, and why."""
    field = wrong.field
    if field in FIELDS:
        field = TEXTS.say(f"lists.column.{field}")
    elif field == "columns":
        field = TEXTS.say("lists.field.columns")
    said = _spell_flaw(wrong.message)
    return TEXTS.say("lists.wrong_line", line=wrong.line, field=field, said=said)


def _spell_flaw(message: str) -> str:
    if key := WRONG.get(message):
        return TEXTS.say(f"lists.wrong.{key}")
    for key, pattern in _WITH_VALUES.items():
        if found := pattern.fullmatch(message):
            values = {name: int(value) for name, value in found.groupdict().items()}
            return TEXTS.say(f"lists.wrong.{key}", **values)
    return message


COUNTED: Final = frozenset({"checked", "placing", "telling", "done"})
"""In which states a list's counts of its types hold."""


def spell_types(found: ListImport, names: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Say of each ticket type how many lines are new, known and wrong.

    Args:
        found: The list.
        names: The event's types by id; one that was removed since is called by its id.
    """
    return tuple(
        (
            TEXTS.say("lists.no_type")
            if one.ticket_type_id is None
            else names.get(one.ticket_type_id, one.ticket_type_id),
            *map(TEXTS.number, (one.added + one.again, one.known, one.wrong)),
        )
        for one in found.types
        if found.state in COUNTED
    )


def spell_list(found: ListImport, *, is_stopped: bool = False) -> str:
    """Say how far a list of guests is, and what it would do or has done.

    Args:
        found: The list.
        is_stopped: Its work failed for good, in whichever state that was.
    """
    if is_stopped:
        return TEXTS.say("lists.stopped", position=found.position)
    counts = {
        "lines": TEXTS.number(found.lines),
        "added": TEXTS.number(found.added + found.again),
        "known": TEXTS.number(found.known),
        "named": TEXTS.number(found.named),
    }
    if found.state == "done":
        told = _spell_names(found) if found.named else ""
        made = _spell_made() if makes_codes(found.mapping) else ""
        taken = TEXTS.say("desk.guests.taken", **counts)
        return " ".join(one for one in (taken, made, told, _spell_others(found)) if one)
    if found.state == "undone" and (kept := sum(one.kept for one in found.types)):
        return TEXTS.say("lists.undone_but", count=kept)
    why = spell_reasons(found.because, found.said)
    if found.state == "uploaded":
        return spell_missing(found.mapping, "lists.uploaded")
    if found.state != "checked":
        return TEXTS.say(f"lists.{found.state}", position=found.position, said=why)
    odd = [
        TEXTS.say(key, count=count)
        for key, count in (("lists.hidden", found.hidden), ("lists.alike", found.alike))
        if count
    ]
    if found.wrong:
        said, why = TEXTS.say("desk.guests.wrong", count=found.wrong), ""
    else:
        said, others = TEXTS.say("desk.guests.tried", **counts), _spell_others(found)
        said = f"{said} {others}" if others else said
    return " ".join(one for one in (said, _spell_unread(found), *odd, why) if one)


def spell_missing(mapping: dict[str, Any], otherwise: str = "lists.missing") -> str:
    """Say what is to be said of a list's columns; of a list without codes, what it lacks."""
    if has_codes(mapping):
        return TEXTS.say(otherwise)
    return TEXTS.say("lists.no_codes", choice=TEXTS.say("lists.make_codes"))


def _spell_names(found: ListImport) -> str:
    """Say when gates know the names of a list; where never, how they come to."""
    if found.names_at_gates != "off":
        return TEXTS.say("lists.names_told")
    field, page = TEXTS.say("desk.plan.field.names_at_gates"), TEXTS.say("desk.page.plan")
    return TEXTS.say("lists.names_untold", field=field, page=page)


def _spell_others(found: ListImport) -> str:
    """Say of a list that comes again that whoever is in it no more still gets in."""
    page = TEXTS.say("desk.page.orders")
    return TEXTS.say("lists.others_stay", page=page) if found.known else ""


def _spell_made() -> str:
    """Say where the tickets are that were made of a list's lines."""
    page, card = TEXTS.say("desk.page.orders"), TEXTS.say("files.title")
    return TEXTS.say("lists.made_here", page=page, card=card)


def spell_wrong_lines(lines: Sequence[WrongLine], types: Collection[str]) -> str:
    """Say of each line what is wrong with it; where types are, which ones there are."""
    said = [spell_wrong(line) for line in lines]
    if types and any(WRONG.get(line.message) == "no_type" for line in lines):
        named = TEXTS.list(TEXTS.isolate(one) for one in types)
        said.append(TEXTS.say("lists.types_are", names=named))
    return "\n".join(said)


def _spell_unread(found: ListImport) -> str:
    """Name columns of which nothing is taken: who has one of numbers expects as many tickets."""
    read = list(found.mapping.values())  # beside names of columns, types and their words
    unread = [TEXTS.isolate(one) for one in found.columns if one and one not in read]
    more = ["…"] if len(unread) > _UNREAD_NAMED else []
    named = TEXTS.list([*unread[:_UNREAD_NAMED], *more])
    return TEXTS.say("lists.unread", columns=named) if unread else ""
