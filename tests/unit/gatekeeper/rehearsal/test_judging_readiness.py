"""Ready, or not ready because."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.rehearsal.judging_readiness import Played, RehearsedDevice, judge_rehearsal
from shared.kernel.instant import HOUR, MILLISECOND, SECOND, Instant

PLAYED = Played(
    at=Instant(0),
    gate="North",
    times_ms=tuple([2.0] * 99 + [12.0]),
    took=SECOND,
    cut_ms=260.0,
    budget_ms=250,
    repeats=(5, 5),
    forged=(3, 3),
    wrong=0,
)
FINE = RehearsedDevice(
    is_online=True,
    knowledge_age=SECOND,
    tickets=1204,
    clock_error=20 * MILLISECOND,
    free_bytes=48_000_000_000,
    supervisors=2,
)


def test_a_device_in_order_is_ready() -> None:
    """Every line is fine, and the figures are those of the queue."""
    report = judge_rehearsal(PLAYED, FINE)
    assert report.is_ready
    assert report.objections == ()
    assert PLAYED.per_minute == 6000
    assert PLAYED.quantile_ms(0.5) == 2.0
    assert PLAYED.quantile_ms(0.99) == 12.0


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"is_online": False}, "server"),
        ({"knowledge_age": HOUR}, "data"),
        ({"knowledge_age": None}, "data"),
        ({"tickets": 0}, "data"),
        ({"clock_error": None}, "clock"),
        ({"clock_error": 3 * SECOND}, "clock"),
        ({"free_bytes": 1}, "disk"),
        ({"readers": "the scanner is gone"}, "readers"),
        ({"camera": CameraState.GONE}, "readers"),
        ({"is_audible": False}, "sound"),
        ({"battery": 11}, "power"),
        ({"supervisors": 0}, "supervisors"),
        ({"problem": "the journal is damaged"}, "gate"),
    ],
)
def test_each_thing_that_is_wrong_is_named(change: dict[str, object], key: str) -> None:
    """One fault of the device is one objection."""
    around = msgspec.structs.replace(FINE, **change)
    assert judge_rehearsal(PLAYED, around).objections == (key,)


def test_gate_that_is_to_be_silent_may_be() -> None:
    """A supervisor set its volume to nothing: no loudspeaker is missed."""
    around = msgspec.structs.replace(FINE, is_audible=False, is_silenced=True)
    assert judge_rehearsal(PLAYED, around).objections == ()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"wrong": 1}, "answers"),
        ({"times_ms": (80.0,) * 100}, "speed"),
        ({"cut_ms": 900.0}, "cut"),
        ({"repeats": (5, 4)}, "repeats"),
        ({"forged": (3, 2)}, "forged"),
    ],
)
def test_each_thing_that_went_wrong_is_named(change: dict[str, object], key: str) -> None:
    """One fault of the queue is one objection."""
    played = msgspec.structs.replace(PLAYED, **change)
    assert judge_rehearsal(played, FINE).objections == (key,)
