"""The server and the ledger under test, on both databases."""

from __future__ import annotations

from tests.factories.ledger_office import (
    ledger_office,
    published,
    published_postgres,
    published_sqlite,
)
from tests.factories.office import (
    database_url,
    migrated_postgres,
    migrated_sqlite,
    office,
    sqlite_url,
)
from tests.factories.put_back import on_postgres, on_sqlite, place

__all__ = [
    "database_url",
    "ledger_office",
    "migrated_postgres",
    "migrated_sqlite",
    "office",
    "on_postgres",
    "on_sqlite",
    "place",
    "published",
    "published_postgres",
    "published_sqlite",
    "sqlite_url",
]
