"""The worker that looks harder outlives what a decoder stumbles over."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from gatekeeper.readers.qr_grid import Grey
from gatekeeper.readers.second_pass import SecondPass


def test_a_frame_that_breaks_a_decoder_is_passed_over() -> None:
    """The next one is looked at as if nothing had been."""
    bad, good = np.zeros((2, 2), np.uint8), np.ones((2, 2), np.uint8)
    broke, told = threading.Event(), threading.Event()

    def look(frame: Grey) -> Sequence[str]:
        if not frame.any():
            broke.set()
            raise RuntimeError("a fault of the program")
        return ["read"]

    second = SecondPass(look, lambda _: told.set())
    try:
        assert second.offer(bad)
        assert broke.wait(5)
        while not second.offer(good):
            pass
        assert told.wait(5)
    finally:
        second.close()
