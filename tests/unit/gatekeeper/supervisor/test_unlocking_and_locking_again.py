"""A badge says who; the PIN proves it; wrong ones count before they are looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gatekeeper.supervisor.pin_tries import PIN_PAUSE, PIN_TRIES_MAX, PinLimits
from gatekeeper.supervisor.unlocking_and_locking_again import (
    RIGHTS_FOR,
    Badge,
    Duty,
    PinLock,
    find_badge,
)
from shared.credential.badges_and_pins import hash_badge, hash_pin
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Duration
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.pin_seal import open_pin
from tests.fakes.entropy import SeededEntropy

ORGANIZATION = OrganizationId("og_test")
BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
PIN = "483920"
JO = SupervisorConfig(
    id="sv_jo",
    name="Jo",
    pin_hash=hash_pin(PIN, SeededEntropy("jo")),
    badge_hash=hash_badge(BADGE, ORGANIZATION),
)
NOW = 7_000_000_000


def open_plain(one: SupervisorConfig) -> str:
    """Open the PIN of somebody whose badge the organizer chose."""
    return open_pin(one, b"")


async def run_at_once(check: Callable[[], bool]) -> bool:
    return check()


def test_a_badge_is_found_and_anything_else_is_not() -> None:
    """A ticket, a neighbour's badge and an event without supervisors unlock nothing."""
    assert find_badge(BADGE, [JO], ORGANIZATION) == Badge("sv_jo", "Jo")
    assert find_badge(BADGE, [JO], OrganizationId("og_other")) is None
    assert find_badge("12345678901234567890", [JO], ORGANIZATION) is None
    assert find_badge(BADGE, [], ORGANIZATION) is None


async def test_the_right_pin_unlocks_and_wrong_ones_are_counted() -> None:
    """A mistyped PIN says how many tries are left; the right one ends the count."""
    kept: list[PinLimits] = []
    lock = PinLock(PinLimits(), kept.append, run_at_once)
    wrong = await lock.unlock("sv_jo", "111222", [JO], Duration(NOW), open_plain)
    assert (wrong.is_right, wrong.tries_left, wrong.wait) == (False, PIN_TRIES_MAX - 1, 0)
    right = await lock.unlock("sv_jo", PIN, [JO], Duration(NOW), open_plain)
    assert right.is_right
    assert kept[-1] == PinLimits()


async def test_after_five_wrong_ones_even_the_right_pin_waits() -> None:
    """A pause is a pause for everybody at this device."""
    lock = PinLock(PinLimits(), lambda _: None, run_at_once)
    for number in range(PIN_TRIES_MAX - 1):
        assert (
            await lock.unlock("sv_jo", f"11122{number}", [JO], Duration(NOW), open_plain)
        ).wait == 0
    assert (
        await lock.unlock("sv_jo", "111229", [JO], Duration(NOW), open_plain)
    ).wait == PIN_PAUSE
    assert not (
        await lock.unlock("sv_jo", PIN, [JO], Duration(NOW + PIN_PAUSE - 1), open_plain)
    ).is_right
    assert (await lock.unlock("sv_jo", PIN, [JO], Duration(NOW + PIN_PAUSE), open_plain)).is_right


async def test_who_was_taken_off_the_list_cannot_unlock() -> None:
    """A badge that was valid yesterday proves nothing today."""
    lock = PinLock(PinLimits(), lambda _: None, run_at_once)
    assert not (await lock.unlock("sv_jo", PIN, [], Duration(NOW), open_plain)).is_right


async def test_a_try_that_cannot_be_counted_is_not_made() -> None:
    """With a full disk the PIN is not looked at."""
    looked: list[bool] = []

    def refuse(_limits: PinLimits) -> None:
        message = "the disk is full"
        raise StoreFault(message)

    async def look(check: Callable[[], bool]) -> bool:
        looked.append(check())
        return looked[-1]

    with pytest.raises(StoreFault):
        await PinLock(PinLimits(), refuse, look).unlock(
            "sv_jo", PIN, [JO], Duration(NOW), open_plain
        )
    assert looked == []


def test_rights_end_after_a_minute_without_input() -> None:
    """Each touch lets them last a minute more."""
    duty = Duty.begin(Badge("sv_jo", "Jo"), Duration(0))
    assert duty.left(Duration(RIGHTS_FOR - 1)) == 1
    assert duty.left(RIGHTS_FOR) == 0
    assert duty.touched(Duration(RIGHTS_FOR - 1)).left(RIGHTS_FOR) == RIGHTS_FOR - 1
