"""Style, palette, font and style sheet of the whole program."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widgets.window_fonts import font_families, make_font
from gatekeeper.wording.resource_files import read_resource


def dress(window: QWidget, theme: Theme, sizes: Sizes) -> None:
    """Give a window its look, and the program what its windows have in common.

    The sheet is the window's own. Worn by the program, it is weighed anew for each widget that is
    put into another, with all that is in it: the desk's rooms took 1.1 s of the processor, and
    0.45 s this way.

    Args:
        window: The window, with all that is in it and will be.
        theme: Its colours.
        sizes: The design's sizes in pixels.
    """
    set_ground(window, fill_palette(theme), make_font(sizes.staff, is_bold=False))
    sheet = _style_sheet(theme, sizes)
    if sheet != window.styleSheet():
        # Every widget of the window is looked at again, which takes a while.
        window.setStyleSheet(sheet)


def set_ground(window: QWidget, palette: QPalette, font: QFont) -> None:
    """Give program and window the colours and the font on which a sheet builds.

    The program's reach a window later than its sheet, which would reckon with the ones before.
    """
    QApplication.setPalette(palette)
    QApplication.setFont(font)
    window.setPalette(palette)
    window.setFont(font)


def fill_palette(theme: Theme) -> QPalette:
    """Return a palette of a theme's colours."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.page.ground,
        QPalette.ColorRole.WindowText: theme.page.figure,
        QPalette.ColorRole.Base: theme.panel.ground,
        QPalette.ColorRole.AlternateBase: theme.page.ground,
        QPalette.ColorRole.Text: theme.panel.figure,
        QPalette.ColorRole.Button: theme.panel.ground,
        QPalette.ColorRole.ButtonText: theme.panel.figure,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.ToolTipBase: theme.panel.ground,
        QPalette.ColorRole.ToolTipText: theme.panel.figure,
    }
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    return palette


def sheet_values(theme: Theme) -> dict[str, str]:
    """Return what style sheets name alike: font families, and colours of the theme."""
    return {
        "families": ", ".join(f'"{name}"' for name in font_families()),
        "page": theme.page.ground,
        "text": theme.page.figure,
        "panel": theme.panel.ground,
        "panel_text": theme.panel.figure,
        "muted": theme.muted,
        "accent": theme.accent,
        "on_accent": theme.on_accent,
        "good": theme.good,
        "bad": theme.bad,
        "warn": theme.warn,
        "line": theme.line,
    }


def _style_sheet(theme: Theme, sizes: Sizes) -> str:
    return Template(read_resource("styles/kiosk.qss")).substitute(
        sheet_values(theme),
        border=theme.border,
        focus=max(3, sizes.px(3)),
        staff=sizes.staff,
        small=max(sizes.least, int(sizes.staff * 0.84)),
        title=sizes.title,
        lead=sizes.lead,
        code=sizes.code,
        small_touch=sizes.small_touch,
        radius=sizes.px(12),
        pad=sizes.px(22),
    )
