"""Every table that hangs on an event goes into a copy of it, or is known not to."""

from __future__ import annotations

import sqlalchemy as sa

from server.events.tables_of_event_copies import COPIED, LEFT, Columns
from server.tables import load_metadata

_NAMES_EVENTS = frozenset({"event_id", "event_ids"})


def hanging(tables: dict[str, sa.Table]) -> set[str]:
    """Return the event's table, those that name an event, and those that hang on such ones."""
    found = {"event"} | {
        name for name, table in tables.items() if _NAMES_EVENTS & set(table.columns.keys())
    }
    while True:
        more = {
            name
            for name, table in tables.items()
            if any(key.column.table.name in found for key in table.foreign_keys)
        }
        if more <= found:
            return found
        found |= more


def test_each_table_of_an_event_is_copied_or_left_and_never_both() -> None:
    """Whoever adds one says which, in `server/events/tables_of_event_copies.py`."""
    tables = hanging(dict(load_metadata().tables))
    assert set(COPIED) & set(LEFT) == set()
    assert sorted(tables) == sorted(set(COPIED) | set(LEFT))


def test_each_column_of_a_copied_table_is_the_same_or_moved_or_the_copys_own() -> None:
    """A column that nobody thought of would be left out of every copy without a word."""
    for name, table in load_metadata().tables.items():
        if (columns := COPIED.get(name)) is None:
            continue
        parts = (columns.same, columns.moved, columns.own)
        assert sum(map(len, parts)) == len(frozenset[str]().union(*parts)), name
        assert frozenset[str]().union(*parts) == set(table.columns.keys()), name


def test_nothing_that_counts_what_was_sold_is_taken_over() -> None:
    """Sold, held, allotted, taken and used up are the source's."""
    counts = {"sold", "held", "allotted", "taken", "holder", "ticket_id", "seq"}
    for name, columns in COPIED.items():
        assert isinstance(columns, Columns)
        assert counts & columns.same == set(), name


def test_a_table_that_hangs_on_an_event_through_another_one_is_found() -> None:
    """So a new table of order lines is none that nobody decided about."""
    metadata = sa.MetaData()
    sa.Table("event", metadata, sa.Column("id", sa.Text, primary_key=True))
    sa.Table("poll", metadata, sa.Column("id", sa.Text, primary_key=True), sa.Column("event_id"))
    sa.Table("vote", metadata, sa.Column("poll_id", sa.ForeignKey("poll.id")))
    sa.Table("member", metadata, sa.Column("id", sa.Text, primary_key=True))
    assert hanging(dict(metadata.tables)) == {"event", "poll", "vote"}
