"""What the page of a guest's own data says. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.organizer.afterwards.guest_data_client import (
    Erased,
    FoundPerson,
    FoundPersons,
    Held,
    HeldRecord,
)
from gatekeeper.wording.texts import TEXTS
from shared.kernel.money import Money
from shared.kernel.text_in_line import keep_in_line


def spell_person(person: FoundPerson) -> str:
    """Say who somebody is, and in how much they are named, line by line."""
    said = "\n".join(
        one for one in (keep_in_line(person.name or ""), person.email, person.phone) if one
    )
    counts = TEXTS.say(
        "persons.counts", orders=person.orders, tickets=person.tickets, events=person.events
    )
    return f"{said}\n{counts}"


def spell_count(found: FoundPersons) -> str:
    """Say how many were found, and whether that is all."""
    if not found.items:
        return TEXTS.say("persons.none")
    key = "persons.more" if found.is_cut else "persons.found"
    return TEXTS.say(key, count=len(found.items))


def spell_record(record: HeldRecord) -> tuple[str, str, tuple[str, ...], str]:
    """Say what a record is, of which event, under which name by lines, and what of it stays."""
    what = TEXTS.say(f"persons.kind.{record.kind}")
    if record.kind == "order":
        what = TEXTS.say("orders.name", number=record.number)
    said = tuple(one for one in (record.name, record.email, record.phone) if one)
    stays = TEXTS.say(f"persons.stays.{record.kind}")
    if record.kind == "order" and record.currency:
        stays = TEXTS.isolate(TEXTS.money(Money(record.total_minor, record.currency)))
    return (what, record.event_name, said, stays)


def spell_texts(held: Held) -> str:
    """Quote the texts in which the person is named; "" for none."""
    if not held.texts:
        return ""
    quoted = "\n".join(f"“{one.text}”" for one in held.texts)
    return TEXTS.say("persons.texts") + "\n" + quoted


def spell_erased(done: Erased, spared: Sequence[str]) -> str:
    """Say what an erasure took."""
    said = TEXTS.say(
        "persons.erased",
        orders=done.orders,
        tickets=done.holders,
        lists=done.lists,
        texts=done.texts,
    )
    return f"{said} {TEXTS.say('persons.spared', count=len(spared))}" if spared else said
