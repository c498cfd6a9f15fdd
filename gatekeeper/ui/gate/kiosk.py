"""The gate's program in one object: readers, keys, engine, screens and sounds put together."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from PySide6.QtCore import QObject, QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.answer import PRACTICE, LaneStatus
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.bar_facts import (
    alone_fact,
    bottom_facts,
    camera_trouble,
    doors_fact,
    own_trouble,
    top_facts,
)
from gatekeeper.presenters.gate.how_long_screens_stay import NOT_READ_STAYS_MS
from gatekeeper.presenters.gate.idle_content import has_word_for_all, idle_words
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.readers.camera_from_text import NONE
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.lane_readers import WatchedReader
from gatekeeper.readers.nfc.tag_scan import TagScan
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.readers.wedge_readings import readings
from gatekeeper.turnstile.ports import ArmRelay
from gatekeeper.ui.camera_source import CameraSource
from gatekeeper.ui.gate import gate_keyboard
from gatekeeper.ui.gate.decision_flow import DecisionPace
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.image_source import ImageSource
from gatekeeper.ui.gate.pages.gate_page import GatePage
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.gate.pages.manual_page import ManualPage
from gatekeeper.ui.gate.pages.pairing_page import PairingPage
from gatekeeper.ui.gate.pages.picture_list import PictureList
from gatekeeper.ui.gate.pages.start_page import StartPage
from gatekeeper.ui.gate.reader_source import ReaderSource
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.ui.gate.settings_flow import SettingsFlow
from gatekeeper.ui.gate.shown_badges_flow import StaffFlow
from gatekeeper.ui.gate.start_flow import StartFlow
from gatekeeper.ui.gate.turnstile_flow import TurnstileFlow
from gatekeeper.ui.sound_player import Sounder
from gatekeeper.ui.wedge_filter import KeySource, WedgeFilter
from gatekeeper.ui.widgets.dimmer import DIM_AFTER_MS, Dimmer
from gatekeeper.ui.widgets.recent_scans import FORMER_SCANS
from gatekeeper.wording.texts import TEXTS
from shared.credential.badges_and_pins import BADGE_PREFIX
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant
from shared.kernel.ports import Clock
from shared.kernel.trouble import TroubleKind

_TICK_MS: Final = 250


class KioskOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the window is to be.

    Attributes:
        theme: Its colours; None for those that the device is set to.
        volume_percent: Of the sounds; None for what the device is set to.
        text_percent: Of the texts; None for what the device is set to.
        is_locked: Whether only a supervisor may leave full screen.
        panel_inches: The panel's measured diagonal, where it lies about its size.
        camera: As `camera_from_text.find_cameras` takes it.
        zone: Of the times on the screen; None is the venue's.
        pace: How long a person may take to decide.
        dim_after_ms: How long nothing happens before a waiting screen is dimmed.
        relay: Of a turnstile, or None.
        readers: NFC readers and serial imagers, started already.
        pictures: The one folder that F4 shows; None for the machine user's own pictures.
    """

    theme: str | None = None
    volume_percent: int | None = None
    text_percent: int | None = None
    is_locked: bool = False
    panel_inches: float | None = None
    camera: str = NONE
    zone: tzinfo | None = None
    pace: DecisionPace = DecisionPace()
    relay: ArmRelay | None = None
    dim_after_ms: int = DIM_AFTER_MS
    readers: tuple[WatchedReader, ...] = ()
    pictures: Path | None = None


