"""The demo's window: the story is seen on real gates, and then tried by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from gatekeeper.demo.codes_to_try import PIN, CardKind
from gatekeeper.demo.event import NORTH, SOUTH
from gatekeeper.demo.server_and_devices import COUNTER, TILL
from gatekeeper.demo.steps import Step, Tally
from gatekeeper.device.composition_root import machine_system
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.demo_content import describe_step
from gatekeeper.ui.demo.big_code import SIDE_LEAST
from gatekeeper.ui.demo.gate_column import GateColumn
from gatekeeper.ui.demo.run import OpenedDemo
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.widgets.qr_picture import draw_qr
from gatekeeper.wording.texts import TEXTS, Texts
from shared.kernel.languages import LANGUAGE_NAMES
from tests.factories.strength import sized

pytestmark = pytest.mark.integration


class Visitor:
    """Plays the story once without waiting, and then uses the window."""

    def __init__(self, folder: Path) -> None:
        self.opened = OpenedDemo(folder, machine_system(), 1, pace=0, language="en")
        self.window = self.opened.window
        self.told: list[tuple[Step, Tally]] = []
        self.headlines: list[str] = []
        self.cables: dict[Step, frozenset[str]] = {}
        self.window.resize(1366, 768)
        self.window.show()
        self.opened.stage.began.connect(self._note)
        self.opened.stage.start()

    def _note(self, step: Step, tally: Tally) -> None:
        self.told.append((step, tally))
        self.headlines.append(self.window.headline.title.text())
        self.cables[step] = self.window.devices.wires.cut

    def wait(self, is_so: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, "it did not happen"
            assert not self.window.is_broken, self.window.headline.text.text()
            QTest.qWait(5)

    def kiosk(self, gate: str) -> Kiosk:
        kiosk = self.window.devices.columns[gate].kiosk
        assert kiosk is not None
        return kiosk

    def state(self, gate: str) -> ScreenState:
        return self.kiosk(gate).window.gate_page.state

    def show(self, kind: CardKind, gate: str) -> tuple[ScreenState, str]:
        """Click a code for a gate; what the gate's screen says of it."""
        page = self.kiosk(gate).window.gate_page
        page.show_idle()
        self.window.devices.columns[gate].target.click()
        self.window.devices.card.button_of(kind).click()
        self.wait(lambda: page.state not in {ScreenState.IDLE, ScreenState.CHECKING})
        content = page.verdict.content
        assert content is not None
        return page.state, content.word

    def pull(self, device: str, *, is_cut: bool) -> None:
        self.window.devices.heads[device].cable.click()
        self.wait(lambda: (device in self.window.devices.wires.cut) is is_cut)

    def known(self, gate: str) -> int:
        status = self.kiosk(gate)._status
        return 0 if status is None else status.conflicts


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    visitor = Visitor(tmp_path_factory.mktemp("demo"))
    try:
        visitor.wait(lambda: bool(visitor.told) and visitor.told[-1][0] is Step.END)
        visitor.wait(lambda: bool(visitor.window.devices.card.codes))
        yield visitor
    finally:
        visitor.window.stop()
        visitor.window.close()
        TEXTS.use("en")


def test_every_step_is_named_in_a_headline_and_counted(visitor: Visitor) -> None:
    """Nine steps in the evening's order, each with its number, and a summary that lost nothing."""
    assert [step for step, _ in visitor.told] == list(Step)
    assert [line.partition(" · ")[0] for line in visitor.headlines[1:-1]] == list("123456789")
    assert visitor.told[-1][1] == Tally(
        tickets=40, admitted=49, denied=5, doubles=6, walkups=3, conflicts=6, lost=0
    )
    assert visitor.window.headline.text.text().endswith("6 copies found, 0 scans lost.")


def test_the_cables_are_seen_to_be_pulled_and_plugged_in(visitor: Visitor) -> None:
    """All three wires are cut from the fifth step on, and whole again at the eighth's end."""
    every = frozenset({NORTH, SOUTH, TILL})
    assert [visitor.cables[step] for step in (Step.CUT, Step.BOTH, Step.WALKUP, Step.HEAL)] == [
        frozenset(),
        every,
        every,
        every,
    ]
    assert visitor.cables[Step.CONFLICT] == frozenset()


