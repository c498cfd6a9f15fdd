"""The customer's display fits its screens in every language, and a phone can read it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import zxingcpp
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import THEMES
from gatekeeper.presenters.till.customer_display_content import CustomerLine, CustomerScreen
from gatekeeper.ui.application import make_application
from gatekeeper.ui.till.customer_display_window import CustomerDisplay
from gatekeeper.wording.texts import Texts
from shared.kernel.languages import LANGUAGE_NAMES

EVENT = "Symphony No. 9 — Saturday 20:00"
CODE = "0412" * 45
PANELS = ((1024, 600), (800, 480), (1920, 1080), (1280, 720))


def screens(texts: Texts) -> Iterator[CustomerScreen]:
    """Give one of each kind, with as much on it as there can be."""
    what = "Circle, reduced, with programme"
    lines = tuple(CustomerLine(f"{number} × {what}", "€1,250.00") for number in range(9))
    basket = CustomerScreen(
        kind="basket",
        event=EVENT,
        title=texts.say("customer.basket"),
        lines=lines,
        label=texts.say("customer.to_pay"),
        amount="€11,062.50",
    )
    yield CustomerScreen(event=EVENT, title=texts.say("customer.welcome"))
    yield basket
    for key in ("customer.follow_terminal", "card.amount", "card.pin_again"):
        yield basket._replace(kind="card", note=texts.say(key))
    yield CustomerScreen(
        kind="sold",
        event=EVENT,
        title=texts.say("customer.sold"),
        label=texts.say("till.change"),
        amount="€1,062.50",
        note=texts.say("customer.photograph"),
        code=CODE,
        code_text="7K2M-9Q4T-H",
        code_note=texts.say("till.ticket_of", number=1, count=20),
    )


def cut_off(display: CustomerDisplay) -> list[str]:
    """Name the texts that are larger than their place, or reach out of the window."""
    found = []
    for label in display.findChildren(QLabel):
        if not label.isVisible() or not label.text():
            continue
        place = label.rect().translated(label.mapTo(display, QPoint(0, 0)))
        hint = label.sizeHint()
        needed = label.heightForWidth(label.width()) if label.wordWrap() else hint.height()
        is_wide = not label.wordWrap() and hint.width() > label.width() + 1
        if is_wide or needed > label.height() + 1 or not display.rect().contains(place):
            found.append(f"{label.objectName()}: {label.text()}")
    return found


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_every_screen_fits_every_panel(qtbot: QtBot, language: str) -> None:
    """With long names, large sums and a code, in both directions of writing."""
    make_application()
    texts = Texts(language)
    display = CustomerDisplay(THEMES["light"], None, texts)
    qtbot.addWidget(display)
    display.show()
    for width, height in PANELS:
        display.resize(width, height)
        for screen in screens(texts):
            display.show_screen(screen)
            for _ in range(3):
                QApplication.processEvents()
            assert (display.width(), display.height()) == (width, height)
            assert cut_off(display) == [], f"{screen.kind} at {width} x {height}"


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_a_phone_reads_the_code_from_a_slant_in_every_theme(qtbot: QtBot, theme: str) -> None:
    """Whole pixels for each module, four modules of white around, whatever lies behind."""
    make_application()
    display = CustomerDisplay(THEMES[theme])
    qtbot.addWidget(display)
    display.resize(800, 480)
    display.show()
    *_, sold = screens(display.texts)
    display.show_screen(sold)
    for _ in range(3):
        QApplication.processEvents()
    picture = display.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(picture.constBits(), np.uint8)
    pixels = rows.reshape(picture.height(), picture.bytesPerLine())[:, : picture.width()]
    small = np.ascontiguousarray(pixels[::2, ::2])
    for seen in (np.ascontiguousarray(pixels), small):
        (code,) = zxingcpp.read_barcodes(seen)
        assert code.text == CODE
