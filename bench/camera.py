"""Reading codes from a camera's frames: an empty one, a hard one, and a phone that moves.

What a frame costs is measured as processor time, because it is the machine that is shared; the
second pass, which is bounded by the clock, also by the clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from bench.writing_figures import Figure, at_most, floor, percentile
from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.decoding import LiveDecoder
from gatekeeper.readers.second_pass import SecondPass
from tests.factories.phone_film import Frame, Grey, draw_scene, film_phone

FRAMES: Final = 300
SCENES: Final = 12
FILMS: Final = 20
FRAME_SECONDS: Final = 1 / 30
EMPTY_MS_BUDGET: Final = 3.0
SECOND_MS_BUDGET: Final = 60.0
FRAMES_TO_READ_BUDGET: Final = 3.0
_DIGITS: Final = 200


def measure(_folder: Path) -> list[Figure]:
    """Measure the decoder by itself, and against films."""
    scenes = [draw_scene(seed) for seed in range(SCENES)]
    return [*_empty(scenes), *_second(scenes), *_beside(scenes), *_films()]


def _empty(scenes: Sequence[Grey]) -> list[Figure]:
    decoder, costs, waits = LiveDecoder(SystemClock()), [], []
    for scene in islice(cycle(scenes), FRAMES):
        before, started = time.thread_time(), time.perf_counter()
        assert not decoder.first_pass(scene)
        costs.append((time.thread_time() - before) * 1e3)
        waits.append((time.perf_counter() - started) * 1e3)
    note = f"processor time; by the clock p50 {percentile(sorted(waits), 0.5):.2f} ms"
    costs.sort()
    name = "an empty frame of 1280x720"
    return [
        floor(f"{name}, p50", percentile(costs, 0.5), "ms", FRAMES, note),
        at_most(f"{name}, p95", percentile(costs, 0.95), "ms", EMPTY_MS_BUDGET, FRAMES),
    ]


def _second(scenes: Sequence[Grey]) -> list[Figure]:
    decoder, costs, waits = LiveDecoder(SystemClock()), [], []
    for scene in islice(cycle(scenes), FRAMES):
        before, started = time.thread_time(), time.perf_counter()
        decoder.second_pass(scene)
        waits.append((time.perf_counter() - started) * 1e3)
        costs.append((time.thread_time() - before) * 1e3)
    note = f"by the clock; processor time p95 {percentile(sorted(costs), 0.95):.1f} ms"
    return [
        at_most(
            "second pass, p95", percentile(sorted(waits), 0.95), "ms", SECOND_MS_BUDGET,
            FRAMES, note,
        ),
    ]  # fmt: skip


def _beside(scenes: Sequence[Grey]) -> list[Figure]:
    """Take frames at the camera's pace while the worker looks harder at what it can."""
    clock = SystemClock()
    decoder, harder = LiveDecoder(clock), LiveDecoder(clock)
    looked = 0

    def look(frame: Grey) -> list[str]:
        nonlocal looked
        looked += 1
        return [code.text for code in harder.second_pass(frame)]

    second, late = SecondPass(look, lambda _: None), []
    started = time.perf_counter()
    try:
        for number, scene in enumerate(islice(cycle(scenes), FRAMES)):
            _sleep_until(started + number * FRAME_SECONDS)
            if not decoder.first_pass(scene):
                second.offer(scene)
            late.append(max(0.0, time.perf_counter() - started - (number + 1) * FRAME_SECONDS))
    finally:
        second.close()
    late.sort()
    return [
        at_most(
            "a frame's lateness for the next one, second pass at work, p95",
            percentile(late, 0.95) * 1e3, "ms", 1e3 * FRAME_SECONDS, FRAMES,
            f"{looked} of {FRAMES} frames looked at harder",
        ),
    ]  # fmt: skip


def _films() -> list[Figure]:
    taken = sorted(_read_film(seed) for seed in range(FILMS))
    return [
        floor("a phone moving through the picture: frames until read, median",
              taken[len(taken) // 2], "frames", FILMS, "after the first with the whole code"),
        at_most("a phone moving through the picture: frames until read, worst", taken[-1],
                "frames", FRAMES_TO_READ_BUDGET, FILMS, "3 px a module, blur to 1.5 modules"),
    ]  # fmt: skip


def _read_film(seed: int) -> int:
    """Show a film at its pace; returns which whole frame was the first to have been read by.

    0 is the frame before the code was whole; a code that is never read costs all frames.
    """
    code = "".join(str((seed * 7 + place * place) % 10) for place in range(_DIGITS))
    frames = list(film_phone(code, seed))
    clock, is_read = SystemClock(), threading.Event()
    decoder, harder = LiveDecoder(clock), LiveDecoder(clock)

    def look(frame: Grey) -> list[str]:
        return [found.text for found in harder.second_pass(frame)]

    def tell(texts: Sequence[str]) -> None:
        assert list(texts) == [code], texts
        is_read.set()

    second = SecondPass(look, tell)
    try:
        return _show(frames, decoder, second, tell, is_read)
    finally:
        second.close()


def _show(
    frames: Sequence[Frame],
    decoder: LiveDecoder,
    second: SecondPass,
    tell: object,
    is_read: threading.Event,
) -> int:
    assert callable(tell)
    whole, started = 0, time.perf_counter()
    for number, frame in enumerate(frames):
        _sleep_until(started + number * FRAME_SECONDS)
        whole += frame.is_whole
        if codes := decoder.first_pass(frame.picture):
            tell([found.text for found in codes])
        else:
            second.offer(frame.picture)
        if is_read.is_set():
            break
    return whole


def _sleep_until(moment: float) -> None:
    rest = moment - time.perf_counter()
    if rest > 0:
        time.sleep(rest)
