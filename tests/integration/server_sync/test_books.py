"""What the ledger decides by: compiled for each event, with the organization's keys read once."""

from __future__ import annotations

import pytest

from server.publishing.book import Bookshelf
from server.publishing.credentials import open_issuer
from server.publishing.keys import set_key_status
from server.publishing.vault import open_vault
from shared.credential.keyring import KeyStatus
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.integration


async def make_key(ledger: LedgerOffice, event_id: str) -> int:
    """Make an event's ticket key, if it has none that is active; returns its id."""
    office = ledger.office
    vault = open_vault(office.settings.data_folder, office.entropy)
    async with office.context.write(ledger.owner.organization_id) as unit:
        return (await open_issuer(unit, vault, event_id)).key_id


async def test_events_share_the_keyring_until_a_key_is_made(ledger_office: LedgerOffice) -> None:
    """The second event reads no key; a third event's key is known to the first from then on."""
    shelf = Bookshelf(ledger_office.office.context)
    org = ledger_office.owner.organization_id
    first = await shelf.of_event(org, ledger_office.event_id)
    other = await shelf.of_event(org, await ledger_office.office.event(ledger_office.owner))
    assert other.keyring is first.keyring
    event_id = await ledger_office.office.event(ledger_office.owner)
    key_id = await make_key(ledger_office, event_id)
    assert first.keyring.named(key_id) == ()
    again = await shelf.renewed(org, ledger_office.event_id)
    assert [key.event_id for key in again.keyring.named(key_id)] == [event_id]
    assert again.version != first.version


async def test_compromised_key_outdates_what_was_compiled_before(
    ledger_office: LedgerOffice,
) -> None:
    """A claim's transaction sees that the book is older, and the next one knows of it."""
    shelf = Bookshelf(ledger_office.office.context)
    org, event_id = ledger_office.owner.organization_id, ledger_office.event_id
    before = await shelf.of_event(org, event_id)
    key_id = await make_key(ledger_office, event_id)
    async with ledger_office.office.context.write(org) as unit:
        await set_key_status(unit, key_id, KeyStatus.COMPROMISED)
    after = await shelf.renewed(org, event_id)
    assert after.version != before.version
    assert [key.status for key in after.keyring.named(key_id)] == [KeyStatus.COMPROMISED]
