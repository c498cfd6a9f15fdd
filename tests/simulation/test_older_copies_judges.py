"""Judges of folders that are put back see each thing that is missing from one real evening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import pytest

from shared.kernel.instant import HOUR, Instant
from simulator.further_events.older_copies_of_folders import checks
from simulator.further_events.older_copies_of_folders.checks import (
    COPIES_CHECKS,
    FORKED,
    CopiesEvidence,
)
from simulator.judging.evidence import name_of
from simulator.judging.ledger_and_device_views import LedgerConflict
from simulator.kernel.dice import Dice
from simulator.nodes.server_image import prepared_image
from simulator.planted_bugs.older_copies_of_folders import of_older_copies
from simulator.run import run_world
from simulator.scenario import Scenario, draw_scenario
from tests.factories.migrated_files import copying_unless_whole

HOURS: Final = 0.05
CHECKS: Final = {name_of(check): check for check in COPIES_CHECKS}
SEED: Final = "1"
"""Its evening has uses and sales of one ticket twice, and a zone that is too small."""


def open_evening() -> Scenario:
    """Leave the server whole, whose forgetting excuses much; peers that greet would double it."""
    drawn = of_older_copies(draw_scenario(Dice(SEED).stream("scenario"), HOURS))
    return msgspec.structs.replace(drawn, has_restore=False, hello_every=None)


@pytest.fixture(scope="module")
def evidence() -> CopiesEvidence:
    """Play the evening once, and keep what its judges were shown."""
    shown: list[CopiesEvidence] = []

    def keep(one: CopiesEvidence) -> Iterator[str]:
        shown.append(one)
        return iter(())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checks, "COPIES_CHECKS", (*COPIES_CHECKS, keep))
        with copying_unless_whole(), prepared_image() as image:
            result = run_world(image, SEED, HOURS, scenario=open_evening())
    assert [str(one.text) for one in result.violations] == []
    (found,) = shown
    return found


def conflicts(
    evidence: CopiesEvidence, change: Callable[[LedgerConflict], LedgerConflict | None]
) -> CopiesEvidence:
    """Say other conflicts, or none for some."""
    changed = [change(one) for one in evidence.ledger.conflicts]
    kept = [one for one in changed if one is not None]
    ledger = msgspec.structs.replace(evidence.ledger, conflicts=kept)
    return msgspec.structs.replace(evidence, ledger=ledger)


def without(kind: str) -> Callable[[CopiesEvidence], CopiesEvidence]:
    """Let one kind of conflict stay unsaid."""
    return lambda evidence: conflicts(evidence, lambda one: None if one.kind == kind else one)


def without_a_side(evidence: CopiesEvidence) -> CopiesEvidence:
    """Name double uses without one of the signed entries."""

    def change(one: LedgerConflict) -> LedgerConflict:
        if one.kind != "double_use":
            return one
        return msgspec.structs.replace(one, evidenced=frozenset(sorted(one.sides)[1:]))

    return conflicts(evidence, change)


def with_an_accusation(evidence: CopiesEvidence) -> CopiesEvidence:
    """Accuse of what nobody has done."""
    return conflicts(
        evidence,
        lambda one: msgspec.structs.replace(one, kind="paper") if one.kind == FORKED else one,
    )


def without_a_use(evidence: CopiesEvidence) -> CopiesEvidence:
    """Let the ledger have forgotten all passages."""
    ledger = msgspec.structs.replace(evidence.ledger, uses={})
    return msgspec.structs.replace(evidence, ledger=ledger)


def without_journals(evidence: CopiesEvidence) -> CopiesEvidence:
    """Let no folder hold anything."""
    return msgspec.structs.replace(
        evidence, lives=[msgspec.structs.replace(one, held=[]) for one in evidence.lives]
    )


def without_sales(evidence: CopiesEvidence) -> CopiesEvidence:
    """Let no folder hold a sale that was handed over."""
    return msgspec.structs.replace(evidence, held=[])


def with_another_entry(evidence: CopiesEvidence) -> CopiesEvidence:
    """Let somebody in once more, an hour later, by the folder that has let them in before."""
    first = next(one for one in evidence.seen if one.visit.is_entry)
    later = Instant(first.visit.began + HOUR)
    visit = msgspec.structs.replace(first.visit, began=later, ended=Instant(later + 1))
    again = msgspec.structs.replace(first, visit=visit)
    return msgspec.structs.replace(evidence, seen=[*evidence.seen, again])


def with_the_first_turned_away(evidence: CopiesEvidence) -> CopiesEvidence:
    """Let the first who came be turned away, and nobody else have come."""
    first = next(one for one in evidence.seen if one.visit.is_entry)
    assert first.visit.answer is not None
    answer = msgspec.structs.replace(first.visit.answer, verdict="deny", reason="already_used")
    visit = msgspec.structs.replace(first.visit, answer=answer, is_in_reach=True)
    alone = msgspec.structs.replace(first, visit=visit)
    return msgspec.structs.replace(without_a_use(evidence), seen=[alone])


def with_more_room(evidence: CopiesEvidence) -> CopiesEvidence:
    """Have room for all who came, where it is said that there was none."""
    return msgspec.structs.replace(evidence, room=10_000)


def with_nothing_booked(evidence: CopiesEvidence) -> CopiesEvidence:
    """Let no sale be in the books."""
    return msgspec.structs.replace(evidence, booked={})


def without_the_screen(evidence: CopiesEvidence) -> CopiesEvidence:
    """Let no device say that its folder was put back."""
    return msgspec.structs.replace(
        evidence, lives=[msgspec.structs.replace(one, trouble="") for one in evidence.lives]
    )


FAULTS: Final = [
    ("durable", without_journals),
    ("durable", without_sales),
    ("kept", without_a_use),
    ("named", without(FORKED)),
    ("named", without_the_screen),
    ("doubles", without("double_use")),
    ("doubles", without_a_side),
    ("room", with_more_room),
    ("room", without("over_capacity")),
    ("good", with_the_first_turned_away),
    ("accused", with_an_accusation),
    ("once", with_another_entry),
    ("money", with_nothing_booked),
    ("money", without("sold_twice")),
]


def test_the_evening_has_what_is_taken_away(evidence: CopiesEvidence) -> None:
    """Else a judge that says nothing would have nothing to say."""
    kinds = {one.kind for one in evidence.ledger.conflicts}
    assert kinds >= {FORKED, "double_use", "sold_twice", "over_capacity"}
    assert {name for name, _ in FAULTS} == CHECKS.keys()


@pytest.mark.parametrize(
    ("name", "spoil"), FAULTS, ids=[f"{name}-{number}" for number, (name, _) in enumerate(FAULTS)]
)
def test_a_judge_sees_what_is_missing(
    evidence: CopiesEvidence,
    name: str,
    spoil: Callable[[CopiesEvidence], CopiesEvidence],
) -> None:
    """And says nothing of the evening as it was."""
    assert list(CHECKS[name](evidence)) == []
    assert list(CHECKS[name](spoil(evidence))) != []
