"""What a column says of people: declared beside the column, so that erasing a person finds it.

A test walks every column that could hold a word (`tests/unit/server/db/test_personal_columns.py`):
each is declared here, or known to say nothing of a guest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import MetaData, Table

_MARK: Final = "personal"
_OWN: Final = "own words"
_ENDED: Final = "ended by"

TILL_KEYS: Final = "till:"
"""Begins the keys under which tills' sales and payments are booked; no client's own key may."""
PAYOUT_KEYS: Final = f"{TILL_KEYS}payout:"
"""Begins the keys under which what tills pay out is booked."""
RUN_KEYS: Final = "cancelled:"
"""Begins the keys under which the money of a cancelled event goes back."""


class Personal(StrEnum):
    """How a guest's data leaves a column.

    Attributes:
        ROW: The row is about a person; the room that has it forgets the row or its names.
        WORDS: Somebody has typed it: a person's names are cut out wherever they stand.
        KEY: A caller's own key: one that holds a person's words is changed for a drawn one.
        STAFF: It names who works for the organization, and ends with their access.
    """

    ROW = "row"
    WORDS = "words"
    KEY = "key"
    STAFF = "staff"


def holds(what: Personal) -> dict[Any, Any]:
    """Declare a column: give it as the column's `info`."""
    return {_MARK: what}


def holds_behind(what: Personal, *own: str) -> dict[Any, Any]:
    """Declare a column of which some texts begin with a word of the program's own.

    That word is nobody's name, also where somebody is called so: people are called Till.

    Args:
        what: What stands there besides.
        own: The beginnings, the longest first.
    """
    return {_MARK: what, _OWN: own}


def holds_once_ended(what: Personal, by: str) -> dict[Any, Any]:
    """Declare a column that is the organizer's to change, until its row has ended.

    Args:
        what: What it holds from then on.
        by: The column that says so by not being null.
    """
    return {_MARK: what, _ENDED: by}


OF_A_PERSON: Final = holds(Personal.ROW)
TYPED: Final = holds(Personal.WORDS)
CALLERS_KEY: Final = holds_behind(Personal.KEY, PAYOUT_KEYS, TILL_KEYS, RUN_KEYS)
OF_STAFF: Final = holds(Personal.STAFF)


def declared(metadata: MetaData, what: Personal) -> Iterator[tuple[Table, str]]:
    """Yield each table and column that was declared so."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.info.get(_MARK) is what:
                yield table, column.name


def own_words(info: Mapping[str, Any]) -> tuple[str, ...]:
    """Return with what texts of a column begin that are the program's own."""
    return tuple(info.get(_OWN, ()))


def ended_by(info: Mapping[str, Any]) -> str:
    """Return the column that says which rows have ended, where others stay; "" for none."""
    return str(info.get(_ENDED, ""))
