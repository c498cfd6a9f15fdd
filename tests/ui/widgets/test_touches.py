"""A touch after which a page needs no scrolling any more: nothing breaks under the finger."""

from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = """
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from gatekeeper.presenters.sizes import Extent, choose_sizes
from gatekeeper.ui.application import make_application
from gatekeeper.ui.widgets.scroll_body import ScrollBody

app = make_application()
panel = Extent(800, 480)
body = ScrollBody(choose_sizes(panel, panel, 0.19))
button, tall = QPushButton("Cash"), QLabel("pad")
tall.setMinimumHeight(900)
pressed = []
button.clicked.connect(lambda: (pressed.append(1), tall.hide(), body.fit()))
body.column.addWidget(button)
body.column.addWidget(tall)
body.resize(600, 400)
body.show()
for turn in range(10):
    tall.show()
    body.fit()
    QTest.qWait(1)
    assert body.can_scroll, turn
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    QTest.qWait(10 if turn % 2 else 300)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    QTest.qWait(60)
    assert not body.can_scroll, turn
print(len(pressed))
"""


def test_a_press_that_ends_scrolling_does_not_end_the_program() -> None:
    """A note on the till's cash page led to a page that fits; freed memory is made useless."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "MALLOC_PERTURB_": "165"}
    ran = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", _PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split()[-1] == "10", "every touch was a click, once"
