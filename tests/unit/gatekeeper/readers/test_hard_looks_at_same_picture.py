"""An empty entrance is not searched all evening; whatever comes into it is."""

from __future__ import annotations

import numpy as np

from gatekeeper.readers.hard_looks_at_same_picture import LOOKS_MAX, Stillness
from tests.factories.phone_film import HEIGHT, WIDTH, Grey, draw_scene

GRAINS = [
    np.random.default_rng(seed).integers(-9, 10, (HEIGHT, WIDTH), np.int16) for seed in range(3)
]


def look_often(stillness: Stillness, scene: Grey) -> int:
    """Look at noisy frames of a scene for as long as that is worth it; returns how often."""
    frames = [np.clip(scene + grain, 0, 255).astype(np.uint8) for grain in GRAINS]
    for number in range(3 * LOOKS_MAX):
        if not stillness.is_worth_a_look(frames[number % len(frames)]):
            return number
        stillness.count_look()
    return 3 * LOOKS_MAX


def test_a_still_picture_is_looked_at_so_often_and_no_more() -> None:
    """Noise alone is no change."""
    assert look_often(Stillness(), draw_scene(1)) == LOOKS_MAX


def test_something_small_that_comes_is_looked_at_anew() -> None:
    """A phone far away is a fiftieth of the picture."""
    stillness, scene = Stillness(), draw_scene(2)
    look_often(stillness, scene)
    come = scene.copy()
    come[300:400, 500:570] = 255 - come[300:400, 500:570]
    come[300:400, 500:520] = 20
    assert look_often(stillness, come) == LOOKS_MAX


def test_a_slow_change_is_a_change() -> None:
    """Dusk falls by less than a grey level from frame to frame."""
    stillness, scene = Stillness(), draw_scene(3)
    look_often(stillness, scene)
    worth = [
        stillness.is_worth_a_look((scene * (1 - step / 200)).astype(np.uint8))
        for step in range(20)
    ]
    assert any(worth)
