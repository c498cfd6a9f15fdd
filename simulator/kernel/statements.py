"""Keeps compiled statements from one start of a server to the next: a world compiles hundreds.

Nothing of a world is in them, and to compile one takes a millisecond or more.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.engine import Dialect

from server.db.database_connections import Database

STATEMENTS_MAX: Final = 5_000

_KEPT: Final[list[tuple[Dialect, Any]]] = []
"""How statements are written for SQLite, and those that were compiled so."""


def keep_statements(database: Database) -> None:
    """Let a server's database begin with the statements that earlier ones have compiled."""
    engine = database._writer.sync_engine  # noqa: SLF001 - no part of a product's server
    if not _KEPT:
        statements: Any = engine._compiled_cache  # noqa: SLF001 - it has no public name
        statements.capacity = STATEMENTS_MAX
        _KEPT.append((engine.dialect, statements))
    engine.dialect, engine._compiled_cache = _KEPT[0]  # noqa: SLF001 - as above
    engine.pool._dialect = engine.dialect  # noqa: SLF001 - as above
