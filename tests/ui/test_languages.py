"""Six languages: whole, with their own plurals, switched while one looks, nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from string import Formatter

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
)
from pytestqt.qtbot import QtBot

from gatekeeper.gate.answer import GroupOutlook
from gatekeeper.gate.requests import Scan
from gatekeeper.presenters.colors import DARK
from gatekeeper.presenters.fault_words import spell_fault
from gatekeeper.presenters.gate.decision_content import describe_count
from gatekeeper.presenters.gate.holder_search_content import holder_facts
from gatekeeper.presenters.gate.open_decision import ask_count
from gatekeeper.presenters.gate.supervisor_content import undo_options
from gatekeeper.presenters.gate.verdict_content import describe_answer
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.ui.application import make_application
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.ui.widgets.idle_panel import IdlePanel
from gatekeeper.ui.widgets.info_bar import InfoBar
from gatekeeper.ui.widgets.text_fitting import TextFitter
from gatekeeper.ui.widgets.verdict_painting import VerdictPanel
from gatekeeper.ui.widgets.window_fonts import font_families, make_font
from gatekeeper.wording.texts import TEXTS, Message, Texts, conventions, read_catalogue
from gatekeeper.wording.times import spell_time
from shared.admission.reasons import Reason
from shared.kernel.errors import StorageFull, StoreFault
from shared.kernel.instant import DAY
from shared.kernel.languages import ENGLISH, LANGUAGE_NAMES
from tests.factories.pictures import pixels_of
from tests.factories.screens import VERDICTS, Screens
from tests.factories.strength import sized
from tests.factories.supervisor_menu import JO
from tests.fakes.gate_answers import FAKE_NOW, make_answer
from tests.fakes.gate_session import FakeBackend
from tests.ui.conftest import ListeningSounder
from tests.ui.fitting import cut_off_on, settle, shown_on

OTHERS = [language for language in LANGUAGE_NAMES if language != ENGLISH]


@pytest.fixture(autouse=True)
def _back_to_english() -> Iterator[None]:
    yield
    speak_language(make_application(), ENGLISH)


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def texts_of(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    """Every key of the English catalogue, and no other, in the same order."""
    assert list(read_catalogue(language)) == list(read_catalogue(ENGLISH))


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_each_number_has_its_form(language: str) -> None:
    """Where a text has forms, it has exactly those that the language tells apart in numbers."""
    forms = {conventions(language).plural_form(count) for count in range(200)}
    for key, message in read_catalogue(language).items():
        if not isinstance(message, str):
            assert set(message) == forms, key


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_filled_in_is_the_same_in_every_language(language: str) -> None:
    """No fact is lost in translation; only a number may be told by the form alone."""
    english = read_catalogue(ENGLISH)
    for key, message in read_catalogue(language).items():
        wanted = set().union(*(names_in(text) for text in texts_of(english[key])))
        for text in texts_of(message):
            assert names_in(text) <= wanted, key
            assert wanted - names_in(text) <= {"count"}, key


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_no_two_verdict_classes_share_a_word_in_any_language(language: str) -> None:
    """The word alone tells whether to let in, to stop or to look."""
    speak_language(make_application(), language)
    words = dict[str, str]()
    for reason in Reason:
        answer = make_answer(reason.value)
        word = describe_answer(answer, now=FAKE_NOW, zone=UTC).word
        assert words.setdefault(word, reason.verdict.value) == reason.verdict.value, word


@pytest.mark.parametrize("language", OTHERS)
def test_texts_are_translated(language: str) -> None:
    """Hardly any text is the English one: names and signs only."""
    english = read_catalogue(ENGLISH)
    same = [
        key
        for key, message in read_catalogue(language).items()
        if message == english[key]
        and any(re.search(r"[a-z]{4}", re.sub(r"{.*?}", "", text)) for text in texts_of(message))
    ]
    allowed = {"name.app", "pair.code", "verdict.previous", "decide.supervisor", "duty.title"}
    allowed |= {"verdict.staff", "decide.ticket", "demo.server"}
    allowed |= {"duty.locked", "duty.strip", "word.supervisor", "set.volume", "device.sound"}
    allowed |= {"desk.role.supervisor"}
    assert [key for key in same if key not in allowed] == []


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", {0: "other", 1: "one", 2: "other"}),
        ("fr", {0: "one", 1: "one", 2: "other"}),
        ("th", {0: "other", 1: "other"}),
        ("ar", {0: "zero", 1: "one", 2: "two", 3: "few", 11: "many", 100: "other", 103: "few"}),
    ],
)
def test_plural_forms_are_those_of_cldr(language: str, counts: dict[int, str]) -> None:
    """Numbers around the borders take the form that grammar asks for."""
    assert {count: conventions(language).plural_form(count) for count in counts} == counts


def test_values_keep_their_direction_inside_arabic() -> None:
    """Times, seats and names are isolated, so that the sentence does not scramble them."""
    said = Texts("ar").say("verdict.use_gate", gate="Gate C")
    assert "\u2068Gate C\u2069" in said
    assert "\u2068" not in Texts("de").say("verdict.use_gate", gate="Gate C")


def test_a_line_that_begins_with_a_latin_name_is_an_arabic_line() -> None:
    """Its parts follow each other from the right, and its full stop stands at the left."""
    speak_language(make_application(), "ar")
    holder = FoundHolder(
        name="Anna", ticket_id="00f3a1b2c3d44821", ticket_type="Stalls", state="paid"
    )
    answer = make_answer("ok", ticket_type="Stalls")
    outlook = GroupOutlook(5, "in", "00f3a1b2c3d44821", "Stalls")
    counted = describe_count(ask_count(Scan("x"), outlook), TEXTS)
    said = [
        holder_facts(holder, FAKE_NOW, UTC),
        undo_options([answer], FAKE_NOW, UTC)[0].label,
        counted.lines[0],
    ]
    first = [text.removeprefix("\u200f").partition(" · ")[0] for text in said]
    assert first == ["\u2068Stalls\u2069"] * 3
    # What is set apart says nothing of the line: a mark does.
    assert TEXTS.beside("North", "Till").startswith("\u200f")
    assert Texts("en").beside("North", "Till") == "North · Till"


def test_a_fault_is_told_in_the_language_and_explained_behind() -> None:
    """Staff read what kind of thing is wrong; the engine's own words help whoever mends it."""
    speak_language(make_application(), "de")
    said = spell_fault(StoreFault("it is locked"))
    assert said == "Der Speicher dieses Geräts ist nicht benutzbar. (it is locked)"
    said = spell_fault(StorageFull("the disk is full"))
    assert said == "Die Platte dieses Geräts ist voll; Platz schaffen."
    assert "KeyError" not in spell_fault(KeyError("seat"))


