"""The board's line about the server's copies: each way in which nobody could take over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gatekeeper.organizer.before_doors.doors_ready_judging import COPY_OLD_AFTER_S
from gatekeeper.organizer.before_doors.doors_ready_lines import Light
from gatekeeper.organizer.own_server_copies import judge_copies
from shared.kernel.instant import Instant
from shared.wire.server_copies import CopyFault, CopyState

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def at(moment: datetime) -> Instant:
    return Instant(int(moment.timestamp() * 1_000_000))


def good(
    age: timedelta = timedelta(seconds=40),
    *,
    fault: CopyFault = CopyFault.NONE,
    is_same_disk: bool = False,
) -> CopyState:
    return CopyState(
        folder="/media/stick", good_at=at(NOW - age), fault=fault, is_same_disk=is_same_disk
    )


@pytest.mark.parametrize(
    ("state", "has_sheet", "light", "word"),
    [
        (good(), True, Light.GREEN, "good"),
        (CopyState(), True, Light.AMBER, "nowhere"),
        (CopyState(folder="/media/stick"), True, Light.RED, "never"),
        (good(timedelta(seconds=COPY_OLD_AFTER_S + 1)), True, Light.RED, "old"),
        (good(fault=CopyFault.GONE), True, Light.RED, "gone"),
        (good(fault=CopyFault.FULL), True, Light.RED, "full"),
        (good(fault=CopyFault.FAILED), True, Light.RED, "failed"),
        (good(), False, Light.AMBER, "no_sheet"),
        (good(is_same_disk=True), True, Light.AMBER, "same_disk"),
    ],
)
def test_copies_turn_the_board_for_each_cause(
    state: CopyState, *, has_sheet: bool, light: Light, word: str
) -> None:
    """Only a new copy, elsewhere, with its paper, is green."""
    line = judge_copies(state, NOW, has_sheet=has_sheet)

    assert (line.light, line.state) == (light, word)
