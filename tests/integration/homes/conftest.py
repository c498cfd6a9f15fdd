"""Gates over the ledger, for tests of homes and of shares of capacity."""

from __future__ import annotations

from tests.factories.ledger_office import (
    ledger_office,
    published,
    published_postgres,
    published_sqlite,
)
from tests.factories.office import database_url, migrated_postgres, migrated_sqlite

__all__ = [
    "database_url",
    "ledger_office",
    "migrated_postgres",
    "migrated_sqlite",
    "published",
    "published_postgres",
    "published_sqlite",
]
