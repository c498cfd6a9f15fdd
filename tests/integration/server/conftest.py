"""The server under test, on both databases."""

from __future__ import annotations

from tests.factories.office import (
    database_url,
    migrated_postgres,
    migrated_sqlite,
    office,
    sqlite_url,
)

__all__ = ["database_url", "migrated_postgres", "migrated_sqlite", "office", "sqlite_url"]
