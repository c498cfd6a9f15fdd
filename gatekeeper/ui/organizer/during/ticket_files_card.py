"""Tickets in bulk at the page of orders: as what, which, how far it is; saved or given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QProgressBar,
    QVBoxLayout,
)

from gatekeeper.organizer.during.ticket_files_client import (
    FORMS,
    FilesWanted,
    TicketFile,
    TicketFilesClient,
    TicketGroup,
)
from gatekeeper.organizer.how_often_pages_look import TICKET_FILES_LOOK_MS
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.presenters.desk.ticket_file_words import spell_file, spell_group, spell_saved
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_style import DeskCard, called, keep_place, make_button, make_text
from gatekeeper.ui.organizer.desk_thread import FollowedWork
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")
_LIST_HEIGHT = 92
_TOUCH = 36
WRITING = "writing"
READY = "ready"
_STEPS = 1_000


class TicketFilesCard(LastActLine, DeskCard):
    """Asks which tickets, and lists what was written."""

    wanted = Signal(object)
    stopped = Signal(object)
    saved = Signal(object, str)
    """A file, and what it is called here."""
    save_stopped = Signal()

    def __init__(self) -> None:
        super().__init__("filesCard")
        self._files: tuple[TicketFile, ...] = ()
        self._groups: tuple[TicketGroup, ...] = ()
        self._is_saving = False
        self.form, self.kind = ChoiceBox(), ChoiceBox()
        for one in FORMS:
            self.form.addItem(TEXTS.say(f"files.form.{one}"), one)
        for key, box in (("form", self.form), ("kind", self.kind)):
            box.setObjectName(f"files_{key}")
            box.setAccessibleName(TEXTS.say(f"files.{key}"))
        self.unsent = self._tick("unsent")
        self.names = self._tick("names")
        self.go = make_button(TEXTS.say("files.go"), "filesGo", self._ask)
        self.progress = called(QProgressBar(), "filesProgress")
        self.list = called(QListWidget(), "filesList", TEXTS.say("files.title"))
        self.list.setFixedHeight(_LIST_HEIGHT)
        self.list.currentRowChanged.connect(lambda _row: self._show_ways())
        self.save = make_button(TEXTS.say("files.save"), "filesSave", self._save)
        self.stop = make_button("", "filesStop", self._stop)
        self._note = make_text("", "lead", "filesNote")
        rows = QVBoxLayout(self)
        self.bytes, self.give_up = (
            QProgressBar(),
            make_button(TEXTS.say("paper.stop"), "filesGiveUp"),
        )
        self.bytes.setObjectName("filesBytes")
        self.bytes.setRange(0, _STEPS)
        self.bytes.setTextVisible(False)
        self.bytes.setAccessibleName(TEXTS.say("files.save"))
        self.give_up.clicked.connect(self.save_stopped)
        rows.addWidget(make_text(TEXTS.say("files.title"), "heading"))
        rows.addWidget(make_text(TEXTS.say("files.lead"), "lead"))
        for widgets in (
            (self.form, self.kind, self.go),
            (self.unsent, self.names),
            (self.save, self.stop, self.progress),
        ):
            row = QHBoxLayout()
            for widget in widgets:
                row.addWidget(widget, int(widget is self.kind))  # a list's words are long
            row.addStretch(1)
            if self.save in widgets:
                rows.addWidget(self.list)
            rows.addLayout(row)
        rows.addWidget(self._note)
        saving = fill(QHBoxLayout(), (self.bytes, 1), self.give_up)
        rows.addLayout(saving)
        self.forget()

    @property
    def chosen(self) -> TicketFile | None:
        """Which file is looked at."""
        row = self.list.currentRow()
        return self._files[row] if 0 <= row < len(self._files) else None

    @property
    def is_writing(self) -> bool:
        """Whether something is on its way."""
        return any(one.state == WRITING for one in self._files)

    def forget(self) -> None:
        """Show nothing: it was another event's."""
        self.show_groups(())
        self.show_files(())
        self.show_saving(None)
        self.say("", "lead")

    @property
    def group(self) -> TicketGroup:
        """Which tickets are chosen; of no type and no list for all."""
        row = self.kind.currentIndex() - 1
        return self._groups[row] if 0 <= row < len(self._groups) else TicketGroup()

    def show_groups(self, groups: Sequence[TicketGroup]) -> None:
        """Offer the event's ticket types and lists; what is chosen stays."""
        chosen, known = self.group.key, [one.key for one in groups]
        self._groups = tuple(groups)
        self.kind.clear()
        self.kind.addItem(TEXTS.say("files.all"))
        self.kind.addItems([spell_group(one) for one in groups])
        self.kind.setCurrentIndex(known.index(chosen) + 1 if chosen in known else 0)

    def show_files(self, files: Sequence[TicketFile]) -> None:
        """List what was asked for; what is looked at stays."""
        before = self.chosen
        self._files = tuple(files)
        with QSignalBlocker(self.list), keep_place(self.list):
            self.list.clear()
            self.list.addItems([spell_file(one) for one in files])
            known = [one.id for one in files]
            at = known.index(before.id) if before and before.id in known else 0
            self.list.setCurrentRow(at if files else -1)
        self.list.setVisible(bool(files))
        self._show_ways()

    def show_saving(self, done: int | None, size: int = 1) -> None:
        """Show how many bytes of a file have come; None where none is on its way."""
        was_saving, self._is_saving = self._is_saving, done is not None
        for widget in (self.bytes, self.give_up):
            widget.setVisible(self._is_saving)
        if done is not None:
            self.bytes.setValue(min(_STEPS, done * _STEPS // max(size, 1)))
            self.say(spell_saved(done, size), "lead")
        if was_saving is not self._is_saving:
            self._show_ways()

    def _tick(self, key: str) -> QCheckBox:
        box = called(QCheckBox(TEXTS.say(f"files.{key}")), f"files_{key}")
        box.setMinimumHeight(_TOUCH)
        return box

    def _show_ways(self) -> None:
        one = self.chosen
        is_writing = one is not None and one.state == WRITING
        is_ready = one is not None and one.state == READY
        self.save.setVisible(is_ready and bool(one and one.parts) and not self._is_saving)
        # What is being saved is not deleted under it.
        self.stop.setVisible(is_writing or (is_ready and not self._is_saving))
        self.stop.setText(TEXTS.say("files.stop" if is_writing else "files.delete"))
        self.progress.setVisible(is_writing)
        if one is not None and is_writing:
            self.progress.setRange(0, max(one.total, 1))
            self.progress.setValue(one.done + one.left_out)

    def _ask(self) -> None:
        self.wanted.emit(
            FilesWanted(
                form=str(self.form.currentData()),
                type_id=self.group.type_id,
                import_id=self.group.import_id,
                unsent=self.unsent.isChecked(),
                names=self.names.isChecked(),
            )
        )

    def _stop(self) -> None:
        if self.chosen is not None:
            self.stopped.emit(self.chosen)

    def _save(self) -> None:
        one = self.chosen
        if one is None:
            return
        if name := ask_where_to_save(self, TEXTS.say("files.save"), one.file_name):
            self.saved.emit(one, name)


class TicketFilesFlow(QObject):
    """Does what the card is asked for, and looks how far it is meanwhile."""

    _moved = Signal(object, int)
    _ended = Signal(object)

    def __init__(self, card: TicketFilesCard, session: DeskSession) -> None:
        super().__init__(card)
        self._saving: tuple[FollowedWork, TicketFile, str] | None = None
        self._stopped: tuple[FollowedWork, TicketFile, str] | None = None
        self._moved.connect(self._show_saving)
        self._ended.connect(self._end_saving)
        card.save_stopped.connect(self.stop_saving)
        self._card, self._thread, self._api = card, session.thread, session.api
        self._client: TicketFilesClient | None = None
        self._missed = ""
        self._timer = QTimer(self, interval=TICKET_FILES_LOOK_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        card.wanted.connect(self._ask)
        card.stopped.connect(self._stop)
        card.saved.connect(self.save)

    def enter(self, site: EventSite) -> None:
        """Show an event's files, where one may have them."""
        if self._card.isHidden():
            return
        if self._client is None or self._client.site != site:
            self.stop_saving()
            self._client = TicketFilesClient(self._api, site)
            self._card.forget()
        # Types and lists come as the evening goes.
        self._do(self._client.list_groups, self._card.show_groups)
        self._look()

    def _look(self) -> None:
        client = self._client
        if client is not None:
            self._do(client.list_files, self._show, self._miss)

    def _show(self, files: tuple[TicketFile, ...]) -> None:
        if self._missed and self._card.note == self._missed:  # it is not so any more
            self._card.say("")
        self._missed = ""
        self._card.show_files(files)
        self._look_later()

    def _miss(self) -> None:
        """Note what was said of a look to which no answer came."""
        self._missed = self._card.note
        self._look_later()

    def _look_later(self) -> None:
        """Look again as long as something is written, also where no answer came."""
        if self._card.is_writing:
            self._timer.start()

    def _ask(self, wanted: FilesWanted) -> None:
        client = self._client
        if client is None:
            return

        def show(_made: TicketFile) -> None:
            self._card.say(TEXTS.say("files.asked"), "lead")
            self._look()

        self._do(lambda: client.ask(wanted, TEXTS.language), show)

    def _stop(self, file: TicketFile) -> None:
        client = self._client
        if client is None:
            return

        def show(_none: None) -> None:
            self._card.say(TEXTS.say("files.given_up"), "lead")
            self._look()

        self._do(lambda: client.give_up(file), show)

    def save(self, file: TicketFile, name: str) -> None:
        """Save what was written, and show how much of it has come; one file at a time."""
        client = self._client
        if client is None or self._saving is not None:
            return
        told = 0

        def tell(done: int) -> None:
            nonlocal told
            if done == file.size or (done - told) * _STEPS >= file.size:
                told = done
                self._moved.emit(file, done)

        async def work() -> None:
            await client.save(file, Path(name), tell)
            self._ended.emit(file)

        def failed(fault: BaseException) -> None:
            if self._forget_saving(file):
                self._card.say(spell_fault(fault), "bad")

        self._card.show_saving(0, file.size)
        self._stopped = None
        self._saving = (self._thread.follow(work, failed), file, Path(name).name)

    def stop_saving(self) -> None:
        """Save no more of it; what was there under its name stays, and nothing half is left."""
        if self._saving is None:
            return
        self._saving[0].stop()
        self._stopped, self._saving = self._saving, None
        self._card.show_saving(None)
        self._card.say(TEXTS.say("paper.stopped"), "lead")

    def _show_saving(self, file: TicketFile, done: int) -> None:
        if self._saving is not None and self._saving[1] is file:
            self._card.show_saving(done, file.size)

    def _end_saving(self, file: TicketFile) -> None:
        saving = self._saving or self._stopped  # whole before it heard of the stop
        if saving is not None and saving[1] is file:
            self._forget_saving(file)
            self._card.say(TEXTS.say("lists.saved", name=saving[2]), "good")

    def _forget_saving(self, file: TicketFile) -> bool:
        """Whether this one was on its way until now."""
        if self._saving is None or self._saving[1] is not file:
            return False
        self._saving = None
        self._card.show_saving(None)
        return True

    def _do(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        on_failed: Callable[[], object] = lambda: None,
    ) -> None:
        client = self._client

        def done(result: T) -> None:
            if self._client is client:
                on_done(result)

        def failed(fault: BaseException) -> None:
            if self._client is not client:
                return
            is_much = isinstance(fault, Refused) and fault.problem == "quota-exceeded"
            said = TEXTS.say("files.too_many") if is_much else spell_fault(fault)
            self._card.say(said, "bad")
            on_failed()

        self._thread.ask(work, done, failed)