def test_both_gates_show_the_conflicts(visitor: Visitor) -> None:
    """Above each gate's own bar, which counts them as well."""
    for gate in (NORTH, SOUTH):
        assert (
            visitor.window.devices.columns[gate].note.text().endswith("6 tickets were used twice")
        )
    visitor.wait(lambda: visitor.known(NORTH) == visitor.known(SOUTH) == 6)


def test_somebody_tries_every_code_of_the_card(visitor: Visitor) -> None:
    """By a click, at the gate that was chosen: each is answered as the card says."""
    visitor.window.try_it.click()
    assert visitor.window.devices.card.isVisible()
    assert [visitor.show(kind, NORTH)[0] for kind in (CardKind.FRESH, CardKind.FRESH)] == [
        ScreenState.ADMIT,
        ScreenState.DENY,
    ]
    expected = {
        CardKind.USED: "Already admitted",
        CardKind.WALKUP: "Already admitted",
        CardKind.TOMORROW: "Wrong date",
        CardKind.CANCELLED: "Cancelled",
        CardKind.FORGED: "Not valid",
        CardKind.STUDENT: "Check ID",
    }
    assert {kind: visitor.show(kind, SOUTH)[1] for kind in expected} == expected
    assert visitor.state(SOUTH) is ScreenState.REFER


def test_a_badge_and_its_pin_open_the_menu(visitor: Visitor) -> None:
    """The PIN stands on the card."""
    card, kiosk = visitor.window.devices.card, visitor.kiosk(NORTH)
    assert PIN in card.button_of(CardKind.BADGE).meaning.text()
    visitor.window.devices.columns[NORTH].target.click()
    card.button_of(CardKind.BADGE).click()
    visitor.wait(lambda: kiosk.window.page is kiosk.window.supervisor_frame)
    kiosk.staff.flow.leave()
    visitor.wait(lambda: kiosk.window.page is kiosk.window.gate_page)


def test_a_copy_gets_in_at_both_gates_without_cables_and_is_found(visitor: Visitor) -> None:
    """What the story showed, done by hand, with a ticket that the till sold meanwhile."""
    kiosk = visitor.kiosk(SOUTH)
    if kiosk.scans.decisions.holds_lane:
        kiosk.scans.decisions.drop()
    before = visitor.known(NORTH)
    for device in (NORTH, SOUTH, TILL):
        visitor.pull(device, is_cut=True)
    sold = visitor.window.devices.card.button_of(CardKind.WALKUP)
    visitor.window.devices.till.sell.click()
    visitor.wait(lambda: visitor.window.devices.card.button_of(CardKind.WALKUP) is not sold)
    assert visitor.show(CardKind.WALKUP, NORTH)[0] is ScreenState.ADMIT
    assert visitor.show(CardKind.SECOND, NORTH)[0] is ScreenState.ADMIT
    assert visitor.show(CardKind.SECOND, SOUTH)[0] is ScreenState.ADMIT
    for device in (TILL, NORTH, SOUTH):
        visitor.pull(device, is_cut=False)
    visitor.wait(lambda: visitor.known(SOUTH) > before)


def test_a_code_is_shown_so_large_that_a_camera_reads_it(visitor: Visitor) -> None:
    """Its picture opens over the window, is read from there, and goes with a click."""
    window = visitor.window
    page = visitor.kiosk(SOUTH).window.gate_page
    page.show_idle()
    window.devices.columns[SOUTH].target.click()
    window.devices.card.button_of(CardKind.USED).enlarger.click()
    big = window.big_code
    assert big.isVisible()
    assert min(big.picture.width(), big.picture.height()) >= SIDE_LEAST
    assert big.picture.module_px >= 6
    assert big.title.text() == "Already inside"
    visitor.kiosk(SOUTH).read_image(window.grab().toImage())
    visitor.wait(lambda: page.state is ScreenState.DENY)
    QTest.mouseClick(big, Qt.MouseButton.LeftButton)
    assert not big.isVisible()
    assert visitor.state(SOUTH) is ScreenState.DENY


