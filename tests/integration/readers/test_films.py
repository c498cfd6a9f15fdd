"""A phone that is moved through a camera's picture, at the limits of what must be read."""

from __future__ import annotations

import pytest

from gatekeeper.readers.decoding import LiveDecoder
from tests.factories.phone_film import film_phone
from tests.fakes.clock import ManualClock

FRAMES_MAX = 3


@pytest.mark.parametrize("seed", range(2))
def test_a_moving_phone_is_read_within_three_frames(seed: int) -> None:
    """Counted from the first frame that holds the whole code; no wrong text on the way."""
    code = f"{seed}" + "0123456789" * 19 + "012345678"
    decoder, harder = LiveDecoder(ManualClock()), LiveDecoder(ManualClock())
    whole = 0
    for frame in film_phone(code, seed):
        whole += frame.is_whole
        codes = decoder.first_pass(frame.picture) or harder.second_pass(frame.picture)
        assert {found.text for found in codes} <= {code}
        if codes:
            break
    assert whole <= FRAMES_MAX
