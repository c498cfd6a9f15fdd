"""Notes and coins: what a guest may hand over for an amount, and how to give change.

Sources:
    Each central bank's list of the notes and coins that are in circulation. A currency that is
    not listed has no quick notes; whatever is keyed in is taken all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

QUICK_MAX: Final = 4
"""Buttons beside *exact*."""
_FURTHER_DIGIT: Final = 9
"""A digit too many at an amount's end is so many times what is due as change."""


class Denominations(msgspec.Struct, frozen=True):
    """What a currency has in circulation, in minor units, ascending."""

    notes: tuple[int, ...]
    coins: tuple[int, ...]


class Piece(msgspec.Struct, frozen=True):
    """So many notes or coins of one value, in minor units."""

    value_minor: int
    count: int


_TABLE: Final = """
EUR 500 1000 2000 5000 10000 20000 | 1 2 5 10 20 50 100 200
USD 100 500 1000 2000 5000 10000 | 1 5 10 25
GBP 500 1000 2000 5000 | 1 2 5 10 20 50 100 200
CHF 1000 2000 5000 10000 20000 100000 | 5 10 20 50 100 200 500
JPY 1000 2000 5000 10000 | 1 5 10 50 100 500
SEK 2000 5000 10000 20000 50000 100000 | 100 200 500 1000
NOK 5000 10000 20000 50000 100000 | 100 500 1000 2000
DKK 5000 10000 20000 50000 | 50 100 200 500 1000 2000
ISK 500 1000 2000 5000 10000 | 1 5 10 50 100
PLN 1000 2000 5000 10000 20000 50000 | 1 2 5 10 20 50 100 200 500
CZK 10000 20000 50000 100000 200000 500000 | 100 200 500 1000 2000 5000
HUF 50000 100000 200000 500000 1000000 2000000 | 500 1000 2000 5000 10000 20000
RON 100 500 1000 2000 5000 10000 20000 50000 | 1 5 10 50
CAD 500 1000 2000 5000 10000 | 5 10 25 100 200
AUD 500 1000 2000 5000 10000 | 5 10 20 50 100 200
NZD 500 1000 2000 5000 10000 | 10 20 50 100 200
SGD 200 500 1000 5000 10000 | 5 10 20 50 100
HKD 1000 2000 5000 10000 50000 100000 | 10 20 50 100 200 500 1000
KRW 1000 5000 10000 50000 | 10 50 100 500
CNY 100 500 1000 2000 5000 10000 | 10 50 100
INR 1000 2000 5000 10000 20000 50000 | 50 100 200 500 1000 2000
THB 2000 5000 10000 50000 100000 | 25 50 100 200 500 1000
TRY 500 1000 2000 5000 10000 20000 | 5 10 25 50 100
ILS 2000 5000 10000 20000 | 10 50 100 200 500 1000
AED 500 1000 2000 5000 10000 20000 50000 100000 | 25 50 100
SAR 500 1000 5000 10000 20000 50000 | 5 10 25 50 100 200
ZAR 1000 2000 5000 10000 20000 | 10 20 50 100 200 500
BRL 200 500 1000 2000 5000 10000 20000 | 5 10 25 50 100
MXN 2000 5000 10000 20000 50000 100000 | 50 100 200 500 1000
CLP 1000 2000 5000 10000 20000 | 10 50 100 500
KWD 250 500 1000 5000 10000 20000 | 5 10 20 50 100
BHD 500 1000 5000 10000 20000 | 5 10 25 50 100
TND 5000 10000 20000 50000 | 50 100 200 500 1000 2000 5000
"""


def _read(table: str) -> dict[str, Denominations]:
    found: dict[str, Denominations] = {}
    for line in table.split("\n"):
        if line:
            notes, coins = line.split("|")
            currency, *values = notes.split()
            found[currency] = Denominations(
                tuple(map(int, values)), tuple(map(int, coins.split()))
            )
    return found


DENOMINATIONS: Final = _read(_TABLE)
"""By ISO 4217."""


def quick_notes(due_minor: int, currency: str) -> tuple[int, ...]:
    """Return what guests are likely to hand over for an amount besides the exact one.

    For each note the least whole number of it that covers the amount, as long as nobody would keep
    one of these notes in hand: 45.00 EUR are paid with 50 or 100, not with 60 of 20s.

    Args:
        due_minor: In minor units, rounded for cash.
        currency: ISO 4217.

    Returns:
        Ascending, `QUICK_MAX` at most; none for a currency whose notes are not known.
    """
    held = DENOMINATIONS.get(currency)
    if held is None or due_minor <= 0:
        return ()
    amounts = {-(-due_minor // note) * note for note in held.notes}
    likely = sorted(amount for amount in amounts if amount != due_minor)
    kept = [amount for amount in likely if _needs_all(amount, due_minor, held.notes)]
    return tuple(kept[:QUICK_MAX])


def _needs_all(amount: int, due_minor: int, notes: Sequence[int]) -> bool:
    """Tell whether the fewest notes for an amount are all needed to cover what is due."""
    pieces = _fewest(amount, notes)
    return bool(pieces) and amount - pieces[-1].value_minor < due_minor


def is_odd_change(change_minor: int, due_minor: int, currency: str) -> bool:
    """Tell whether guests hardly ever hand over so much that this goes back.

    So much as the largest note is: whoever has that back has handed over a note too many. Of a
    currency whose notes are not known, as much as a further digit makes: ten times what is due.

    Args:
        change_minor: In minor units.
        due_minor: In minor units, rounded for cash.
        currency: ISO 4217.
    """
    held = DENOMINATIONS.get(currency)
    return change_minor >= (_FURTHER_DIGIT * max(due_minor, 1) if held is None else held.notes[-1])


def give_change(change_minor: int, currency: str) -> tuple[Piece, ...]:
    """Return how to give an amount back with the fewest notes and coins, the largest first.

    Returns:
        Nothing where the currency is not known, or its coins do not make the amount.
    """
    held = DENOMINATIONS.get(currency)
    return () if held is None else tuple(_fewest(change_minor, (*held.notes, *held.coins)))


def _fewest(amount: int, values: Sequence[int]) -> list[Piece]:
    """Make an amount up of the largest values first; nothing if that leaves a rest.

    The largest first gives the fewest in every currency of the list.
    """
    pieces: list[Piece] = []
    for value in sorted(set(values), reverse=True):
        count, amount = divmod(amount, value)
        if count:
            pieces.append(Piece(value, count))
    return [] if amount else pieces