def test_dates_are_spelt_in_the_language() -> None:
    """Another day's month has its name in the language that is spoken."""
    spelt = {
        language: spell_time(FAKE_NOW - DAY, FAKE_NOW, UTC, Texts(language))
        for language in ("de", "fr", "th")
    }
    assert spelt == {"de": "3. Juli 17:04", "fr": "3 juil. 17:04", "th": "3 ก.ค. 17:04"}


WALKS = (
    *((language, 1366, 768) for language in sized(["de"], OTHERS)),
    *((language, 1080, 1920) for language in sized(["ar"], ["de", "ar"])),
)
"""The longest words on a broad panel, the other direction on a high one; the whole has all."""


@pytest.fixture(
    params=WALKS, ids=lambda walk: "-".join(str(part) for part in walk), scope="module"
)
def walked(request: pytest.FixtureRequest) -> Iterator[tuple[Screens, str]]:
    """Screens of one panel, made once in a language."""
    app = make_application()
    language, width, height = request.param
    speak_language(app, language)
    screens = Screens(width, height, DARK)
    yield screens, language
    screens.close()
    speak_language(app, ENGLISH)


@pytest.fixture
def screens(walked: tuple[Screens, str]) -> Screens:
    screens, language = walked
    speak_language(make_application(), language)
    return screens


MARKS = {*"-_./:#+=$%*~"}
"""Keys of codes that write these: screen readers have words of their own for them."""


def test_nothing_is_cut_off_in_any_language(screens: Screens) -> None:
    """Every label, button and verdict of every screen has room for its words.

    A screen reader has words for all that can be pressed: no button, field or list is silent or
    only a sign.
    """
    found = []
    for name in screens.show_all():
        settle()
        flaws = cut_off_on(screens.window) + silent_on(screens)
        found += [f"{name}: {flaw}" for flaw in flaws]
    assert found == []


def silent_on(screens: Screens) -> list[str]:
    """Return what a screen reader has no words for."""
    kinds = (QAbstractButton, QLineEdit, QListWidget, VerdictPanel, IdlePanel, InfoBar)
    found = []
    for widget in shown_on(screens.window.page):
        if isinstance(widget, kinds):
            spoken = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
            has_words = any(character.isalnum() for character in spoken)
            if not has_words and spoken not in MARKS:
                found.append(f"silent: {widget.objectName()} {spoken}")
    return found


def test_verdicts_stay_legible_in_every_language(screens: Screens) -> None:
    """Words for three metres: at least 16 minutes of arc for what fits on a line."""
    sizes = screens.window.sizes
    for shot in VERDICTS:
        screens.show_verdict(shot)
        panel = screens.window.gate_page.verdict
        layout = panel.layout_now()
        assert layout is not None
        assert layout.bottom <= panel.height(), shot.name
        assert layout.word.text.px >= sizes.word_min * 0.75, shot.name
        assert all(line.text.px >= sizes.line_min * 0.6 for line in layout.lines), shot.name


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_every_letter_is_in_the_fonts_that_are_shipped(language: str) -> None:
    """No letter depends on a font that happens to be on the machine."""
    make_application()
    metrics = []
    for name in font_families():
        font = make_font(20, is_bold=False)
        font.setFamilies([name])
        metrics.append(QFontMetricsF(font))
    letters = {
        letter
        for message in read_catalogue(language).values()
        for text in texts_of(message)
        for letter in text
        if letter.isalpha()
    }
    missing = {one for one in letters if not any(known.inFontUcs4(ord(one)) for known in metrics)}
    assert missing == set()


