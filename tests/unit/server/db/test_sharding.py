"""What `docs/operations.md` says of sharding is what the tables are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.tables import load_metadata

PAGE = Path(__file__).resolve().parents[4] / "docs" / "operations.md"
ROWS = {
    "event": "distributed by `event_id`, which leads the key",
    "device": "distributed by `device_id`, which leads the key",
    "reference": "reference tables, read with every claim, seldom written",
    "local": "on the coordinator",
}


def named(row: str) -> set[str]:
    """Return the tables that a row of the page names."""
    line = next(
        line
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith(f"| {ROWS[row]} |")
    )
    return set(re.findall(r"`(\w+)`", line.split("|")[2]))


def keys_of(table: sa.Table) -> list[list[str]]:
    """Return the columns of each primary key and unique index."""
    found = [[column.name for column in table.primary_key.columns]]
    found += [[c.name for c in index.columns] for index in table.indexes if index.unique]
    return found + [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
    ]


def test_each_table_has_one_place() -> None:
    """No table is forgotten, and none stands in two rows."""
    tables = set(load_metadata().tables)
    placed = [name for row in ROWS for name in named(row)]
    assert sorted(placed) == sorted(tables)


@pytest.mark.parametrize(("row", "column"), [("event", "event_id"), ("device", "device_id")])
def test_distributed_tables_are_keyed_by_what_distributes_them(row: str, column: str) -> None:
    """The column leads the primary key and stands in every other unique one."""
    tables = load_metadata().tables
    for name in sorted(named(row)):
        first, *others = keys_of(tables[name])
        assert first[0] == column, name
        assert all(column in key for key in others), name


def test_foreign_keys_of_distributed_tables_stay_on_their_shard() -> None:
    """They lead to reference tables, or to the same event's rows."""
    tables, reference = load_metadata().tables, named("reference")
    for name in named("event") | named("device"):
        for constraint in tables[name].foreign_key_constraints:
            target = constraint.referred_table.name
            columns = [column.name for column in constraint.columns]
            assert target in reference or "event_id" in columns, (name, target)


def test_reference_tables_refer_to_reference_tables() -> None:
    """A reference table may not hang on rows that are somewhere else."""
    tables, reference = load_metadata().tables, named("reference")
    for name in reference:
        for key in tables[name].foreign_keys:
            assert key.column.table.name in reference, (name, key.target_fullname)
