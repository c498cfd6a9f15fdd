"""What a window has to know of the panel that it is on."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gatekeeper.presenters.sizes import MM_PER_INCH, Extent, Sizes, choose_sizes, pixel_mm_of_panel


def screen_extent(window: QWidget) -> Extent:
    """Return the size of the screen that a window is on."""
    size = window.screen().size()
    return Extent(size.width(), size.height())


def measure_sizes(
    window: QWidget, screen: Extent, panel_inches: float | None, text_percent: int
) -> Sizes:
    """Return the design's sizes in pixels for a window as it is now.

    Args:
        window: On its screen.
        screen: How large that is.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        text_percent: How large small texts are wanted.
    """
    if panel_inches is not None:
        pitch = pixel_mm_of_panel(screen, panel_inches)
    else:
        dots = window.screen().physicalDotsPerInch()
        pitch = MM_PER_INCH / dots if dots > 0 else 0.0
    return choose_sizes(Extent(window.width(), window.height()), screen, pitch, text_percent)
