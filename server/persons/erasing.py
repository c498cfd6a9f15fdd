"""Erasing: all that names somebody goes in one transaction, and the list says that it went.

What stays is what the law asks for: orders, payments, tickets and signed entries, by ids alone.
What the transaction cannot do is done by a job after it (`server/persons/after_erasure.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from server.db.unit import Context, Unit
from server.erasures.erasure_list import ORDER, TICKET, Erasure, hold_off_lists
from server.erasures.hashed_words import hash_words
from server.imports.import_acts import find_staged, give_up_staged
from server.jobs.enqueuing import enqueue
from server.orders.buyers import forget_buyers, forget_reasons, forget_some_buyers
from server.persons.finding import LIST, Record, find_records, words_of
from server.persons.same_person import Person
from server.persons.typed_texts import (
    TypedText,
    cut_typed,
    cut_variants,
    find_published_variants,
    find_typed,
    find_variants,
)
from server.publishing.ticket_classes import change_class_variants
from server.ticket_files.wanted_files import forget_named
from server.ticketing.persons_among_holders import (
    forget_holders,
    forget_some_holders,
    lock_holders,
)
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrderId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import Instant

ERASURE_POLL_S: Final = 1.0
"""Between two looks for erasures that are to be ended, in seconds."""

KIND: Final = "persons.follow"
RECORDS_AT_ONCE: Final = 500
"""Records of one transaction of many: claims wait no longer than for any other."""


async def find_held(unit: Unit, person: Person) -> tuple[list[Record], list[TypedText]]:
    """Find all that an organization holds of a person.

    Raises:
        Problem: `too-large` for more than are one person's.
    """
    records = await find_records(unit, person)
    return records, await find_typed(unit, words_of(person, records))


async def erase_person(
    context: Context,
    organization_id: OrganizationId,
    key: bytes,
    person: Person,
    *,
    spared: Collection[str],
    actor: str,
) -> Erasure:
    """Erase a person: all of it is gone with the commit, or nothing is.

    Args:
        context: Of the request.
        organization_id: Whose guest.
        key: Of the vault, for the list's hashes.
        person: Who.
        spared: Places of records of somebody else who has the same name.
        actor: Who asks.

    Raises:
        Problem: `too-large` for more than are one person's; `conflict` while a list that names
            them is being taken.
    """
    async with context.read(organization_id) as unit:
        # The long look, which keeps nobody from writing.
        records, typed = await find_held(unit, person)
        records = [one for one in records if one.place not in spared]
        words = words_of(person, records)
        varied = await find_variants(unit, typed)
    async with context.write(organization_id) as unit:
        await hold_off_lists(unit)
        published = await find_published_variants(unit, words.stand_in)
        records = await _without_others(unit, records)
        said = [hash_words(key, organization_id, name=person.name, email=person.email)]
        said.append(hash_words(key, organization_id, phone=person.phone))
        said += [
            hash_words(
                key,
                organization_id,
                name=one.name if one.kind == TICKET else None,
                email=one.email,
                phone=one.phone,
            )
            for one in records
        ]
        erasure = await new_erasure(
            unit,
            scope="person",
            actor=actor,
            words=sorted({word for some in said for word in some}),
            records=[[one.kind, one.event_id, one.id] for one in records if one.kind != LIST],
        )
        await _forget(unit, erasure, records)
        erasure.texts = await cut_typed(unit, words, typed)
        erasure.texts += await cut_variants(unit, words, varied)
        for event_id, variants in sorted(published.items()):
            await change_class_variants(unit, event_id, variants, words.cut)
        tickets = {
            event_id: [format_ticket_id(one) for one in some] for event_id, some in varied.items()
        }
        subject = {"erasure_id": erasure.id, "tickets": tickets, "published": sorted(published)}
        await enqueue(unit, KIND, subject, key=erasure.id)
        await unit.session.flush()
        return erasure


async def new_erasure(
    unit: Unit,
    *,
    scope: str,
    actor: str,
    event_id: EventId | None = None,
    words: Sequence[str] = (),
    records: Sequence[Sequence[str]] = (),
    former: tuple[str, Instant] | None = None,
) -> Erasure:
    """Write a new line into the list; one that it had forgotten has its id and instant again."""
    erasure_id, at = former or (ids.new_id(ids.ERASURE, unit.entropy), unit.now)
    erasure = Erasure(
        id=erasure_id,
        at=at,
        scope=scope,
        asked_by=actor,
        event_id=event_id,
        words=list(words),
        records=[list(one) for one in records],
        orders=0,
        holders=0,
        lists=0,
        texts=0,
        state="working",
        ended_at=None,
    )
    return await unit.add(erasure)


async def _without_others(unit: Unit, records: Sequence[Record]) -> list[Record]:
    """Leave out tickets that have passed to somebody else since they were looked at."""
    named = [[one.kind, one.event_id, one.id] for one in records]
    others = set()
    for event_id, tickets in sorted(tickets_by_event(named).items()):
        now = await lock_holders(unit, event_id, tickets)
        others |= {
            one.place
            for one in records
            if (one.kind, one.event_id) == (TICKET, event_id)
            and now.get(parse_ticket_id(one.id), (one.name, one.email)) != (one.name, one.email)
        }
    return [one for one in records if one.place not in others]


async def _forget(unit: Unit, erasure: Erasure, records: Sequence[Record]) -> None:
    # Orders before tickets before lists, as whoever else locks them.
    orders = sorted(OrderId(one.id) for one in records if one.kind == ORDER)
    erasure.orders = await forget_buyers(unit, orders)
    for event_id, tickets in sorted(tickets_by_event(erasure.records).items()):
        erasure.holders += await forget_holders(unit, event_id, tickets)
    for one in records:
        if one.kind == LIST:
            erasure.lists += await give_up_staged(unit, one.event_id, one.id)
    await forget_named(unit)


async def forget_all_of(
    context: Context,
    organization_id: OrganizationId,
    event_id: EventId,
    *,
    gives_up_lists: bool = True,
) -> tuple[int, int]:
    """Forget all buyers and holders of an event, some at a time; lists that wait are given up.

    Whoever dies in between leaves what another goes on with.

    Args:
        context: Where.
        organization_id: Whose event.
        event_id: Which.
        gives_up_lists: Off where that was done before.

    Returns:
        How many buyers and holders were forgotten.

    Raises:
        Problem: `conflict` while a list is being taken.
    """
    orders = holders = 0
    async with context.write(organization_id) as unit:
        await forget_reasons(unit, event_id)
        for waiting in await find_staged(unit, event_id) if gives_up_lists else ():
            await give_up_staged(unit, event_id, waiting.id)
    while True:
        async with context.write(organization_id) as unit:
            some = await forget_some_buyers(unit, event_id, RECORDS_AT_ONCE)
            others = await forget_some_holders(unit, event_id, RECORDS_AT_ONCE)
            if not some and not others:
                await hold_off_lists(unit)
                await forget_named(unit, event_id)  # those asked for meanwhile as well
                return orders, holders
        orders, holders = orders + some, holders + others


def tickets_by_event(records: Sequence[Sequence[str]]) -> dict[EventId, list[TicketId]]:
    """Return the tickets that an erasure names, by event."""
    found: dict[EventId, list[TicketId]] = {}
    for kind, event_id, ticket_id in records:
        if kind == TICKET:
            found.setdefault(EventId(event_id), []).append(parse_ticket_id(ticket_id))
    return found
