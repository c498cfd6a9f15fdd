"""All interleavings of claims among up to three gates: nobody is let in twice.

The model runs the real `ClaimBook`. What is spoilt on purpose is found, so the model has teeth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration
from shared.lan.claim_book import ClaimBook, OwnClaim
from shared.lan.claim_order import precedes
from shared.lan.claims import Claim, Hold, HoldState, Judge, judge_single_entry
from tests.unit.shared.lan.model import Plan, World, explore, persons_admitted

AB = {"a": ("A", 1), "b": ("B", 1)}
BA = {"b": ("A", 1), "a": ("B", 1)}
PAIR = {"A": frozenset("B"), "B": frozenset("A")}
ONE_WAY = {"A": frozenset("B"), "B": frozenset[str]()}
CHAIN = {"A": frozenset("B"), "B": frozenset("C"), "C": frozenset[str]()}
TRIANGLE = {"A": frozenset("BC"), "B": frozenset("AC"), "C": frozenset("AB")}
WITNESS = {"A": frozenset("C"), "B": frozenset("C"), "C": frozenset("AB")}
GROUPS = {"a": ("A", 2), "b": ("B", 2), "c": ("C", 2)}


def too_many_by_lan(world: World) -> bool:
    """More persons were let in with the peers' word than the ticket allows."""
    return persons_admitted(world, "lan") > world.plan.allowance


def too_many_beside_lan(world: World) -> bool:
    """Somebody was let in with the peers' word, and in all more than the ticket allows."""
    return (
        persons_admitted(world, "lan", "alone") > world.plan.allowance
        and "lan" in world.status.values()
    )


@pytest.mark.parametrize(
    ("plan", "states"),
    [
        pytest.param(Plan(AB, PAIR, crashes=2, repeats=True), 20_000, id="two-two_crashes"),
        pytest.param(
            Plan(AB, PAIR, crashes=1, repeats=True, holds_first=True), 20_000, id="two-bound_first"
        ),
        pytest.param(Plan(AB, TRIANGLE), 30_000, id="three"),
        pytest.param(Plan(AB, TRIANGLE, crashes=1, has_news=False), 19_000, id="three-crash"),
        pytest.param(Plan(AB, CHAIN, crashes=1, repeats=True), 3_000, id="asked_one_way"),
        pytest.param(Plan(BA, CHAIN, crashes=1, repeats=True), 3_000, id="asked_other_way"),
        pytest.param(
            Plan(AB, WITNESS, crashes=1, repeats=True, is_lenient=True), 5_000, id="witness"
        ),
    ],
)
def test_lan_never_admits_twice(plan: Plan, states: int) -> None:
    """Whatever is lost, late or repeated, and whoever crashes: once by `lan` is the most."""
    explored = explore(plan, too_many_by_lan)
    assert explored.trail == []
    assert explored.states > states, "the model must not shrink unnoticed"


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan(AB, PAIR, crashes=1, repeats=True, is_lenient=True), id="both_ask"),
        pytest.param(Plan(AB, ONE_WAY, crashes=1, repeats=True, is_lenient=True), id="one_asks"),
        pytest.param(
            Plan(AB, PAIR, repeats=True, is_lenient=True, holds_first=True), id="bound_first"
        ),
    ],
)
def test_gate_without_quorum_does_not_double_what_its_answer_allowed(plan: Plan) -> None:
    """A gate that answered stays bound on its own as well: `lan` excludes every other green."""
    assert explore(plan, too_many_beside_lan).trail == []


@pytest.mark.parametrize("asked", [PAIR, TRIANGLE], ids=["two", "three"])
def test_exactly_one_of_two_is_admitted_when_nothing_is_lost(
    asked: dict[str, frozenset[str]],
) -> None:
    """Ties are broken alike by both, so that the guest is not turned away at both gates."""
    explored = explore(Plan(AB, asked, deadlines=False), too_many_by_lan)
    assert explored.trail == []
    assert explored.ends == {("lan", "deny"), ("deny", "lan")}


