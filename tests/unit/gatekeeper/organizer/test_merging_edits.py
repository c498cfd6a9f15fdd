"""Two edits of one thing are joined field by field, and nothing is lost unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.organizer.merging_edits import (
    Fields,
    Whose,
    find_clashes,
    flatten,
    merge,
    unflatten,
)

BEFORE: Fields = {
    "name": "Hall",
    "capacity": 800,
    "rule": {"all": []},
    "policy": {"offline_policy": "open", "names_at_gates": False},
}
FIELDS: st.SearchStrategy[Fields] = st.fixed_dictionaries(
    {
        "name": st.sampled_from("abc"),
        "capacity": st.none() | st.integers(0, 2),
        "rule": st.none() | st.just({"all": []}),
        "policy": st.fixed_dictionaries({"a": st.booleans(), "b": st.booleans()}),
    }
)


def test_what_one_alone_changed_holds() -> None:
    """Their capacity and my name: both."""
    theirs = BEFORE | {"capacity": 900}
    mine = BEFORE | {"name": "Great hall"}

    assert merge(BEFORE, theirs, mine, {}) == BEFORE | {"capacity": 900, "name": "Great hall"}
    (clash,) = find_clashes(BEFORE, theirs, mine)
    assert (clash.path, clash.before, clash.theirs, clash.mine) == ("capacity", 800, 900, 800)
    assert not clash.is_both


def test_what_both_changed_is_named_first_and_is_the_choosers() -> None:
    """A field within a group is a field of its own; a rule is one field."""
    theirs = BEFORE | {"capacity": 900, "policy": BEFORE["policy"] | {"names_at_gates": True}}
    mine = BEFORE | {"capacity": 700, "rule": None}

    clashes = find_clashes(BEFORE, theirs, mine)

    assert [(one.path, one.is_both) for one in clashes] == [
        ("capacity", True),
        ("policy.names_at_gates", False),
    ]
    taken = merge(BEFORE, theirs, mine, {"capacity": Whose.THEIRS})
    assert taken == theirs | {"rule": None}
    kept = merge(BEFORE, theirs, mine, {"capacity": Whose.MINE})
    assert kept == theirs | {"rule": None, "capacity": 700}


@given(FIELDS, FIELDS, FIELDS)
def test_every_choice_is_one_of_both(before: Fields, theirs: Fields, mine: Fields) -> None:
    """All of theirs is theirs, all of mine is mine, whatever was changed."""
    paths = flatten(before)
    assert merge(before, theirs, mine, dict.fromkeys(paths, Whose.THEIRS)) == theirs
    assert merge(before, theirs, mine, dict.fromkeys(paths, Whose.MINE)) == mine
    assert merge(before, before, mine, {}) == mine
    assert merge(before, theirs, before, {}) == theirs
    assert unflatten(flatten(mine)) == mine
    changed = {one.path for one in find_clashes(before, theirs, mine)}
    assert changed == {path for path in paths if flatten(theirs)[path] != paths[path]}


@pytest.mark.parametrize("mine", [BEFORE, BEFORE | {"capacity": 900}])
def test_who_changed_nothing_or_the_same_is_asked_nothing(mine: Fields) -> None:
    """Theirs holds then."""
    theirs = BEFORE | {"capacity": 900}
    assert merge(BEFORE, theirs, mine, {}) == theirs
    assert not any(one.is_both for one in find_clashes(BEFORE, theirs, mine))
