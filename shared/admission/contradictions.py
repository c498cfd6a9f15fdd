"""What was done with one ticket that cannot all stand, over all that is known of it. Pure.

No clock is asked. A deed knew of another if that is proven: the ledger recorded it behind that
one, the feed had told its device, or its own journal has both. Generations say the rest.

Source:
    docs/decisions/0047-purposes.md
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations

import msgspec

from shared.admission.purpose import ENDING, REPLACING, Purpose


class Contradiction(StrEnum):
    """Kinds of pairs that cannot both stand; one conflict for each ticket and kind."""

    PAYOUT_AND_ENTRY = "payout_and_entry"
    PAID_OUT_TWICE = "paid_out_twice"
    PAYOUT_AND_HAND_OVER = "payout_and_hand_over"
    HANDED_OVER_TWICE = "handed_over_twice"
    ADMITTED_SUPERSEDED = "admitted_superseded"


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done with a ticket.

    Attributes:
        id: Its claim id.
        purpose: What for; `ADMISSION` for an entry that counts.
        generation: Of an admission, the credential's, or None where nobody wrote it down. Of a
            withdrawal, the one that it takes away.
        becomes: Of a replacing withdrawal, the generation that it makes.
        knew: The ids of those that it is proven to have known of.
    """

    id: str
    purpose: Purpose
    generation: int | None = None
    becomes: int | None = None
    knew: frozenset[str] = frozenset()


class Contradicted(msgspec.Struct, frozen=True):
    """The deeds of one kind of contradiction, in order of id."""

    kind: Contradiction
    sides: tuple[str, ...]


def find_contradictions(deeds: Sequence[Deed]) -> list[Contradicted]:
    """Name what cannot all stand; the order in which the deeds are given does not matter."""
    sides: dict[Contradiction, set[str]] = {}
    for one, other in combinations(deeds, 2):
        kind = contradiction_of(one, other)
        if kind is not None:
            sides.setdefault(kind, set()).update((one.id, other.id))
    return [Contradicted(kind, tuple(sorted(sides[kind]))) for kind in sorted(sides)]


def contradiction_of(one: Deed, other: Deed) -> Contradiction | None:
    """Say how two deeds contradict each other, in either order; None if both can stand."""
    entries = [deed for deed in (one, other) if deed.purpose is Purpose.ADMISSION]
    if len(entries) == 2:
        return None  # how often somebody may come in is another question
    if entries:
        return _against_entry(other if entries[0] is one else one, entries[0])
    if _follows(one, other) or _follows(other, one):
        return None
    ending = sum(deed.purpose in ENDING for deed in (one, other))
    return (
        Contradiction.HANDED_OVER_TWICE,
        Contradiction.PAYOUT_AND_HAND_OVER,
        Contradiction.PAID_OUT_TWICE,
    )[ending]


def _against_entry(withdrawal: Deed, entry: Deed) -> Contradiction | None:
    if entry.id in withdrawal.knew:
        return None  # a supervisor stood there
    if withdrawal.purpose in ENDING:
        return Contradiction.PAYOUT_AND_ENTRY
    if (entry.generation or 0) >= made_by(withdrawal):
        return None
    if entry.generation is None and withdrawal.id in entry.knew:
        return None  # whoever knew of the new credential let nobody in on the old one
    return Contradiction.ADMITTED_SUPERSEDED


def _follows(later: Deed, earlier: Deed) -> bool:
    """Whether a withdrawal takes away what another has made, or something newer."""
    return earlier.purpose in REPLACING and (later.generation or 0) >= made_by(earlier)


def made_by(replacing: Deed) -> int:
    """Return the generation of the credential that a withdrawal has made."""
    taken = replacing.generation or 0
    return max(taken + 1, replacing.becomes or 0)