@pytest.mark.parametrize("asked", [PAIR, TRIANGLE], ids=["two", "three"])
def test_exactly_one_of_two_is_admitted_that_had_waited_for_the_ledger(
    asked: dict[str, frozenset[str]],
) -> None:
    """Neither gate waits for the other one's end, each counting the other."""
    plan = Plan(AB, asked, deadlines=False, repeats=True, holds_first=True)
    explored = explore(plan, too_many_by_lan)
    assert explored.trail == []
    assert explored.ends == {("lan", "deny"), ("deny", "lan")}


def test_groups_never_exceed_the_allowance() -> None:
    """Three gates let in two persons each on a ticket for four: two of them do, never three."""
    explored = explore(Plan(GROUPS, TRIANGLE, 4, deadlines=False), too_many_by_lan)
    assert explored.trail == []
    assert {sum(word == "lan" for word in end) for end in explored.ends} == {2}


class _YieldsAlways(ClaimBook):
    """Leaves its claim out although it was decided without the asker's."""

    def _yields(self, own: OwnClaim, claim: Claim) -> bool:
        return precedes(claim, own.claim)


class _TrustsHearsay(ClaimBook):
    """Leaves its claim out because somebody else mentioned the asker's."""

    def _yields(self, own: OwnClaim, claim: Claim) -> bool:
        return claim.ref in own.counted or super()._yields(own, claim)


class _Forgets(ClaimBook):
    """Promises do not survive a restart."""

    def __init__(
        self,
        device_id: DeviceId,
        uses_of: Callable[..., list[Hold]],
        *,
        promises: Iterable[Claim] = (),
        orphans: Iterable[Claim] = (),
        clock: int = 0,
    ) -> None:
        super().__init__(device_id, uses_of, orphans=orphans, clock=clock)


class _IgnoresPromises(ClaimBook):
    """Begins claims without counting what it promised."""

    def open_claim(
        self,
        claim: Claim,
        asked: frozenset[str],
        deadline: int,
        judge: Judge = judge_single_entry,
    ) -> OwnClaim:
        own = super().open_claim(claim, asked, Duration(deadline), judge)
        own.counted.clear()
        return own


class _TellsUsesOnly(ClaimBook):
    """Does not tell of claims that are still open."""

    def answer(
        self, claim: Claim, known: frozenset[bytes], uses: Sequence[Hold] | None = None
    ) -> list[Hold]:
        return [h for h in super().answer(claim, known, uses) if h.state is HoldState.USED]


class _StampsBlindly(ClaimBook):
    """Orders claims by chance alone, not after those that it had heard of."""

    def promise(self, claim: Claim) -> bool:
        clock = self.clock
        is_new = super().promise(claim)
        self.clock = clock
        return is_new


@pytest.mark.parametrize(
    ("book", "plan"),
    [
        (_YieldsAlways, Plan(BA, CHAIN, crashes=1, repeats=True)),
        (_TrustsHearsay, Plan(AB, TRIANGLE)),
        (_Forgets, Plan(AB, CHAIN, crashes=1, repeats=True)),
        (_IgnoresPromises, Plan(AB, CHAIN, crashes=1, repeats=True)),
        (_TellsUsesOnly, Plan(AB, PAIR)),
        (_StampsBlindly, Plan(GROUPS, TRIANGLE, 4, has_news=False)),
    ],
)
def test_spoilt_book_is_found(book: type[ClaimBook], plan: Plan) -> None:
    """Each rule that is taken out lets somebody in twice, and the model shows how."""
    spoilt = Plan(
        plan.claims,
        plan.asked,
        plan.allowance,
        plan.crashes,
        plan.deadlines,
        plan.is_lenient,
        plan.repeats,
        plan.has_news,
        book,
    )
    assert explore(spoilt, too_many_by_lan).trail != []
