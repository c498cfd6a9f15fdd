"""Keeps compiled statements for the next test: each engine would compile all of its own anew.

That is a quarter of what a request costs in a test whose server has just started.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Dialect

from server.db.engine import Database

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


def _take(engine: Engine) -> None:
    if engine.name in _kept:
        engine.dialect, engine._compiled_cache = _kept[engine.name]
        engine.pool._dialect = engine.dialect
