"""The office that adversaries meet: a real application over a real database, and real gates."""

from __future__ import annotations

from typing import Any

import pytest

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
from tests.factories.sales_till import till

__all__ = [
    "database_url",
    "ledger_office",
    "migrated_postgres",
    "migrated_sqlite",
    "office",
    "published",
    "published_postgres",
    "published_sqlite",
    "sqlite_url",
    "till",
]


def pytest_itemcollected(item: Any) -> None:
    """Let adversaries meet SQLite, and PostgreSQL where both are asked for."""
    item.add_marker(pytest.mark.either_database)
