"""Which deeds on one ticket cannot all stand: all pairs of purposes, and any history of them."""

from __future__ import annotations

from itertools import permutations, product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission.contradictions import (
    Contradiction,
    Deed,
    contradiction_of,
    find_contradictions,
    made_by,
)
from shared.admission.purpose import ENDING, REPLACING, WITHDRAWING, Purpose

PURPOSES = sorted(Purpose)


def deed(purpose: Purpose, name: str, generation: int = 1, *knew: str) -> Deed:
    becomes = generation + 1 if purpose in REPLACING else None
    return Deed(
        id=name, purpose=purpose, generation=generation, becomes=becomes, knew=frozenset(knew)
    )


def expected(one: Purpose, other: Purpose) -> Contradiction | None:
    """Say the table of the issue, for two that were cut off from each other."""
    pair = {one, other}
    if pair == {Purpose.ADMISSION}:
        return None
    if Purpose.ADMISSION in pair:
        other_one = (pair - {Purpose.ADMISSION}).pop()
        is_ending = other_one in ENDING
        return Contradiction.PAYOUT_AND_ENTRY if is_ending else Contradiction.ADMITTED_SUPERSEDED
    if pair <= ENDING:
        return Contradiction.PAID_OUT_TWICE
    if pair <= REPLACING:
        return Contradiction.HANDED_OVER_TWICE
    return Contradiction.PAYOUT_AND_HAND_OVER


@pytest.mark.parametrize(("one", "other"), list(product(PURPOSES, PURPOSES)))
def test_two_cut_off_from_each_other_contradict_as_the_table_says(
    one: Purpose, other: Purpose
) -> None:
    """Every pair of purposes on one ticket, in both orders: one kind of conflict, or none."""
    first, second = deed(one, "a"), deed(other, "b")
    assert contradiction_of(first, second) == expected(one, other)
    assert contradiction_of(second, first) == expected(one, other)


@pytest.mark.parametrize("purpose", sorted(REPLACING))
def test_an_entry_with_the_newest_credential_contradicts_nothing(purpose: Purpose) -> None:
    """Hand-over, transfer and reprint leave the admission unused."""
    entry = deed(Purpose.ADMISSION, "e", 2)
    assert find_contradictions([deed(purpose, "w"), entry]) == []


@pytest.mark.parametrize(("one", "other"), list(product(sorted(REPLACING), sorted(WITHDRAWING))))
def test_what_takes_the_newest_credential_follows_what_made_it(
    one: Purpose, other: Purpose
) -> None:
    """A ticket that was picked up may be transferred, printed again or refunded after that."""
    assert find_contradictions([deed(one, "a", 1), deed(other, "b", 2)]) == []


@pytest.mark.parametrize("purpose", sorted(WITHDRAWING))
def test_a_withdrawal_that_knew_of_the_entry_stands_beside_it(purpose: Purpose) -> None:
    """A used ticket is refunded or printed again by a supervisor who was told that it was used."""
    entry = deed(Purpose.ADMISSION, "e")
    assert find_contradictions([entry, deed(purpose, "w", 1, "e")]) == []


def test_an_entry_after_a_payout_contradicts_it_whatever_its_gate_knew() -> None:
    """Whoever was paid out has no right that a gate's knowledge could give back."""
    entry = msgspec.structs.replace(deed(Purpose.ADMISSION, "e", 9), knew=frozenset({"w"}))
    found = find_contradictions([deed(Purpose.REFUND, "w"), entry])
    assert [one.kind for one in found] == [Contradiction.PAYOUT_AND_ENTRY]


def test_a_code_of_no_generation_is_the_older_one_unless_its_gate_knew_better() -> None:
    """A manual code says no generation; a gate that was told of the new one denies the old."""
    reprint = deed(Purpose.REPRINT, "w")
    entry = Deed(id="e", purpose=Purpose.ADMISSION)
    assert [one.kind for one in find_contradictions([reprint, entry])] == [
        Contradiction.ADMITTED_SUPERSEDED
    ]
    told = msgspec.structs.replace(entry, knew=frozenset({"w"}))
    assert find_contradictions([reprint, told]) == []


DEEDS = st.lists(
    st.builds(
        lambda purpose, generation, known: (purpose, generation, known),
        st.sampled_from(PURPOSES),
        st.integers(0, 3),
        st.sets(st.integers(0, 4)),
    ),
    max_size=5,
)


def named(drawn: list[tuple[Purpose, int, set[int]]]) -> list[Deed]:
    return [
        deed(purpose, str(n), generation, *(str(one) for one in known if one < n))
        for n, (purpose, generation, known) in enumerate(drawn)
    ]


@given(DEEDS)
def test_the_order_of_arrival_does_not_matter(drawn: list[tuple[Purpose, int, set[int]]]) -> None:
    """Journals come in any order, and the same conflicts are found at the end."""
    deeds = named(drawn)
    found = find_contradictions(deeds)
    for order in list(permutations(deeds))[:24]:
        assert find_contradictions(order) == found


@given(DEEDS)
def test_each_kind_is_named_once_with_every_side(
    drawn: list[tuple[Purpose, int, set[int]]],
) -> None:
    """One conflict for each ticket and kind, and nobody is a side without a counterpart."""
    deeds = named(drawn)
    by_id = {one.id: one for one in deeds}
    found = find_contradictions(deeds)
    assert len({one.kind for one in found}) == len(found)
    for contradicted in found:
        for side in contradicted.sides:
            others = [by_id[one] for one in contradicted.sides if one != side]
            assert any(contradiction_of(by_id[side], o) == contradicted.kind for o in others)


@given(st.lists(st.sampled_from(PURPOSES), max_size=8), st.data())
def test_what_one_ledger_grants_one_after_the_other_never_contradicts(
    wanted: list[Purpose], data: st.DataObject
) -> None:
    """Connected, none is possible: each is granted by what the ledger knows of those before."""
    generation, is_ended, done = 1, False, list[Deed]()
    for number, purpose in enumerate(wanted):
        shown = data.draw(st.integers(1, generation))
        if is_ended or shown < generation:
            continue  # the ledger refuses
        one = deed(purpose, str(number), generation, *(past.id for past in done))
        is_ended = purpose in ENDING
        generation = made_by(one) if purpose in REPLACING else generation
        done.append(one)
    assert find_contradictions(done) == []
