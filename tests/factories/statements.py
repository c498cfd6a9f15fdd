"""Keeps compiled statements for the next test: each engine would compile all of its own anew.

That is a quarter of what a request costs in a test whose server has just started.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Dialect

from server.db.database_connections import Database

STATEMENTS_MAX = 5_000

_kept: dict[str, tuple[Dialect, Any]] = {}


@contextmanager
def kept_statements(database: Database) -> Iterator[None]:
    """Let a database's engines take what earlier ones of the same kind have compiled.

    A compiled statement belongs to a dialect, which the first engine of its kind has set up by
    its connection: it is handed on when that engine's server has ended well.
    """
    engines = {database._writer.sync_engine, database._reader.sync_engine}
    for engine in engines:
        _take(engine)
    yield
    for engine in engines:
        if engine.name not in _kept and database.inline is None:
            statements: Any = engine._compiled_cache
            statements.capacity = STATEMENTS_MAX
            _kept[engine.name] = engine.dialect, statements


def begin_with_kept() -> None:
    """Let every database of this process and its forks begin with what earlier ones compiled."""
    prepare = Database.__init__

    def begin(database: Database, *terms: Any, **more: Any) -> None:
        prepare(database, *terms, **more)
        for engine in {database._writer.sync_engine, database._reader.sync_engine}:
            _take(engine)

    vars_of_class: Any = Database
    vars_of_class.__init__ = begin


def _take(engine: Engine) -> None:
    if engine.name in _kept:
        engine.dialect, engine._compiled_cache = _kept[engine.name]
        engine.pool._dialect = engine.dialect
