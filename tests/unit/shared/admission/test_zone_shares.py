"""Shares of capacity: whatever happens in whatever order, a zone never holds more than it may."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.admission.zone_shares import (
    HeldShare,
    call_back,
    fair_share,
    grant_to,
    keep_of,
    owed_after,
    pool_of,
)
from shared.kernel.errors import BadInput
from tests.factories.strength import sized

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enter", "leave", "hear", "claim", "claim_out", "set_aside", "lost"]),
        st.integers(0, 3),
        st.integers(1, 4),
    ),
    max_size=120,
)


@settings(max_examples=sized(40, 150), deadline=None)
@given(st.integers(0, 30), STEPS)
def test_a_zone_never_overfills_whoever_is_heard_when(
    capacity: int, steps: list[tuple[str, int, int]]
) -> None:
    """Devices that the ledger hears of late, or never, together let in no more than it holds."""
    real, known = [HeldShare()] * 4, [HeldShare()] * 4
    counted = [0] * 4
    by_claim = 0
    unanswered = [0] * 4
    for what, device, persons in steps:
        own = real[device]
        if what == "enter" and persons <= own.left:
            real[device] = HeldShare(own.granted, own.returned, own.spent + persons)
        elif what == "leave" and sum(share.spent for share in real) + by_claim >= persons:
            real[device] = HeldShare(own.granted, own.returned, own.spent - persons)
        elif what == "hear":
            known[device], counted[device] = own, own.spent
            # Journals tell what became of grants whose answers were lost: charged, or released.
            by_claim -= unanswered[device]
            unanswered[device] = 0
            inside = sum(counted) + by_claim
            pool = pool_of(capacity, inside, known)
            fair = fair_share(capacity, max(0, inside), len(known))
            more = grant_to(own, fair, pool)
            keep = keep_of(own, fair, pool, len(known))
            back = 0 if keep is None else own.left - keep
            real[device] = HeldShare(own.granted + more, own.returned + back, own.spent)
            # The ledger knows what it grants; what is given back it hears of next time.
            known[device] = HeldShare(own.granted + more, own.returned, own.spent)
        elif what == "claim" and persons <= pool_of(capacity, sum(counted) + by_claim, known):
            by_claim += persons
        elif what == "claim_out" and by_claim - sum(unanswered) >= persons:
            by_claim -= persons
        elif what in {"set_aside", "lost"}:
            aside = min(persons, own.left, known[device].left)
            free = pool_of(capacity, sum(counted) + by_claim, known)
            if persons <= free + aside:
                charged = max(0, persons - free)
                by_claim += persons - charged
                counted[device] += charged
                known[device] = spend(known[device], charged)
                if what == "set_aside":
                    real[device] = spend(own, charged)
                else:
                    unanswered[device] += persons - charged
            if what == "lost" and persons <= own.left:
                real[device] = spend(own, persons)
        assert sum(share.spent for share in real) + by_claim - sum(unanswered) <= capacity


def spend(share: HeldShare, persons: int) -> HeldShare:
    """Charge persons to a share."""
    return HeldShare(share.granted, share.returned, share.spent + persons)


def test_much_that_is_free_is_shared_and_little_is_the_ledger_s() -> None:
    """Half of what is free goes to the devices; the last seats are given by claims alone."""
    assert fair_share(1000, 0, 4) == 125
    assert fair_share(1000, 995, 4) == 0
    assert grant_to(HeldShare(), 125, 1000) == 125
    assert grant_to(HeldShare(125, 0, 10), 125, 1000) == 0
    assert grant_to(HeldShare(125, 0, 100), 125, 7) == 3
    assert keep_of(HeldShare(125), 20, 100) == 20
    assert keep_of(HeldShare(30), 20, 100) is None
    assert keep_of(HeldShare(30), 20, 5) == 20
    assert keep_of(HeldShare(30), 20, 79, devices=4) is None
    assert keep_of(HeldShare(31), 20, 79, devices=4) == 20, "a group needs its places together"
    assert keep_of(HeldShare(40), 20, 80, devices=4) is None
    with pytest.raises(BadInput, match="at least one"):
        fair_share(10, 0, 0)


def test_who_is_enrolled_late_finds_something_too() -> None:
    """However many have gone away with their shares, the next device is granted a part."""
    shares: list[HeldShare] = []
    for count in range(1, 7):
        fair = fair_share(800, 0, count)
        shares.append(HeldShare(grant_to(HeldShare(), fair, pool_of(800, 0, shares))))
    assert [share.granted for share in shares] == [400, 200, 100, 50, 25, 12]


def test_what_is_left_is_never_more_than_was_granted() -> None:
    """Places that nobody was given do not exist, whatever an account says was let out."""
    assert HeldShare(0, 0, -3).left == 0
    assert HeldShare(5, 2, -3).left == 3
    assert HeldShare(2, 0, 5).left == 0


def test_an_entry_that_is_taken_back_takes_the_credit_of_its_exit_along() -> None:
    """In and out is nothing; the exit alone, its entry undone, is nothing either."""
    assert owed_after([1, -1]) == owed_after([-1]) == 0
    assert owed_after([-1, 1]) == 1
    assert owed_after([3, -1, -1]) == 1
    assert owed_after([1, -1, -1, 1]) == 1


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 30)), st.integers(1, 60))
def test_as_many_places_are_called_back_as_are_missing_and_from_who_holds_most(
    lefts: dict[int, int], missing: int
) -> None:
    """No device is asked for more than it has, and none for more than one that has more."""
    keeps = call_back(lefts, missing)
    if sum(lefts.values()) < missing:
        assert keeps == {}
        return
    back = {device: lefts[device] - keep for device, keep in keeps.items()}
    assert all(persons > 0 for persons in back.values())
    assert missing <= sum(back.values()) < missing + max(1, len(back))
    kept = [keeps.get(device, left) for device, left in lefts.items()]
    assert all(keep >= max(kept) - 1 for keep in keeps.values()), "all down to one level"
    assert all(keep >= 0 for keep in keeps.values())