def test_thai_breaks_where_the_catalogue_says() -> None:
    """A language without spaces is not broken inside a word, nor left on one line."""
    make_application()
    fitter = TextFitter(is_bold=True, width=320)
    fitted = fitter.fit("ยินดี\u200bต้อนรับกลับ", preferred=80, minimum=60)
    assert fitted.lines == ("ยินดี", "ต้อนรับกลับ")


def test_a_latin_name_stands_where_arabic_lines_begin() -> None:
    """The side is the language's, not the one of the text's script."""
    speak_language(make_application(), "ar")
    screens = Screens(1366, 768, DARK)
    page = screens.window.supervisor_frame.unlock
    screens.window.show_page(screens.window.supervisor_frame)
    page.restart(JO)
    title = page.findChild(QLabel, "unlockTitle")
    assert isinstance(title, QLabel)
    for language, side in (("ar", "right"), ("en", "left"), ("ar", "right")):
        speak_language(make_application(), language)
        QApplication.processEvents()
        pixels = pixels_of(title.grab().toImage())
        columns = np.flatnonzero((pixels == 255).all(axis=2).any(axis=0))
        middle = (columns[0] + columns[-1]) / 2
        assert (middle > title.width() / 2) == (side == "right"), language
    screens.close()


def test_thai_keeps_the_spaces_that_part_its_sentences() -> None:
    """A space is Thai's full stop: it stays where the line does not end there."""
    make_application()
    text = "ห้ามเข้า \u200bส่งไป\u200bจุดช่วยเหลือ"
    wide = TextFitter(is_bold=False, width=1600).fit(text, preferred=72, minimum=60)
    assert wide.lines == ("ห้ามเข้า ส่งไป\u200bจุดช่วยเหลือ",)
    narrow = TextFitter(is_bold=False, width=360).fit(text, preferred=72, minimum=60)
    assert [line.strip() for line in narrow.lines] == list(narrow.lines)
    assert "".join(narrow.lines).translate({0x200B: None, 32: None}) == "ห้ามเข้าส่งไปจุดช่วยเหลือ"


def test_numbers_and_ticket_ends_read_from_left_to_right_in_arabic() -> None:
    """A sign stands before its number, and the dots before a ticket's last digits."""
    texts = Texts("ar")
    assert "\u2066-0.1\u2069" in texts.say("device.clock_is", offset="-0.1", error="9")
    assert "\u2066…\u20664821\u2069\u2069" in texts.say("decide.ticket", ticket="4821")
    assert texts.isolate("…4821") == "\u2066…4821\u2069"
    assert Texts("de").isolate("…4821") == "…4821"


def test_decimals_are_spelt_in_the_language() -> None:
    """A comma where the language writes one."""
    spelt = {language: Texts(language).decimal(48.25) for language in ("en", "de", "fr", "ar")}
    assert spelt == {"en": "48.2", "de": "48,2", "fr": "48,2", "ar": "48.2"}
    assert Texts("en").list(["a", "b"]) == "a, b"
    # Else both would run from left to right as one, the second one last.
    assert Texts("ar").list(["a", "b"]) == "\u200f\u2068a\u2069، \u2068b\u2069"
    assert Texts("ar").list(["a"]) == "\u2068a\u2069"


def test_the_language_changes_while_one_looks(
    kiosk: Kiosk, backend: FakeBackend, sounder: ListeningSounder, qtbot: QtBot
) -> None:
    """Buttons, bars, tooltips and direction follow at once, and English comes back whole."""
    page = kiosk.window.gate_page
    english = page._manual.text()
    settings = kiosk.settings.current
    for language in ("ar", "de", "en"):
        kiosk.settings.apply(type(settings)(language=language))
        assert page._manual.text() == TEXTS.say("keys.manual")
        assert page._manual.toolTip() == TEXTS.say("keys.tip")
        assert page.idle.accessibleName().startswith(TEXTS.say("idle.title"))
        assert TEXTS.say(f"bar.{'online'}") in page.bottom.facts[0].text
        is_mirrored = kiosk.window.layoutDirection() == Qt.LayoutDirection.RightToLeft
        assert is_mirrored == (language == "ar")
        assert backend.settings.language == language
    assert page._manual.text() == english


def test_the_dialogs_that_are_qts_own_speak_the_language_too(qtbot: QtBot) -> None:
    """Those for files, where a system has none; Qt ships no Thai, which stays English."""
    app = make_application()
    spoken = {}
    for language in ("de", "fr", "es", "ar", "th", "en"):
        speak_language(app, language)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        qtbot.addWidget(box)
        spoken[language] = box.button(QDialogButtonBox.StandardButton.Cancel).text()
    assert spoken["de"] == "Abbrechen"
    assert spoken["en"] == spoken["th"]
    assert len(set(spoken.values())) == 5
