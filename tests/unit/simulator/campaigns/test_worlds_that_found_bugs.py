"""Worlds that once found a bug of ours."""

from __future__ import annotations

import msgspec

from simulator.campaigns.worlds_that_found_bugs import list_kept, scenario_of


def test_worlds_that_found_a_bug_of_ours_are_kept() -> None:
    """The file can be read, says what each had found, and changes the worlds as it says."""
    kept = list_kept()
    assert len(kept) >= 9
    assert all(one.found for one in kept)
    restored = next(one for one in kept if one.restore)
    assert scenario_of(restored).has_restore
    assert scenario_of(restored).hello_every is None
    drawn = msgspec.structs.replace(restored, restore=False)
    assert scenario_of(drawn) == msgspec.structs.replace(
        scenario_of(restored), has_restore=scenario_of(drawn).has_restore
    )