def test_a_picture_is_dropped_on_a_gate(visitor: Visitor, tmp_path: Path) -> None:
    """It is scanned there, and the gate is the chosen one from then on."""
    column = visitor.window.devices.columns[SOUTH]
    visitor.window.devices.columns[NORTH].target.click()
    page = visitor.kiosk(SOUTH).window.gate_page
    page.show_idle()
    code = next(code for code in visitor.window.devices.card.codes if code.kind is CardKind.FRESH)
    path = tmp_path / "ticket.png"
    assert (drawn := draw_qr(code.text)).scaled(drawn.size() * 6).save(str(path))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    place = column.mapTo(visitor.window, QPoint(column.width() // 2, column.height() // 2))
    visitor.window.dropEvent(
        QDropEvent(
            QPointF(place),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    visitor.wait(lambda: page.state is ScreenState.DENY)
    assert visitor.window.trying.chosen is column


def test_what_to_do_for_an_event_of_ones_own_can_be_copied(visitor: Visitor) -> None:
    """Each command as the operations page has it."""
    window = visitor.window
    window.own_event.click()
    page = Path(__file__).parents[3] / "docs" / "operations.md"
    operations = page.read_text(encoding="utf-8")
    for row in window.own.rows:
        row.copy.click()
        copied = QGuiApplication.clipboard().text()
        assert copied == row.command.text()
        assert copied in operations
    window.back.click()
    assert window.devices.isVisible()


def _outside(visitor: Visitor) -> list[str]:
    """Name what can be pressed and is not wholly inside the window."""
    window = visitor.window
    buttons = [window.language, *window.findChildren(QPushButton)]
    scrolled = {
        *window.devices.card.findChildren(QPushButton),
        *window.own.findChildren(QPushButton),
    }
    gates = [window.devices.columns[gate] for gate in (NORTH, SOUTH)]
    return [
        button.objectName()
        for button in buttons
        if button.isVisible() and button not in scrolled and not _is_of_gate(button, gates)
        if not window.rect().contains(button.rect().translated(button.mapTo(window, QPoint())))
    ]


def _is_of_gate(button: QWidget, gates: list[GateColumn]) -> bool:
    return any(gate.kiosk is not None and gate.kiosk.window.isAncestorOf(button) for gate in gates)


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (1000, 600)])
def test_every_button_is_on_the_screen_in_every_language(
    visitor: Visitor, size: tuple[int, int]
) -> None:
    """Nothing that can be pressed is cut off, whatever the words; below 1000×600 it scrolls."""
    window = visitor.window
    window.resize(*size)
    found = {}
    for language in sized(("de", "th", "ar"), tuple(LANGUAGE_NAMES)):
        window.language.setCurrentIndex([*LANGUAGE_NAMES].index(language))
        window.take_size()
        visitor.opened.app.processEvents()
        found[language] = _outside(visitor)
    window.language.setCurrentIndex(0)
    assert not any(found.values()), found


def test_every_step_fits_its_headline_in_every_language(visitor: Visitor) -> None:
    """The headline's height is the same for all steps, and no sentence is longer than it."""
    window = visitor.window
    window.resize(1366, 768)
    window.take_size()
    headline = window.headline
    room = QRect(0, 0, headline.width(), 10_000)
    wrapped = int(Qt.TextFlag.TextWordWrap)
    too_high = [
        (language, step)
        for language in LANGUAGE_NAMES
        for step in Step
        for content in [describe_step(step, visitor.told[-1][1], Texts(language))]
        for said in [((headline.title, f"9 · {content.title}"), (headline.text, content.text))]
        for words in [[one.fontMetrics().boundingRect(room, wrapped, text) for one, text in said]]
        if sum(one.height() for one in words) > headline.height()
    ]
    assert too_high == []


def test_a_visitor_opens_a_till_of_its_own_window(visitor: Visitor) -> None:
    """A program beside the demo's, which the server hears of; a second press opens no second."""
    house = visitor.opened.stage._venue
    panel = visitor.window.devices.till
    visitor.window._try()
    visitor.wait(panel.open.isVisible)
    panel.open.click()
    visitor.wait(lambda: house._counter is not None)
    counter = house._counter
    folder = house.folder / COUNTER.lower()
    # Its buyers' file is what a till alone fetches, once it has opened and was told of its event.
    visitor.wait(lambda: any(one.name.startswith("buyers-") for one in folder.rglob("*")))
    panel.open.click()
    QTest.qWait(100)
    assert house._counter is counter
    assert counter is not None
    assert counter.returncode is None
