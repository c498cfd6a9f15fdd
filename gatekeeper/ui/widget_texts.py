"""Words on widgets by their key, so that the language can change while they are on the screen."""

from __future__ import annotations

from html import escape
from typing import Final

from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from gatekeeper.wording.texts import TEXTS

_TEXT: Final = "textKey"
_NAME: Final = "nameKey"
_TIP: Final = "tipKey"


def speak(widget: QLabel | QAbstractButton, key: str) -> None:
    """Write a text on a widget, in whatever language holds."""
    widget.setProperty(_TEXT, key)
    widget.setText(TEXTS.say(key))


def call_by(widget: QWidget, key: str) -> None:
    """Give a widget the name that screen readers say."""
    widget.setProperty(_NAME, key)
    widget.setAccessibleName(TEXTS.say(key))


def explain_by(widget: QWidget, key: str) -> None:
    """Give a widget its tooltip."""
    widget.setProperty(_TIP, key)
    widget.setToolTip(TEXTS.say(key))


def plain_tip(text: str) -> str:
    """Return a text for a tooltip, which shows it letter by letter.

    Qt takes a tip with a tag for a page: it would show a guest's name in letters of its own
    choice, and fetch the pictures that the name names, from other machines as well.
    """
    return f"<span>{escape(text)}</span>".replace("\n", "<br>") if "<" in text else text


def retranslate(root: QWidget) -> None:
    """Say everything under a widget anew, in the language that holds now."""
    for widget in (root, *root.findChildren(QWidget)):
        text, name, tip = (widget.property(kind) for kind in (_TEXT, _NAME, _TIP))
        if text and isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            widget.setText(TEXTS.say(text))
        if name:
            widget.setAccessibleName(TEXTS.say(name))
        if tip:
            widget.setToolTip(TEXTS.say(tip))
