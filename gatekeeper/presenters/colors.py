"""Every colour of the window. The verdicts differ in lightness as well as in hue.

The ratios in comments are contrasts of text on ground (WCAG 2.2); a test computes them anew.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class ScreenState(StrEnum):
    """What the gate's screen says as a whole."""

    IDLE = "idle"
    CHECKING = "checking"
    ADMIT = "admit"
    DENY = "deny"
    REFER = "refer"
    EXIT = "exit"
    PAUSED = "paused"


class Look(NamedTuple):
    """A ground and the colour of what stands on it."""

    ground: str
    figure: str


class ButtonLook(NamedTuple):
    """The colours of buttons on one ground.

    Attributes:
        ground: Of a plain button.
        figure: Its words.
        line: Its border.
        main: Ground and border of the one that is the usual way on.
        on_main: Its words.
        focus: A ring in the button that the keyboard presses.
        focus_on_main: The same in the main one.
    """

    ground: str
    figure: str
    line: str
    main: str
    on_main: str
    focus: str
    focus_on_main: str


class Theme(NamedTuple):
    """The colours of everything that is no verdict.

    Attributes:
        name: `dark`, `light` or `contrast`.
        page: Ground and text.
        panel: Ground and text of fields, keys and lists.
        muted: Small text of less weight.
        accent: Focus rings and the primary button.
        on_accent: Text on it.
        good: Small text that says all is well.
        warn: Small text that says look here.
        bad: Small text that says stop.
        line: Borders.
        border: Their width in pixels.
        banner: Of a line that says what is unusual at this gate.
        strip: Of the line over a supervisor's screens.
        bad_sign: Of the drawing of a refusal, where texts in `bad` are too bright to be red.
    """

    name: str
    page: Look
    panel: Look
    muted: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str
    line: str
    border: int = 2
    banner: Look = Look("#5A3E00", "#FFFFFF")  # 9.9
    strip: Look = Look("#FFCE3D", "#101418")  # 12.5
    bad_sign: str = ""

    @property
    def refused(self) -> str:
        """The colour of the drawing of a refusal: it has to be red, not to be read."""
        return self.bad_sign or self.bad

    @property
    def buttons(self) -> ButtonLook:
        """The buttons of every page that is no verdict."""
        return ButtonLook(
            ground=self.panel.ground,
            figure=self.panel.figure,
            line=self.line,
            main=self.accent,
            on_main=self.on_accent,
            focus=self.accent,
            focus_on_main=self.on_accent,
        )


DARK: Final = Theme(
    name="dark",
    page=Look("#101418", "#FFFFFF"),  # 18.5
    panel=Look("#1B2129", "#FFFFFF"),  # 16.2
    muted="#B8C0CC",  # 10.1
    accent="#8AB4FF",  # 8.9
    on_accent="#101418",
    good="#2BC4A0",  # 8.4
    warn="#FFCE3D",  # 12.5
    bad="#FF8A80",  # 8.1
    line="#667080",  # 3.2
)
LIGHT: Final = Theme(
    name="light",
    page=Look("#F7F8FA", "#101418"),  # 17.4
    panel=Look("#FFFFFF", "#101418"),  # 18.5
    muted="#4A5260",  # 7.4
    accent="#2458C6",  # 6.0
    on_accent="#FFFFFF",
    good="#0B6B55",  # 6.1
    warn="#6B4A00",  # 7.6
    bad="#7F1D1D",  # 9.4
    line="#7C8696",  # 3.5
)
CONTRAST: Final = Theme(
    name="contrast",
    page=Look("#000000", "#FFFFFF"),  # 21
    panel=Look("#000000", "#FFFFFF"),  # 21
    muted="#FFFFFF",  # 21
    accent="#FFE100",  # 16
    on_accent="#000000",
    good="#2BFFD0",  # 16
    warn="#FFE100",  # 16
    bad="#FFD6D2",  # 16
    line="#FFFFFF",
    border=4,
    banner=Look("#FFE100", "#000000"),  # 16
    strip=Look("#FFE100", "#000000"),  # 16
    bad_sign="#FF4D42",  # 6.5
)
THEMES: Final = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST)}

_VERDICTS: Final = {
    ScreenState.ADMIT: Look("#2BC4A0", "#101418"),  # 8.4
    ScreenState.DENY: Look("#7F1D1D", "#FFFFFF"),  # 10.0
    ScreenState.REFER: Look("#FFCE3D", "#101418"),  # 12.5
    ScreenState.EXIT: Look("#2458C6", "#FFFFFF"),  # 6.4
    ScreenState.PAUSED: Look("#4A4F57", "#FFFFFF"),  # 8.2
}


def look_of(state: ScreenState, theme: Theme) -> Look:
    """Return the colours of a whole screen; verdicts look the same in every theme."""
    if state is ScreenState.IDLE:
        return theme.page
    if state is ScreenState.CHECKING:
        return theme.panel
    return _VERDICTS[state]


def buttons_on(look: Look) -> ButtonLook:
    """Return the colours of buttons on a verdict: its own two."""
    ground, figure = look
    return ButtonLook(ground, figure, figure, figure, ground, figure, ground)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#RRGGBB` colours (WCAG 2.2, 1 to 21)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
