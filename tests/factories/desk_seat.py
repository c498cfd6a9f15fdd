"""A desk of the real application: whoever sits at it asks over the test's own transport."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from gatekeeper.organizer import server_api as desk_office
from tests.factories.ledger_office import LedgerOffice
from tests.factories.office import Office, Person


def take_seat(office: Office, person: Person) -> desk_office.ServerApi:
    """Give somebody a desk; whoever asks for it closes it."""
    seat = desk_office.ServerApi("http://localhost")
    seat._http = httpx.AsyncClient(
        transport=office.client._transport,
        base_url=f"{office.client.base_url}/api/v1",
        headers=person.headers,
    )
    return seat


@pytest.fixture
async def seat(ledger_office: LedgerOffice) -> AsyncIterator[desk_office.ServerApi]:
    """Give the owner's desk."""
    office = take_seat(ledger_office.office, ledger_office.owner)
    yield office
    await office.close()
