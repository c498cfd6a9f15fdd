"""The order of claims, and how known uses are named."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.id_types import ClaimId, DeviceId, GateId, OccurrenceId, TicketId, ZoneId
from shared.lan.claim_order import precedes
from shared.lan.claims import (
    KNOWN_MAX,
    KNOWN_SIZE,
    Claim,
    ClaimKey,
    Hold,
    HoldState,
    hash_use,
    hold_of,
    judge_single_entry,
    list_known,
    split_known,
)
from tests.unit.shared.lan.venue import right


def make_claim(
    claim_id: ClaimId = ClaimId("c"), device_id: DeviceId = DeviceId("dv_1"), stamp: int = 1
) -> Claim:
    """Return a claim for one person."""
    return Claim(
        claim_id=claim_id,
        key=right(TicketId(1)),
        device_id=device_id,
        gate_id=GateId("gt_1"),
        count=1,
        at=10,
        stamp=stamp,
    )


def make_use(number: int, direction: str = "in") -> Hold:
    """Return a use."""
    return Hold(
        device_id=DeviceId("dv_1"),
        claim_id=ClaimId(f"c{number}"),
        gate_id=GateId("gt_1"),
        count=1,
        at=number,
        state=HoldState.USED,
        direction=direction,
    )


claims = st.builds(
    make_claim, st.sampled_from("abcdef"), st.sampled_from(["dv_1", "dv_2"]), st.integers(0, 3)
)


@given(st.lists(claims, min_size=3, max_size=3, unique=True))
def test_order_of_claims_is_total(three: list[Claim]) -> None:
    """Of two claims exactly one goes first, and there are no circles."""
    for first, second in itertools.permutations(three, 2):
        assert precedes(first, second) is not precedes(second, first)
    for a, b, c in itertools.permutations(three):
        assert not (precedes(a, b) and precedes(b, c) and precedes(c, a))


def test_claim_made_in_knowledge_of_another_goes_after_it() -> None:
    """The stamp decides before chance does."""
    for claim_id in "abcdefgh":
        assert precedes(make_claim(ClaimId("x"), stamp=1), make_claim(ClaimId(claim_id), stamp=2))


def test_known_uses_come_back_as_they_were_listed() -> None:
    """What an asker says that it knows, the answerer recognizes; a torn end is left out."""
    uses = [make_use(number) for number in range(3)]
    known = list_known(uses)
    assert split_known(known) == {hash_use(use) for use in uses}
    assert split_known(known[:-1]) == {hash_use(use) for use in uses[:2]}
    assert split_known(b"") == frozenset()


def test_newest_uses_are_listed_when_there_are_too_many() -> None:
    """The list has a bound, and the oldest are the ones that everybody knows anyway."""
    uses = [make_use(number) for number in range(KNOWN_MAX + 5)]
    known = list_known(uses)
    assert len(known) == KNOWN_MAX * KNOWN_SIZE
    assert hash_use(uses[-1]) in split_known(known)
    assert hash_use(uses[0]) not in split_known(known)


def test_single_entry_is_forbidden_by_any_way_in_and_by_no_way_out() -> None:
    """The judge for tickets of one entry counts ways in, open or used."""
    assert judge_single_entry([])
    assert judge_single_entry([make_use(1, "out")])
    assert not judge_single_entry([make_use(1, "out"), hold_of(make_claim())])


def test_refs_name_device_and_claim() -> None:
    """A device cannot speak of another's claim by the same id."""
    assert (
        make_claim(ClaimId("c"), DeviceId("dv_1")).ref
        == hold_of(make_claim(ClaimId("c"), DeviceId("dv_1"))).ref
    )
    assert (
        make_claim(ClaimId("c"), DeviceId("dv_1")).ref
        != make_claim(ClaimId("c"), DeviceId("dv_2")).ref
    )


def test_right_is_named_by_ticket_and_zone_whatever_occurrence_a_gate_knows() -> None:
    """A gate that has not heard of a sale knows another occurrence of the same right, or none."""
    known, unknown = ClaimKey(1, ZoneId("zn_1"), OccurrenceId("oc_1")), ClaimKey(1, ZoneId("zn_1"))
    assert known == unknown
    assert {known: 1}[unknown] == 1
    assert known != ClaimKey(2, ZoneId("zn_1"), OccurrenceId("oc_1"))
    assert known != ClaimKey(1, ZoneId("zn_2"), OccurrenceId("oc_1"))
    assert known != (1, "zn_1", "oc_1")
