"""Sizes from millimetres, for panels of every kind."""

from __future__ import annotations

import pytest

from gatekeeper.presenters.sizes import Extent, choose_sizes, pixel_mm_of_panel

FULL_HD = Extent(1920, 1080)


def test_the_reference_panel_has_the_designs_pixels() -> None:
    """15.6 inch at 1920×1080: the word has 148 px, a key 111."""
    pitch = pixel_mm_of_panel(FULL_HD, 15.6)
    sizes = choose_sizes(FULL_HD, FULL_HD, pitch)
    assert (sizes.word, sizes.touch, sizes.staff) == (148, 111, 35)


@pytest.mark.parametrize(
    ("extent", "inches", "word"),
    [
        (Extent(1920, 1200), 10.1, 235),
        (Extent(1920, 1080), 13.3, 174),
        (Extent(1366, 768), 15.6, 105),
        (Extent(1080, 1920), 15.6, 148),
        (Extent(3840, 2160), 15.6, 296),
    ],
)
def test_finer_pixels_need_more_of_them(extent: Extent, inches: float, word: int) -> None:
    """A word of 19.2 mm has so many pixels on each panel."""
    sizes = choose_sizes(extent, extent, pixel_mm_of_panel(extent, inches))
    assert sizes.word == pytest.approx(word, abs=2)


def test_a_large_panel_is_used() -> None:
    """A panel that is larger than needed shows larger words, not more empty ground."""
    sizes = choose_sizes(FULL_HD, FULL_HD, pixel_mm_of_panel(FULL_HD, 43))
    assert sizes.word == 148


@pytest.mark.parametrize("pitch", [0.0, -1.0, 0.01, 5.0])
def test_a_panel_that_lies_counts_as_the_reference(pitch: float) -> None:
    """Some panels claim to be a millimetre wide, or as wide as a house."""
    assert choose_sizes(FULL_HD, FULL_HD, pitch).word == 148


def test_a_window_on_part_of_the_screen_shrinks_with_it() -> None:
    """A window that is not full screen keeps the design's proportions."""
    window = Extent(960, 540)
    sizes = choose_sizes(window, FULL_HD, pixel_mm_of_panel(FULL_HD, 15.6))
    assert sizes.word == 74


@pytest.mark.parametrize(
    ("extent", "inches", "least"),
    [
        (Extent(800, 480), 7, 10),
        (Extent(480, 800), 7, 10),
        (Extent(1024, 600), 7, 10),
        (Extent(720, 1280), 5.5, 9),
        (Extent(1024, 600), 10.1, 12),
        (Extent(1366, 768), 15.6, 19.5),
    ],
)
def test_what_answers_a_guest_is_hit_with_gloves(
    extent: Extent, inches: float, least: float
) -> None:
    """It was 9 mm high on the 7 inches of ordinary gates: enough for a bare thumb."""
    pitch = pixel_mm_of_panel(extent, inches)
    assert choose_sizes(extent, extent, pitch).touch * pitch >= least