class Kiosk(QObject):
    """Everything that runs while the window is open.

    Args:
        app: The program.
        backend: The profile's gate.
        sounder: Makes verdicts heard.
        clock: The machine's.
        options: How the window is to be.
        keys: The keyboard, where it is not this window's alone.
    """

    sound_changed = Signal(bool)
    code_taken = Signal()
    told_unread = Signal()  # that what a scanner typed was not read

    def __init__(
        self,
        app: QApplication,
        backend: ProfileFolder,
        sounder: Sounder,
        clock: Clock,
        options: KioskOptions,
        keys: KeySource | None = None,
    ) -> None:
        super().__init__()
        self._sounder, self._options = sounder, options
        self._status: LaneStatus | None = None
        self._alone_since: Instant | None = None
        self.engine = EngineThread(backend, self)
        self.window = GateWindow(panel_inches=options.panel_inches, may_close=self._may_close)
        self._debounce = Debounce()
        self.scans = ScanFlow(
            self.window.gate_page,
            self.engine,
            sounder,
            clock,
            self._debounce,
            zone=options.zone,
            pace=options.pace,
        )
        self.flow = StartFlow(self.window, self.engine, backend)
        self.settings = SettingsFlow(self.window, self.engine, self.scans, sounder, backend)
        self.staff = StaffFlow(self.window, self.engine, self.scans, sounder, self.settings, clock)
        self.wedge: KeySource = WedgeFilter(app, clock) if keys is None else keys
        self.images = ImageSource(self)
        self._dimmer = Dimmer(self.window, options.dim_after_ms)
        self._readers = ReaderSource(options.readers, self._debounce, self)
        self.camera = CameraSource(options.camera, clock, self._debounce, self)
        self._passages: TurnstileFlow | None = None
        self._tick = QTimer(self, interval=_TICK_MS)
        self._connect()

    def start(self) -> None:
        """Start the engine's thread and show the first screen; the window is shown by others."""
        self.settings.begin(
            theme=self._options.theme,
            volume_percent=self._options.volume_percent,
            text_percent=self._options.text_percent,
        )
        self._refresh()
        self._tick.start()
        self.engine.start()
        self._readers.start(self.engine)
        self.flow.begin()
        if self._options.relay is not None:
            self._passages = TurnstileFlow(self._options.relay, self.engine, self.scans)
        self.camera.start()

    def stop(self) -> None:
        """Leave the gate in order: nobody stays at work, and no question waits for its end."""
        self._tick.stop()
        self.staff.flow.leave()
        self.scans.decisions.drop()
        self.camera.close()
        if self._passages is not None:
            self._passages.close()
        self.images.wait()
        self.engine.stop()
        self._readers.close()
        self._sounder.close()

    def give_way(self) -> None:
        """Leave screen and keyboard to another window of this program."""
        self.window.hide()
        if isinstance(self.wedge, WedgeFilter):
            self.wedge.stop()

    def take_new_code(self, text: str) -> None:
        """Take a code from a reader that tells each one once."""
        self.take_code(text, is_new=True)

    def take_code(self, text: str, others: tuple[str, ...] = (), *, is_new: bool = False) -> None:
        """Take a code from a reader, wherever the program stands.

        Args:
            text: What it says.
            others: How else its keys can be read.
            is_new: The reader knows already that it is not the same one, still in view.
        """
        self.code_taken.emit()
        page = self.window.page
        if isinstance(page, PairingPage):
            if not page.take_scan(text):
                self.scans.say_not_scanned()
        elif not self.flow.is_open:
            self._refuse_scan()
        elif page is self.window.supervisor_frame:
            if self.staff.flow.take_code(text):
                self.scans.submit(text, other_texts=others, is_new=is_new)
        elif isinstance(page, GatePage | ManualPage):
            self.window.show_page(self.window.gate_page)
            if self.scans.decisions.holds_lane:
                self.staff.try_badge(text)
            self.scans.submit(text, other_texts=others, is_new=is_new)

    def take_tag(self, tag: TagScan) -> None:
        """Take a tag from an NFC reader; where no tickets are taken, only a badge counts."""
        if tag.text is not None and tag.text.startswith(BADGE_PREFIX):
            self.take_new_code(tag.text)
            return
        page = self.window.page
        if not self.flow.is_open:
            self._refuse_scan()
            return
        if page is self.window.supervisor_frame and self.staff.flow.take_code(tag.text or ""):
            page = self.window.gate_page
        if isinstance(page, GatePage | ManualPage):
            self.code_taken.emit()
            self.window.show_page(self.window.gate_page)
            self.scans.submit(tag, is_new=True)

    def _refuse_scan(self) -> None:
        """Say aloud that a gate that is not open has looked at nothing."""
        self.scans.say_not_scanned()
        said, page = TEXTS.say("start.not_scanned"), self.window.page
        if isinstance(page, StartPage):
            page.say(said)
        else:
            self.scans.hint(said)

    # ---- wiring

    def _connect(self) -> None:
        page = self.window.gate_page
        self._tick.timeout.connect(self._refresh)
        self.wedge.scanned.connect(self._take_wedge)
        self.wedge.unread.connect(self._show_unread)
        self.wedge.tapped.connect(self._take_tap)
        self.wedge.held.connect(self._take_held)
        self.scans.decisions.begun.connect(self.wedge.forget_hold)
        self.window.state_changed.connect(self._refresh)
        self.engine.taken_back.connect(self.scans.take_back)
        self.code_taken.connect(self._dimmer.wake)
        self.wedge.stirred.connect(self._dimmer.wake)
        page.manual_wanted.connect(self._show_manual)
        page.image_wanted.connect(self.open_image)
        GateWindow.manual_page.when_made(self.window, self._wire_manual)
        self._readers.scanned.connect(self.take_new_code)
        self._readers.tagged.connect(self.take_tag)
        self._readers.torn.connect(self._show_torn)
        self._readers.silent_phone.connect(self.scans.show_silent_phone)
        self._readers.problem_changed.connect(self._refresh)
        self.camera.scanned.connect(self.take_new_code)
        self.camera.crowded.connect(self._show_crowd)
        self.camera.pictured.connect(page.show_picture)
        self.camera.moved.connect(self._dimmer.wake)
        self.images.decoded.connect(self._take_decoded)
        self.images.failed.connect(self._show_unreadable)
        self.flow.opened.connect(self._take_opened)
        self.engine.status_changed.connect(self._take_status)
        self.engine.broke.connect(self._take_break)
        self.sound_changed.connect(self._refresh)
        self.settings.changed.connect(self._take_changed_settings)
        self.staff.flow.gate_wanted.connect(self.flow.open_gate)
        self.staff.pairing_wanted.connect(self.flow.pair_again)

    def _wire_manual(self, page: ManualPage) -> None:
        page.left.connect(self._show_gate)
        page.submitted.connect(self._take_manual)
        self._offer_foreign(page)

    def _offer_foreign(self, page: ManualPage) -> None:
        page.offer_foreign(has_foreign=self._status is not None and self._status.has_foreign_codes)

    def _take_wedge(self, scan: WedgeScan) -> None:
        text, others = readings(scan)
        self.take_code(text, others)

    def _take_tap(self, key: int, modifiers: int) -> None:
        """Act on a key that a finger pressed; on the gate's screen nothing else acts."""
        is_control = bool(modifiers & Qt.KeyboardModifier.ControlModifier.value)
        if key == gate_keyboard.FULL_SCREEN:
            if not (self._options.is_locked and self.window.covers_screen):
                self.window.toggle_full_screen()
        elif self.window.page is self.window.supervisor_frame:
            self.staff.flow.take_key(key)
        elif (
            self.window.page is not self.window.gate_page
            or self.settings.current.is_self_service
            or self.scans.decisions.press_tapped(key)
        ):
            return
        elif key == gate_keyboard.LAST and not is_control:
            self.scans.show_last()
        elif key == gate_keyboard.MANUAL:
            self._show_manual()
        elif key == gate_keyboard.PICTURE:
            self.open_image()
        elif key == gate_keyboard.PASTE and is_control:
            self.paste()

    def _take_held(self, key: int, _modifiers: int) -> None:
        """Act on a key on which a finger rests: only such a key decides anything."""
        if self.window.page is not self.window.gate_page:
            return
        act = gate_keyboard.ACTS.get(key)
        if self.scans.decisions.current is not None:
            self.scans.decisions.press_held(key)
        elif act is Act.SUPERVISOR:
            self.staff.call(None)
        elif act is Act.BACK and not self.settings.current.is_self_service:
            self.window.gate_page.undo_wanted.emit()

    def _may_close(self) -> bool:
        """Whether a request to close the window can have come from a person who is free to."""
        return not self.wedge.was_bursting_lately() and not self.scans.decisions.holds_lane

    # ---- ways to enter a code

    def _show_gate(self) -> None:
        self.window.show_page(self.window.gate_page)

    def _show_manual(self) -> None:
        if self.scans.decisions.holds_lane:
            return
        self.window.manual_page.restart()
        self.window.show_page(self.window.manual_page)

    def _take_manual(self, code: str) -> None:
        self._show_gate()
        self.scans.submit(code, is_manual=True)

    def open_image(self) -> None:
        """Let somebody choose a picture of a code."""
        if self.scans.decisions.holds_lane:
            return
        if self.window.findChild(PictureList) is not None:
            return
        # Not waited for: a scan meanwhile is answered, and closes it.
        dialog = PictureList(self.window, self._options.pictures or _own_pictures())
        dialog.chosen.connect(self.read_image_file)
        self.code_taken.connect(dialog.reject)
        # Where no window manager does it, the keys would go nowhere afterwards.
        dialog.finished.connect(self.window.activateWindow)
        dialog.open()

    def read_image_file(self, path: Path) -> None:
        """Take the code from a picture."""
        self.scans.show_reading()
        self.images.read_file(path)

    def read_image(self, image: QImage) -> None:
        """Take the code from a picture that is no file."""
        self.scans.show_reading()
        self.images.read_image(image)

    def paste(self) -> None:
        """Take the code, or the picture of one, from the clipboard."""
        clipboard = QGuiApplication.clipboard()
        image = clipboard.image()
        text = clipboard.text().strip()
        if not image.isNull():
            self.read_image(image)
        elif text:
            self.scans.submit(text)
        else:
            self.window.gate_page.show_hint(TEXTS.say("image.not_copied"))

    def _take_decoded(self, texts: tuple[str, ...]) -> None:
        if len(texts) == 1:
            self.take_code(texts[0])
        elif texts:
            self._say_not_read(TEXTS.say("image.several", count=len(texts)))
        else:
            self._say_not_read(TEXTS.say("image.none"))

    def _show_unreadable(self, fault: BadInput) -> None:
        self._say_not_read(TEXTS.say("image.unreadable", why=spell_fault(fault)))

    def _say_not_read(self, why: str) -> None:
        """Say large what came of a picture that gave no code."""
        self.scans.show_advice(TEXTS.say("image.not_read"), why, stays_ms=NOT_READ_STAYS_MS)

    def _show_torn(self) -> None:
        self._advise(TEXTS.say("advice.hold_still"), TEXTS.say("reader.hold_still"))

    def _show_unread(self) -> None:
        """Say that keys came of which no code was read; where digits are asked for, they count."""
        if self.window.page is self.window.gate_page and not self.scans.decisions.holds_lane:
            lines = [TEXTS.say(f"advice.{part}") for part in ("unread", "unread_next")]
            self.scans.show_advice(TEXTS.say("image.not_read"), *lines, stays_ms=NOT_READ_STAYS_MS)
            self.told_unread.emit()

    def _show_crowd(self, count: int) -> None:
        why = TEXTS.say("advice.crowd", count=count)
        self._advise(TEXTS.say("advice.one_by_one"), why, TEXTS.say("advice.crowd_next"))

    def _advise(self, word: str, *lines: str) -> None:
        """Say how to show a ticket, where tickets are shown."""
        if self.window.page is self.window.gate_page:
            self.scans.show_advice(word, *lines)

    # ---- the lane's condition

    def _take_opened(self, status: LaneStatus) -> None:
        self._take_status(status)
        self.engine.ask(lambda session: list(session.recent(FORMER_SCANS)), self.scans.fill_recent)

    def _take_status(self, status: LaneStatus) -> None:
        was, self._status = self._status or status, status
        is_elsewhere = (was.gate_id, was.direction) != (status.gate_id, status.direction)
        if is_elsewhere or (was.steward and not status.steward):
            self.scans.forget_last()
        self.staff.take_status(status)
        self.scans.set_clock_offset(status.clock_offset)
        self.scans.set_zone(self._zone(status))
        self.scans.set_practice(is_practice=status.profile == PRACTICE)
        self.scans.set_revoked(is_revoked=status.trouble == TroubleKind.REVOKED)
        if status.mode == "online" or not status.has_tried:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = self.scans.now()
        self.window.gate_page.set_idle_words(*idle_words(status))
        GateWindow.manual_page.if_made(self.window, self._offer_foreign)
        self._refresh()

    def _zone(self, status: LaneStatus) -> tzinfo | None:
        """Return the zone of the times on the screen: the venue's, as soon as it is known."""
        if self._options.zone is not None or not status.timezone:
            return self._options.zone
        try:
            return ZoneInfo(status.timezone)
        except (KeyError, ValueError, OSError):
            return None

    def _take_changed_settings(self) -> None:
        """Say everything anew in the language that was chosen."""
        if self._status is not None:
            self._take_opened(self._status)
        self._refresh()

    def _take_break(self, fault: BaseException) -> None:
        """Show a fault of the gate's condition in the bar; scans tell of it themselves."""
        if self._status is not None:
            said = spell_fault(fault)
            self._take_status(msgspec.structs.replace(self._status, problem=said, trouble=""))
        raise_unforeseen(fault)

    def _with_readers(self, status: LaneStatus) -> LaneStatus:
        """Say what is wrong with readers where the lane's own problems are said."""
        own, readers = own_trouble(status), self._readers.problem
        said = [one for one in (own, readers, camera_trouble(self.camera.state)) if one]
        return msgspec.structs.replace(status, problem=" · ".join(said), trouble="")

    def _refresh(self) -> None:
        page, now = self.window.gate_page, self.scans.now()
        self.staff.take_readers(self._readers.problem, self.camera.state)
        if self.camera.state is CameraState.GONE:
            page.show_picture(None)  # else its last picture would stand there
        is_waiting = self.window.page is page and page.state is ScreenState.IDLE
        is_told = self._status is not None and has_word_for_all(self._status)
        self._dimmer.allow(may_dim=is_waiting and not is_told)
        self.scans.refresh_undo()
        page.top.set_facts(top_facts(self._status, now, self.scans.zone))
        if self._status is None:
            return
        page.set_doors(doors_fact(self._status, self.scans.zone))
        page.bottom.set_facts(
            bottom_facts(
                self._with_readers(self._status),
                is_audible=self._sounder.is_audible,
                look=page.look,
            )
        )
        if self._status.mode != "offline" or self._alone_since is None:
            page.set_alone(None)
            return
        page.set_alone(
            alone_fact(
                self._status,
                alone_since=self._alone_since,
                now=now,
                zone=self.scans.zone,
            )
        )


def _own_pictures() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
