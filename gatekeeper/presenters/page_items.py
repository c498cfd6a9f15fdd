"""What pages and bars are made of: buttons, lines and facts, as plain values."""

from __future__ import annotations

from typing import NamedTuple


class Option(NamedTuple):
    """A button of a page or a grid, as a presenter says it.

    Attributes:
        key: Told when it is pressed; unique in the grid.
        label: What is written on it.
        hint: A small line under that.
        icon: A small drawing, or "".
        is_main: Whether it is filled: the usual way on, or what holds now.
        is_enabled: Whether it can be pressed.
        is_label: Whether it only says something.
        spoken: What a screen reader says instead of a sign; the label and hint by default.
        is_danger: Whether it is red: what it begins stops everybody.
    """

    key: str
    label: str
    hint: str = ""
    icon: str = ""
    is_main: bool = False
    is_enabled: bool = True
    is_label: bool = False
    spoken: str = ""
    is_danger: bool = False


class Row(NamedTuple):
    """A line of a page: a name, and beside it how that stands.

    Attributes:
        name: What it is about.
        value: What is the case.
        role: `good`, `bad` or "".
    """

    name: str
    value: str
    role: str = ""


class Fact(NamedTuple):
    """A short text in the bar at the head or foot of a gate's screen.

    Attributes:
        text: What is said.
        icon: An icon before the text, or "".
        dot: Colour of a dot before the text, or "".
        is_bold: Whether it is the bar's main fact.
        spoken: What a screen reader says instead; the text by default.
    """

    text: str
    icon: str = ""
    dot: str = ""
    is_bold: bool = False
    spoken: str = ""
