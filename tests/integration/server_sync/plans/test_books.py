"""What the ledger decides by: compiled for each event, with the keys of those near it."""

from __future__ import annotations

import asyncio

import pytest

from server.keys.vault import open_vault
from server.plans.event_book import EventBooks
from server.problem_answers import Problem
from server.publishing.credentials import Issuer, open_issuer
from server.publishing.key_changes import compromise_key
from shared.credential.keyring import KeyStatus
from shared.kernel.id_types import EventId
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.either_database


async def make_key(ledger: LedgerOffice, event_id: EventId) -> Issuer:
    """Make an event's ticket key, if it has none that is active; returns who signs by it."""
    office = ledger.office
    vault = open_vault(office.settings.data_folder, office.entropy)
    async with office.context.write(ledger.owner.organization_id) as unit:
        return await open_issuer(unit, vault, event_id)


async def test_events_share_their_keys_and_hear_of_new_ones(ledger_office: LedgerOffice) -> None:
    """A key that two events know is kept once; a third event's is known to the first at once."""
    event_books = EventBooks(ledger_office.office.context)
    org = ledger_office.owner.organization_id
    first = await event_books.of_event(org, ledger_office.event_id)
    other = await event_books.of_event(
        org, EventId(await ledger_office.office.event(ledger_office.owner))
    )
    own = (await make_key(ledger_office, ledger_office.event_id)).key_id
    assert other.keyring.named(own)[0] is first.keyring.named(own)[0]
    event_id = await ledger_office.office.event(ledger_office.owner)
    key_id = (await make_key(ledger_office, EventId(event_id))).key_id
    assert first.keyring.named(key_id) == ()
    again = await event_books.renewed(org, ledger_office.event_id)
    assert [key.event_id for key in again.keyring.named(key_id)] == [event_id]
    assert again.version != first.version


async def test_compromised_key_outdates_what_was_compiled_before(
    ledger_office: LedgerOffice,
) -> None:
    """A claim's transaction sees that the book is older, and the next one knows of it."""
    event_books = EventBooks(ledger_office.office.context)
    org, event_id = ledger_office.owner.organization_id, ledger_office.event_id
    before = await event_books.of_event(org, event_id)
    issuer = await make_key(ledger_office, event_id)
    async with ledger_office.office.context.write(org) as unit:
        publisher = ledger_office.office.framework.state["publisher"]
        await compromise_key(unit, publisher, issuer.public_key.hex())
    after = await event_books.renewed(org, event_id)
    assert after.version != before.version
    assert [key.status for key in after.keyring.named(issuer.key_id)] == [KeyStatus.COMPROMISED]


async def test_all_who_need_a_book_anew_at_once_have_one_compiled(
    ledger_office: LedgerOffice,
) -> None:
    """A pause makes every gate ask: a thousand would keep the claims waiting for seconds."""
    event_books = EventBooks(ledger_office.office.context)
    org, event_id = ledger_office.owner.organization_id, ledger_office.event_id
    books = await asyncio.gather(*(event_books.renewed(org, event_id) for _ in range(50)))
    assert len({id(book) for book in books}) == 2, "what was begun before one asked is not theirs"
    assert await event_books.renewed(org, event_id) is not books[-1], (
        "whoever asks later has a later one"
    )
    stranger = await ledger_office.office.person()
    with pytest.raises(Problem):
        await event_books.renewed(stranger.organization_id, event_id)
