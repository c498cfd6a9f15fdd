"""Rendered gate scenes: the cascade reads what plain zxing-cpp cannot, and never wrongly."""

from __future__ import annotations

import itertools
import os

import cv2
import numpy as np
import pytest
import zxingcpp

from gatekeeper.readers.decoding import CAMERA_LOOK_MAX, LiveDecoder, decode_thoroughly
from gatekeeper.this_machine import EffortClock
from shared.kernel.instant import MILLISECOND, Duration, Instant
from tests.factories.strength import sized
from tests.fakes.clock import ManualClock
from tests.integration.readers import gate_scenes
from tests.integration.readers.gate_scenes import Grey

_COUNT = int(os.environ.get("GATEKEEPER_SCENES", sized("8", "48")))  # 8 are one of each kind
_SEEDS = range(70_000, 70_000 + _COUNT)  # not among those that the cascade was made on


class _TickingClock:
    """A clock that moves on by a fixed step whenever it is read."""

    def __init__(self, step: Duration) -> None:
        self.step = step
        self.now: Duration = Duration(0)

    def wall(self) -> Instant:
        return Instant(self.now)

    def monotonic(self) -> Duration:
        self.now += self.step
        return self.now


def _plainly(frame: Grey) -> set[str]:
    found = zxingcpp.read_barcodes(frame, formats=zxingcpp.BarcodeFormats(zxingcpp.QRCode))
    return {one.text for one in found}


def test_cascade_reads_most_scenes_that_a_plain_decoder_misses() -> None:
    """At least half of the misses are read, nothing that was read is lost, no text is wrong."""
    plain, read = 0, 0
    for seed in _SEEDS:
        scene = gate_scenes.render(seed)
        texts = [code.text for code in decode_thoroughly([scene.frame], EffortClock())]
        assert texts in ([], [scene.text]), (seed, scene.kind)
        is_plain = scene.text in _plainly(scene.frame)
        assert texts or not is_plain, (seed, scene.kind)
        plain += is_plain
        read += bool(texts)
    assert plain < len(_SEEDS) * 0.9, "the scenes are too easy to show anything"
    assert read - plain >= (len(_SEEDS) - plain) / 2, (plain, read)


def test_most_codes_under_a_light_that_flickers_are_read() -> None:
    """A dimmed phone and lamps that blink: each row of a camera has an exposure of its own."""
    seeds = range(70_006, 70_006 + 8 * sized(2, 12), 8)
    read = 0
    for seed in seeds:
        scene, dice = gate_scenes.render(seed), np.random.default_rng(seed)
        period, at = dice.uniform(16, 100), np.arange(gate_scenes.HEIGHT)[:, None]
        light = cv2.blur(np.where(at % period < period / 2, 1.0, 0.2), (1, 5))
        banded = np.asarray(scene.frame * light.reshape(-1, 1), dtype=np.uint8)
        decoder = LiveDecoder(ManualClock())
        codes = next(filter(None, (decoder.second_pass(banded) for _ in range(8))), [])
        assert {code.text for code in codes} <= {scene.text}
        read += bool(codes)
    assert read >= len(seeds) * 0.9


@pytest.mark.parametrize("seed", range(sized(2, 4)))
def test_moving_phone_is_read_within_three_frames(seed: int) -> None:
    """From the first frame in which the code is wholly in view, blurred by up to 1.5 modules."""
    text, frames = gate_scenes.passage(seed)
    decoder = LiveDecoder(ManualClock())
    texts: set[str] = set()
    wholly = 0
    for frame, is_whole in frames:
        codes = decoder.first_pass(frame) or decoder.second_pass(frame)
        texts |= {code.text for code in codes}
        wholly += is_whole
        if wholly == 3:
            break
    assert texts == {text}


def test_nothing_in_view_is_nothing_read() -> None:
    """Clutter, letters and edges hold no code, however hard one looks."""
    for seed in range(sized(1, 3)):
        frame = gate_scenes.empty_frame(seed)
        decoder = LiveDecoder(ManualClock(), version=None)
        assert decoder.first_pass(frame) == []
        for _ in range(sized(2, 5)):
            assert decoder.second_pass(frame) == []


def test_second_pass_starts_nothing_that_it_cannot_finish_in_time() -> None:
    """Once its cost is known, an attempt that does not fit is left out; the answer is in time."""
    scene = next(
        scene
        for scene in map(gate_scenes.render, itertools.count(3, 8))
        if not _plainly(scene.frame)
    )
    clock = _TickingClock(20 * MILLISECOND)
    decoder = LiveDecoder(clock)
    for _ in range(4):
        decoder.second_pass(scene.frame)
    for _ in range(16):
        start = clock.now
        decoder.second_pass(scene.frame)
        # The last reading that finds no time left is a step of this clock too.
        assert clock.now - start <= CAMERA_LOOK_MAX + 6 * 20 * MILLISECOND


@pytest.mark.parametrize("seed", [168, 192])
def test_a_slower_machine_looks_as_hard_at_a_shaken_code(seed: int) -> None:
    """Where each attempt takes more than twice as long, a look is given the time that it needs."""
    scene = gate_scenes.render(seed)
    assert not _plainly(scene.frame)
    for step in (3 * MILLISECOND, 8 * MILLISECOND):
        decoder = LiveDecoder(_TickingClock(step))
        codes = next(filter(None, (decoder.second_pass(scene.frame) for _ in range(6))), [])
        assert [code.text for code in codes] == [scene.text], step


def test_attempt_that_was_slow_once_is_made_again() -> None:
    """A machine that was busy for a moment must not leave a look out for the whole evening."""
    empty = np.zeros((gate_scenes.HEIGHT, gate_scenes.WIDTH), dtype=np.uint8)
    scene = next(
        scene
        for scene in map(gate_scenes.render, itertools.count(3, 8))
        if not _plainly(scene.frame)
    )
    clock = _TickingClock(CAMERA_LOOK_MAX * 3)
    decoder = LiveDecoder(clock)
    for _ in range(16):
        decoder.second_pass(empty, budget=Duration(10**9))
    clock.step = Duration(1)
    looks = (decoder.second_pass(scene.frame) for _ in range(256))
    codes = next(filter(None, looks), [])
    assert [code.text for code in codes] == [scene.text]


def test_scene_of_a_seed_is_always_the_same() -> None:
    """So that a failure can be looked at again."""
    one, other = gate_scenes.render(5), gate_scenes.render(5)
    assert (one.frame == other.frame).all()
    assert one.text == other.text
