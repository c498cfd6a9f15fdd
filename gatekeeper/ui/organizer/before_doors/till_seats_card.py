"""Reserved seats that the chosen till alone may sell: seen, given row by row, freed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.organizer.before_doors.till_seats_client import SeatGrants, SeatRow
from gatekeeper.organizer.before_doors.till_stock_client import SELLING
from gatekeeper.presenters.desk.till_seats_words import spell_own, spell_row
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, fit_letters, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.wording.texts import TEXTS

_NUMBER_WIDTH: Final = 90


class _Choice(ChoiceBox):
    """A list by its name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(TEXTS.say(f"tillseats.{name.removeprefix('tillSeats').lower()}"))
        self.setMinimumWidth(_NUMBER_WIDTH)


class TillSeatsCard(LastActLine, DeskCard):
    """Shown for a device that sells at an event with seats, and for a revoked one that has some.

    Attributes:
        device: Whose seats; None for none.
        seats: As they were read; None before.
    """

    entered = Signal()
    """Another till is shown, of which nothing is read yet."""
    given = Signal(object)
    """The seats' ids, of the till that is shown."""
    freed = Signal()
    """A revoked till's."""
    busy = Signal(bool)
    """An act began, or is over: meanwhile no other device is chosen."""

    def __init__(self) -> None:
        super().__init__("tillSeatsCard")
        self.device: Device | None = None
        self.seats: SeatGrants | None = None
        self._may_edit, self._is_busy = True, False
        self._title = make_text("", "heading", "tillSeatsTitle")
        self.own = make_text("", "", "tillSeatsOwn")
        self.row, self.first, self.last = map(
            _Choice, ("tillSeatsRow", "tillSeatsFirst", "tillSeatsLast")
        )
        fit_letters(self.row)
        self.row.currentIndexChanged.connect(lambda _at: self._fill_numbers())
        for box in (self.first, self.last):
            box.currentIndexChanged.connect(lambda _at: self._arrange())
        self._go = make_button("", "tillSeatsGive", self._give)
        self._form = QWidget()
        ways = fill(edge_to_edge(QHBoxLayout(self._form)), (self.row, 1))
        for box, key in ((self.first, "first"), (self.last, "last")):
            fill(ways, make_text(TEXTS.say(f"tillseats.{key}")), box)
        ways.addWidget(self._go)
        self._lead = make_text(TEXTS.say("tillseats.lead"), "lead", "tillSeatsLead")
        self._free = make_button(TEXTS.say("tillseats.free_go"), "tillSeatsFree", self._ask)
        self.question = YesOrNo("tillSeats")
        self.question.agreed.connect(self.freed)
        self._note = make_text("", "lead", "tillSeatsNote")
        rows = fill(QVBoxLayout(self), self._title, self.own, self._lead, self._form)
        rows.addWidget(self._free, 0, Qt.AlignmentFlag.AlignLeading)
        fill(rows, self.question, self._note)
        for part in (self, self.question, self._note):
            part.hide()
        self._arrange()

    def let_edit(self, *, may_edit: bool) -> None:
        """Let seats be given and freed, or only be looked at."""
        self._may_edit = may_edit
        self._arrange()

    def forget(self) -> None:
        """Show nothing: it was of another event."""
        self.show_device(None)

    def show_device(self, device: Device | None) -> None:
        """Show the chosen device's seats, once they are read."""
        shown = device if device is not None and device.role in SELLING else None
        before, self.device = self.device, shown
        if shown is not None:
            self._title.setText(let_break(TEXTS.say("tillseats.title", name=shown.name)))
        same = (before and (before.id, before.is_revoked)) == (
            shown and (shown.id, shown.is_revoked)
        )
        if same:
            return
        self.seats = None
        self.question.hide()
        self.say("", "lead")
        self._arrange()
        if shown is not None:
            self.entered.emit()

    def show_seats(self, seats: SeatGrants) -> None:
        """Show who has which seat; the row that is chosen stays, as far as it has free ones."""
        chosen = self._row
        self.seats = seats
        with QSignalBlocker(self.row):
            self.row.clear()
            for one in seats.open:
                self.row.addItem(spell_row(one), one)
            names = [(one.section, one.row) for one in seats.open]
            if chosen is not None and (chosen.section, chosen.row) in names:
                self.row.setCurrentIndex(names.index((chosen.section, chosen.row)))
        self.own.setText(let_break(spell_own(seats)))
        self._fill_numbers()

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self._is_busy = is_busy
        self._arrange()
        self.busy.emit(is_busy)

    @property
    def _row(self) -> SeatRow | None:
        found = self.row.currentData()
        return found if isinstance(found, SeatRow) else None

    @property
    def chosen(self) -> tuple[str, ...]:
        """The free seats between the two that are named."""
        row = self._row
        if row is None:
            return ()
        between = row.between(self.first.currentData() or "", self.last.currentData() or "")
        return tuple(one.id for one in between)

    def _fill_numbers(self) -> None:
        row = self._row
        free = () if row is None else tuple(one for one in row.seats if one.is_free)
        for box in (self.first, self.last):
            with QSignalBlocker(box):
                box.clear()
                for one in free:
                    box.addItem(one.number, one.id)
        with QSignalBlocker(self.last):
            self.last.setCurrentIndex(len(free) - 1)
        self._arrange()

    def _arrange(self) -> None:
        device, seats = self.device, self.seats
        is_revoked = device is not None and device.is_revoked
        has_some = seats is not None and bool(seats.own)
        is_seated = seats is not None and bool(seats.rows)
        # What came of an act stays to be read, though nothing is left to be done.
        is_of_use = has_some or not is_revoked or bool(self._note.text())
        self.setVisible(device is not None and is_seated and is_of_use)
        may_give = self._may_edit and not is_revoked
        self._lead.setVisible(may_give)
        self._form.setVisible(may_give)
        self._free.setVisible(self._may_edit and is_revoked and has_some)
        self._free.setEnabled(not self._is_busy)
        self.question.setEnabled(not self._is_busy)
        for box in (self.row, self.first, self.last):
            box.setEnabled(not self._is_busy and box.count() > 0)
        count = len(self.chosen)
        self._go.setText(TEXTS.say("tillseats.go", count=count))
        self._go.setEnabled(not self._is_busy and count > 0)

    def _give(self) -> None:
        if self.chosen:
            self.given.emit(self.chosen)

    def _ask(self) -> None:
        if self.device is not None and self.seats is not None:
            words = {"name": self.device.name, "count": len(self.seats.own)}
            asked = let_break(TEXTS.say("tillseats.free_ask", **words))
            self.question.ask(asked, TEXTS.say("tillseats.free_yes"))
