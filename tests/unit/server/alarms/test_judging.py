"""When an alarm stands."""

from __future__ import annotations

import pytest

from server.alarms.alarm_thresholds import Limits
from server.alarms.judging import (
    AlarmKind,
    GateScans,
    Measured,
    Silence,
    ZoneFill,
    judge,
)
from shared.kernel.id_types import ZoneId

NONE = Limits(
    double_uses=0,
    denials_percent=0,
    forged_codes=0,
    silent_minutes=0,
    zone_percent=0,
    overrides_percent=0,
)


def gate(**scans: int) -> Measured:
    return Measured(scans=[GateScans(gate_id="gt_1", **scans)])


@pytest.mark.parametrize(
    ("measured", "kinds"),
    [
        (Measured(), []),
        (Measured(double_uses=1), [AlarmKind.DOUBLE_USE]),
        (gate(admitted=60, denied=20), [AlarmKind.MANY_DENIALS]),
        (gate(admitted=61, denied=20), []),
        (gate(admitted=0, denied=19), []),
        (gate(admitted=999, denied=5, forged=5), [AlarmKind.FORGED_CODES]),
        (gate(denied=4, forged=4), []),
        (gate(entered=100, overrides=5), [AlarmKind.MANY_OVERRIDES]),
        (gate(entered=101, overrides=5), []),
        (gate(entered=4, overrides=4), []),
        (Measured(silences=[Silence("gt_1", 5)]), [AlarmKind.GATE_SILENT]),
        (Measured(silences=[Silence("gt_1", 4)]), []),
        (Measured(zones=[ZoneFill("zn_1", 90, 100)]), [AlarmKind.ZONE_NEARLY_FULL]),
        (Measured(zones=[ZoneFill("zn_1", 89, 100)]), []),
        (Measured(evacuated=[ZoneId("zn_1")]), [AlarmKind.EVACUATION]),
    ],
)
def test_an_alarm_stands_from_its_limit_on(measured: Measured, kinds: list[AlarmKind]) -> None:
    """By the limits that an event has if nobody says others."""
    assert [one.kind for one in judge(measured, Limits())] == kinds


def test_a_limit_of_nought_raises_nothing() -> None:
    """Whatever is measured."""
    worst = Measured(
        double_uses=9,
        scans=[GateScans(gate_id="g", denied=99, forged=99, entered=9, overrides=9)],
        silences=[Silence("g", 99)],
        zones=[ZoneFill("z", 9, 9)],
    )
    assert judge(worst, NONE) == []
    assert len(judge(worst, Limits())) == 6


def test_an_alarm_says_what_was_measured_and_where() -> None:
    """The figures that a person is told."""
    (found,) = judge(Measured(zones=[ZoneFill("zn_1", 95, 100)]), Limits())
    assert (found.subject, found.count, found.out_of) == ("zn_1", 95, 100)
