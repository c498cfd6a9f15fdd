"""Statements of the hot path, said once and run in both dialects (`hot_path_connections.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count
from typing import Any, Final

import msgspec

from server.db.model import Model

_ANY: Final = re.compile(r"= ANY\((\$\d+)(?:::\w+\[\])?\)")
_CAST: Final = re.compile(r"::\w+(?:\[\])?")
_LOCK: Final = re.compile(r"\bFOR (?:NO KEY )?UPDATE(?: OF \w+)?")
_TYPES: Final = {str: "text", int: "bigint", bool: "boolean", bytes: "bytea"}
_NUMBERED: Final = re.compile(r"\$(\d+)")

STAMP: Final = "xmin::text"
"""PostgreSQL's name of the transaction that made a row what it is: another one after each change.

Who finds the same stamps in a row set that was seen before finds the same rows. A lock is no
change."""


class Statement(msgspec.Struct, frozen=True):
    """One statement as PostgreSQL and as SQLite take it.

    Attributes:
        postgres: With `$1`, `$2`; for `run_many` it takes one array per column.
        sqlite: With `?1`, `?2`; a list comes as JSON text; `run_many` runs it once per row.
    """

    postgres: str
    sqlite: str

    def by_index(self, source: str, index: str) -> Statement:
        """Return the same, SQLite told by which index to read what stands after `FROM`.

        It keeps no statistics that would tell it: of two it takes the one that names the event
        first, and reads all of that event's rows.
        """
        before, told = f"FROM {source} WHERE", f"FROM {source} INDEXED BY {index} WHERE"
        assert before in self.sqlite, source
        return Statement(self.postgres, self.sqlite.replace(before, told))


def statement(sql: str) -> Statement:
    """Make a statement of PostgreSQL's dialect, using nothing that SQLite cannot say.

    `= ANY($1::bigint[])` becomes `IN (SELECT value FROM json_each(?1))`, casts and row locks
    fall away (a SQLite writer is alone), `string_agg` becomes `group_concat`.
    """
    lite = _ANY.sub(r"IN (SELECT value FROM json_each(\1))", sql)
    lite = _LOCK.sub("", _CAST.sub("", lite)).replace("string_agg(", "group_concat(")
    return Statement(sql, _NUMBERED.sub(r"?\1", lite))


class Chosen(msgspec.Struct, frozen=True):
    """A statement for PostgreSQL of which some parts are left out, and what is left of its values.

    Attributes:
        statement: Its parameters are numbered without a gap.
        numbers: Which of the whole one's parameters they are.
    """

    statement: Statement
    numbers: tuple[int, ...]

    def pick(self, values: Sequence[Any]) -> list[Any]:
        """Pick the values of its parameters from those of the whole one."""
        return [values[number - 1] for number in self.numbers]


def choose(sql: str) -> Chosen:
    """Number the parameters of a statement anew, of which some parts are left out.

    The database has to know of what kind each parameter is, and finds that where it is used.
    """
    numbers = sorted({int(number) for number in _NUMBERED.findall(sql)})
    place = {str(number): n for n, number in enumerate(numbers, 1)}
    whole = _NUMBERED.sub(lambda found: f"${place[found[1]]}", sql)
    return Chosen(Statement(whole, ""), tuple(numbers))


def array_text(numbers: Iterable[int | None]) -> str:
    """Spell an array of whole numbers as PostgreSQL reads it, for `$1::text::bigint[]`.

    The driver asks of each member of an array that is no text whether it is an array itself,
    which takes it longer than all else.
    """
    return f"{{{','.join('NULL' if one is None else str(one) for one in numbers)}}}"


def columns_of(model: type[Model], names: str) -> dict[str, str]:
    """Return columns of a table with PostgreSQL's types.

    Args:
        model: Whose.
        names: Which, parted by spaces, in this order.

    Raises:
        KeyError: if the table has no such column.
    """
    columns = model.__table__.c
    return {name: _TYPES[columns[name].type.python_type] for name in names.split()}


def insertion(model: type[Model], names: str, tail: str = "") -> Statement:
    """Make an insert of many rows for `run_many`.

    Args:
        model: Into whose table.
        names: Columns in the rows' order, as in `columns_of`.
        tail: Such as `ON CONFLICT DO NOTHING`.
    """
    table, columns = model.__tablename__, columns_of(model, names)
    names = ", ".join(columns)
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(columns.values(), 1))
    marks = ", ".join(f"?{n}" for n in range(1, len(columns) + 1))
    head = f"INSERT INTO {table} ({names}) "
    return Statement(
        f"{head}SELECT * FROM unnest({arrays}) {tail}".rstrip(),  # noqa: S608 - our own names
        f"{head}VALUES ({marks}) {tail}".rstrip(),
    )


@cache
def joined(*insertions: Statement) -> Statement:
    """Make one statement for PostgreSQL of `insertion`s into tables of their own.

    It takes the columns of the first, then those of the next: see `run_together`.
    """
    number = count(1)  # each names its columns once, in their order
    texts = [_NUMBERED.sub(lambda _: f"${next(number)}", one.postgres) for one in insertions]
    parts = ", ".join(f"part{n} AS ({text})" for n, text in enumerate(texts[:-1]))
    return Statement(f"WITH {parts} {texts[-1]}", "")


def updating(model: type[Model], by: str, to: str) -> Statement:
    """Make an update of many rows by key for `run_many`.

    Args:
        model: Whose table.
        by: Key columns, parted by spaces; first in each row.
        to: Columns to set, likewise, after the keys.
    """
    table, keys, values = model.__tablename__, by.split(), to.split()
    columns = columns_of(model, f"{by} {to}")
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(columns.values(), 1))
    number = {name: n for n, name in enumerate(columns, 1)}
    new = ", ".join(f"{name} = given.{name}" for name in values)
    same = " AND ".join(f"t.{name} = given.{name}" for name in keys)
    new_lite = ", ".join(f"{name} = ?{number[name]}" for name in values)
    same_lite = " AND ".join(f"{name} = ?{number[name]}" for name in keys)
    given = f"unnest({arrays}) AS given ({', '.join(columns)})"
    return Statement(
        f"UPDATE {table} t SET {new} FROM {given} WHERE {same}",  # noqa: S608 - as above
        f"UPDATE {table} SET {new_lite} WHERE {same_lite}",  # noqa: S608 - as above
    )


def lookup(
    table: str,
    columns: str,
    key: str,
    kind: str,
    *,
    given: int,
    lock: str = "",
) -> Statement:
    """Make a look-up of an event's rows by many keys, in the order of the keys.

    `$1` is the event, `$2` the organization. On PostgreSQL each key is a look-up of its own,
    fenced off: for an event that its statistics do not know yet the planner would else believe
    that there is one row, and read all of the event's to find it.

    Args:
        table: Where.
        columns: Which, joined by commas.
        key: The column that is looked up; the table has an index over the event and it.
        kind: Its PostgreSQL type.
        given: The number of the parameter that holds the keys.
        lock: `FOR NO KEY UPDATE`, to lock the rows in that order.
    """
    where = f"event_id = $1 AND organization_id = $2 AND {key} ="
    return Statement(
        f"SELECT found.* FROM unnest(${given}::{kind}[]) AS wanted (key) CROSS JOIN LATERAL"  # noqa: S608 - our own names
        f" (SELECT {columns} FROM {table} WHERE {where} wanted.key OFFSET 0 {lock}) found",
        _NUMBERED.sub(
            r"?\1",
            f"SELECT {columns} FROM json_each(${given}) wanted"  # noqa: S608 - as above
            f" CROSS JOIN {table} ON {where} wanted.value",
        ),
    )
