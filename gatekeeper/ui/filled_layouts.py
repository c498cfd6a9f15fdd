"""A window's page fills a layout with its parts in one call, in the order it lists them."""

from __future__ import annotations

from typing import Final, TypeVar

from PySide6.QtWidgets import QBoxLayout, QLayout, QWidget

Part = QWidget | QLayout
AnyLayout = TypeVar("AnyLayout", bound=QLayout)
AnyBox = TypeVar("AnyBox", bound=QBoxLayout)

STRETCH: Final = 1
"""Room that is left over, between two parts or behind the last one."""


def fill(box: AnyBox, *parts: Part | tuple[Part, int] | int) -> AnyBox:
    """Put parts one after the other into a column or a line.

    Args:
        box: The column or line.
        parts: Each with its share of the room that is left over, where it has one; a number is
            such a share that stays empty.
    """
    for part in parts:
        if isinstance(part, int):
            box.addStretch(part)
            continue
        one, share = part if isinstance(part, tuple) else (part, 0)
        if isinstance(one, QLayout):
            box.addLayout(one, share)
        else:
            box.addWidget(one, share)
    return box


def edge_to_edge(layout: AnyLayout) -> AnyLayout:
    """Let a layout's parts reach to the edges of what it stands in."""
    layout.setContentsMargins(0, 0, 0, 0)
    return layout
