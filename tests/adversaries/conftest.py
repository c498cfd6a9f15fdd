"""The office that adversaries meet: a real application over SQLite, and real gates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.settings import Settings
from tests.factories.ledger_office import (
    LedgerOffice,
    Template,
    copy_published,
    open_ledger_office_again,
    published_sqlite,
)
from tests.factories.office import migrated_sqlite, office, sqlite_url

__all__ = [
    "database_url",
    "ledger_office",
    "migrated_sqlite",
    "office",
    "published",
    "published_sqlite",
    "sqlite_url",
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Let adversaries meet SQLite only: what differs between databases is proven elsewhere."""
    return sqlite_url


@pytest.fixture
def published(published_sqlite: Template, tmp_path: Path) -> tuple[Settings, LedgerOffice]:
    """Give a copy of a published event."""
    return copy_published(published_sqlite, tmp_path)


@pytest.fixture
async def ledger_office(
    published: tuple[Settings, LedgerOffice],
) -> AsyncIterator[LedgerOffice]:
    """Give a server with a published event."""
    async with open_ledger_office_again(*published) as opened:
        yield opened
