"""Erasing again: a copy that is older than an erasure was put back, and names everybody anew.

The list beside the database says which erasures such a copy has forgotten. By ids, what it knew
then is erased; by keyed hashes, what has been changed or deleted since. It is done before
anybody is served; gates get names anew afterwards, as with any erasure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import select

from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.erasures.erasure_list import ORDER, hold_off_lists
from server.erasures.hashed_words import hash_word, hash_words
from server.erasures.models import Erasure
from server.imports.import_acts import end_lists_of_copy
from server.jobs.enqueuing import enqueue
from server.orders.buyers import forget_buyers
from server.organizations.organizations_and_numbers import list_ids
from server.persons.erased_persons_beside_database import ERASURES, KeptErasure
from server.persons.erasing import KIND, forget_all_of, new_erasure, tickets_by_event
from server.persons.finding import Record, page_records
from server.persons.personal_words import CUT
from server.persons.typed_texts import blank_typed, find_published_variants
from server.publishing.ticket_classes import change_class_variants
from server.ticket_files.wanted_files import forget_named
from server.ticketing.persons_among_holders import forget_holders
from shared.kernel.email_address import email_key
from shared.kernel.id_types import EventId, OrderId, OrganizationId
from shared.kernel.instant import Instant
from shared.manifest.name_folding import fold_name

NAME_WORDS_MAX: Final = 5
"""Words of the longest name that is looked for in texts."""
_ADDRESS: Final = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+")


async def erase_again(context: Context, folder: Path, key: bytes | None) -> int:
    """Erase whom the database names although the list says that they are erased.

    Args:
        context: Of the database, which nobody is served from yet.
        folder: Where the list lies.
        key: Of the vault, for the hashes; None where its secret is not here: then by ids alone.

    Returns:
        How many erasures were done again.

    Raises:
        StoreFault: if the list is damaged.
    """
    kept = ERASURES.read(folder)
    if not kept:
        return 0
    async with context.database.read(org=SYSTEM) as session:
        known = set((await session.execute(select(Erasure.id))).scalars().all())
        organizations = set(await list_ids(session))
    missing: dict[OrganizationId, list[KeptErasure]] = {}
    for one in kept.values():
        owner = OrganizationId(one.organization_id)
        if one.id not in known and owner in organizations:
            missing.setdefault(owner, []).append(one)
    for owner, some in missing.items():
        # They are brought again by whoever has them.
        async with context.write(owner) as unit:
            await end_lists_of_copy(unit)
        for event_id in sorted({one.event_id for one in some if one.event_id is not None}):
            await forget_all_of(context, owner, EventId(event_id), gives_up_lists=False)
        async with context.write(owner) as unit:
            await _erase_persons(unit, some, key)
    return sum(map(len, missing.values()))


async def _erase_persons(unit: Unit, missing: Sequence[KeptErasure], key: bytes | None) -> None:
    await hold_off_lists(unit)
    records = [record for one in missing for record in one.records]
    words = {word for one in missing for word in one.words}
    found = [] if key is None else await _find(unit, key, words)
    orders = {record_id for kind, _, record_id in records if kind == ORDER}
    orders |= {one.id for one in found if one.kind == ORDER}
    await forget_buyers(unit, sorted(map(OrderId, orders)))
    tickets = [*records, *([one.kind, one.event_id, one.id] for one in found)]
    for event_id, some in sorted(tickets_by_event(tickets).items()):
        await forget_holders(unit, event_id, some)
    await forget_named(unit)
    published: dict[EventId, set[str]] = {}
    if key is not None:

        def is_named(text: str) -> bool:
            return _names(text, key, unit.organization_id, words)

        await blank_typed(unit, is_named)
        published = await find_published_variants(unit, is_named)
    for event_id, variants in sorted(published.items()):
        await change_class_variants(unit, event_id, variants, lambda _text: CUT)
    for one in missing:
        await new_erasure(
            unit,
            scope=one.scope,
            actor=one.asked_by,
            event_id=None if one.event_id is None else EventId(one.event_id),
            words=one.words,
            records=one.records,
            former=(one.id, Instant(one.at)),
        )
        subject = {"erasure_id": one.id, "published": sorted(published)}
        await enqueue(unit, KIND, subject, key=one.id)


async def _find(unit: Unit, key: bytes, words: set[str]) -> list[Record]:
    found: list[Record] = []
    async for records in page_records(unit):
        found += (one for one in records if _is_theirs(one, key, unit.organization_id, words))
    return found


def _is_theirs(one: Record, key: bytes, owner: OrganizationId, words: set[str]) -> bool:
    """Tell whether a record is of somebody who was erased, as `Person.fits` does."""
    contacts = hash_words(key, owner, email=one.email, phone=one.phone)
    if contacts:
        return any(word in words for word in contacts)
    return any(word in words for word in hash_words(key, owner, name=one.name))


def _names(text: str, key: bytes, owner: OrganizationId, words: set[str]) -> bool:
    for address in _ADDRESS.findall(text):
        if hash_word(key, owner, "email", email_key(address.rstrip("."))) in words:
            return True
    said = fold_name(text).split()
    return any(hash_word(key, owner, "name", window) in words for window in _windows(said))


def _windows(said: Sequence[str]) -> Iterator[str]:
    for start in range(len(said)):
        for end in range(start + 1, min(len(said), start + NAME_WORDS_MAX) + 1):
            yield " ".join(said[start:end])
