"""A text that a widget paints by itself is fitted whatever it is."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QRect

from gatekeeper.gate.answer import UsedBefore
from gatekeeper.presenters.colors import THEMES
from gatekeeper.ui.application import make_application
from gatekeeper.ui.widgets.text_fitting import TextFitter
from shared.kernel.id_types import GateId
from shared.kernel.instant import MINUTE
from tests.factories.screens import NAMED, Screens, Shot
from tests.fakes.gate_answers import FAKE_NOW, make_answer


@pytest.mark.parametrize("text", ["", " ", " " * 400], ids=["empty", "a space", "many spaces"])
def test_a_text_without_a_word_is_one_empty_line(text: str) -> None:
    """A name of spaces alone, wider than its place, breaks no screen."""
    make_application()
    fitted = TextFitter(is_bold=True, width=60).fit(text, preferred=40, minimum=20)
    assert (fitted.lines, fitted.px) == (("",), 40)


def test_no_line_begins_with_the_point_between_two_parts() -> None:
    """It ends the line of what stands before it, however narrow the place is."""
    make_application()
    for width in range(60, 400, 20):
        fitted = TextFitter(is_bold=False, width=width).fit(
            "Circle, left · G · 20 · …1180 · 38,00 €", preferred=20, minimum=20
        )
        assert not [line for line in fitted.lines if line.startswith("·")], width


HOSTILE = {
    "line ends": ("Ada", "Ada\n\n\n\nADMIT\u2028\n\n\nok"),
    "a tower of marks": ("Ada", f"A{chr(0x30D) * 190}"),
    "a tower of vowels": ("ก็", f"ก{chr(0xE47) * 150}"),
    "an override": ("Ada", f"Ada {chr(0x202E)} timdA"),
}
"""Each with a name that has as much room by right."""


@pytest.mark.parametrize("names", HOSTILE.values(), ids=HOSTILE)
def test_no_name_draws_over_the_verdict(names: tuple[str, str]) -> None:
    """Whatever a guest is called, what is above the name's line stays as it is, dot for dot."""
    make_application()
    screens = Screens(1024, 600, THEMES["dark"], 10.1)
    try:
        for verdict, facts in (("ok", NAMED), ("already_used", {})):
            pictures, end = [], 0
            for who in names:
                named = facts and facts | {"holder": who}
                used = None if named else UsedBefore(GateId("gt_1"), who, FAKE_NOW - MINUTE)
                answer = make_answer(verdict, **named)
                screens.show_verdict(Shot(verdict, msgspec.structs.replace(answer, used=used)))
                panel = screens.window.gate_page.verdict
                layout = panel.layout_now()
                assert layout is not None
                pictures.append(panel.grab(QRect(0, 0, panel.width(), 10_000)).toImage())
                end = int(layout.word.top + layout.word.text.height * 0.9)
            plain, hostile = (one.copy(0, 0, one.width(), end) for one in pictures)
            assert plain == hostile, verdict
    finally:
        screens.close()
