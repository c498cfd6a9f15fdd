"""The fuzzer under `make soak`, a little of it: it finds nothing, and would find what is wrong."""

from __future__ import annotations

import pytest

from shared.kernel.errors import Malformed
from soak.fuzz.codes import code_targets
from soak.fuzz.mutate import Dice
from soak.fuzz.pictures import picture_targets
from soak.fuzz.running import Report, run_part, run_targets, sum_up
from soak.fuzz.target import Target


def test_hostile_inputs_are_neither_admitted_nor_a_fault() -> None:
    """Whatever strangers send to a gate, a server or a reader is answered calmly."""
    report = run_part("suite", 4_000, 0)
    assert [one for one in report.findings if " took " not in one] == []
    assert sum(report.inputs.values()) == 4_000


def test_spoilt_pictures_are_read_right_or_not_at_all() -> None:
    """No digit of a ticket is read wrongly, and no picture ends the reader."""
    report = Report({}, {}, [])
    run_targets("suite", picture_targets(), 30, report)
    assert [one for one in report.findings if " took " not in one] == []


@pytest.mark.parametrize(
    ("said", "finding"), [("admitted", "admitted"), ("", "KeyError"), ("slow", "took")]
)
def test_reader_that_admits_raises_or_takes_too_long_is_found(said: str, finding: str) -> None:
    """The fuzzer's own eyes are open."""

    def read(given: bytes) -> str:
        if said == "":
            raise KeyError(given)
        if said == "slow":
            sum(range(200_000))
            return ""
        return said

    target = Target(
        name="wrong", weight=1, draw=lambda dice: dice.draw_bytes(4), read=read, budget_ms=0.01
    )
    report = Report({}, {}, [])
    run_targets("seed", [target], 3, report)
    assert finding in report.findings[0]


def test_clear_error_is_no_finding_and_genuine_tickets_are_drawn() -> None:
    """A refusal is an answer; and a gate that admitted nobody would be found as well."""

    def refuse(_given: bytes) -> str:
        raise Malformed("no")

    target = Target(name="calm", weight=1, draw=lambda dice: dice.draw_bytes(1), read=refuse)
    report = Report({}, {}, [])
    run_targets("seed", [target], 3, report)
    assert report.findings == []
    texts, dice = code_targets()[0], Dice("genuine")
    drawn = [texts.draw(dice) for _ in range(2_000)]
    assert sum(len(text) == 200 and text.isdigit() for text in drawn) > 10
    assert [texts.read(text) for text in drawn if texts.read(text)] == []


def test_same_seed_draws_the_same_inputs() -> None:
    """A finding can be looked at again."""
    genuine = [b"one genuine input", b"another"]
    first, second = Dice("a"), Dice("a")
    spoilt = [first.spoil(genuine[0], genuine) for _ in range(50)]
    assert spoilt == [second.spoil(genuine[0], genuine) for _ in range(50)]
    whole = sum_up([Report({"x": 1}, {"x": 2.0}, ["a"]), Report({"x": 2}, {"x": 1.0}, ["b"])])
    assert whole == Report({"x": 3}, {"x": 2.0}, ["a", "b"])
