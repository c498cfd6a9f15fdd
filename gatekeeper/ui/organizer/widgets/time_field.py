"""Fields of a day, and of a day and a time as the venue's clock shows them: by no zone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from PySide6.QtCore import (
    QDate,
    QDateTime,
    QEvent,
    QLocale,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QTime,
    QTimer,
    QTimeZone,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QApplication,
    QCalendarWidget,
    QDateEdit,
    QDateTimeEdit,
    QLineEdit,
    QTimeEdit,
    QToolTip,
)

from gatekeeper.ui.organizer.widgets.passed_by_scrolling import PassedBy
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_days_and_times import TYPED_YEARS, read_typed
from shared.kernel.errors import BadInput
from shared.kernel.languages import ENGLISH

DAY_FORMAT: Final = "yyyy-MM-dd"
TIME_FORMAT: Final = "yyyy-MM-dd HH:mm"
CLOCK_FORMAT: Final = "HH:mm"
_BETWEEN: Final = frozenset("-./: ")
_WITH_OUR_FIGURES: Final = {"ar": "ar_AE"}
"""Where a language alone has other figures than the texts and the field."""
_AS_PYTHON: Final = "%Y-%m-%d %H:%M"
_DAY_FIRST: Final = re.compile(r"\d{1,2}([-./])\d{1,2}\1(\d{4}|\d{2} )", re.ASCII)
"""A day as most of those write it by hand who read `2026-11-28` here, to its end."""
_TIME_ALONE: Final = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
"""A time of the day that stands there already, to its end."""
_LEAVING: Final = frozenset(
    (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter)
)
_COMMANDS: Final = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
_HELD: Final = frozenset(
    (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta)
)
"""Keys that are held with others, and type nothing."""
_ARROW: Final = 10
"""Pixels from a field's end to the middle of its arrow."""


class TimeField(PassedBy, QDateTimeEdit):
    """Takes a time that is typed whole, `2026-11-28 19:00`, or its digits alone."""

    def __init__(self) -> None:
        super().__init__()
        # Before the format: from right to left Qt would write 30:19 23-11-2026.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setTimeZone(QTimeZone(QTimeZone.Initialization.UTC))
        self.setDisplayFormat(TIME_FORMAT)
        self.setCalendarPopup(True)
        self.setCalendarWidget(make_calendar())
        WholeTyping(self)

    @property
    def moment(self) -> datetime:
        """The day and time that are shown, without a zone."""
        text = self.dateTime().toString(TIME_FORMAT)
        return datetime.strptime(text, _AS_PYTHON)  # noqa: DTZ007 - of no zone

    def show_moment(self, moment: datetime) -> None:
        """Show a moment's day and time, to the minute, whatever its zone."""
        day = QDate(moment.year, moment.month, moment.day)
        plain = QTimeZone(QTimeZone.Initialization.UTC)
        self.setDateTime(QDateTime(day, QTime(moment.hour, moment.minute), plain))


class DayField(PassedBy, QDateEdit):
    """Takes a day."""

    def __init__(self) -> None:
        super().__init__()
        # Before the format: from right to left Qt would turn the parts around.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setDisplayFormat(DAY_FORMAT)
        self.setCalendarPopup(True)
        self.setCalendarWidget(make_calendar())
        WholeTyping(self)


class ClockField(PassedBy, QTimeEdit):
    """Takes an hour and a minute of any day."""

    def __init__(self) -> None:
        super().__init__()
        # Before the format: from right to left Qt would write 30:02.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setDisplayFormat(CLOCK_FORMAT)
        WholeTyping(self)


class WholeTyping(QObject):
    """Lets a field of days or times take one that is typed whole, with the signs between.

    After a part's last digit Qt goes on by itself; at the sign that follows it would go on a
    second time, and write the month into the day. Into a part that is full, or with all of the
    text chosen, Qt takes no digit at all. Tab leaves the field: Qt would go through its parts.
    With Alt an arrow opens the calendar, as it opens a list: Qt would step to another year.
    What is typed from the first part on is read whole, when it is whole or the field is left:
    Qt would make the years 2811 and 2330 of `28.11.2026` and `23:30`. What is not understood
    is refused: what stood there before stands there again, and Tab and Enter stay.

    Args:
        edit: The field, which owns this.
    """

    def __init__(self, edit: QDateTimeEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self._typed_in: int | None = None
        self._run, self._before, self._kept = "", edit.dateTime(), edit.dateTime()
        self._is_whole = self._is_ended = self._is_typed = False
        edit.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        edit.setLocale(QLocale.c())  # with the texts' digits, whatever a system's are
        edit.installEventFilter(self)
        edit.lineEdit().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Read what is typed; keep a sign away that Qt has gone past; type over what is full."""
        if isinstance(watched, QLineEdit):
            if event.type() is QEvent.Type.MouseButtonPress:
                self._begin_anew()
            return False
        if event.type() is QEvent.Type.FocusIn:
            self._begin_anew()
            self._is_typed = False
        if event.type() is QEvent.Type.FocusOut:
            self._settle()
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        return self._take_key(event)

    def _take_key(self, event: QKeyEvent) -> bool:
        """Take a key; tell whether nobody else may have it."""
        key, text = event.key(), event.text()
        if key in _LEAVING and not self._settle():
            return True
        if key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            # To the next field, not to each part of this one: arrows go there.
            is_back = key == Qt.Key.Key_Backtab
            self._edit.setCurrentSectionIndex(0 if is_back else self._edit.sectionCount() - 1)
        is_arrow = key in {Qt.Key.Key_Down, Qt.Key.Key_Up}
        if is_arrow and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._open_calendar()
            return True
        is_command = event.modifiers() & _COMMANDS
        if not text or not text.isprintable() or is_command:
            if key not in _HELD:
                self._begin_anew()
            return False
        if self._takes_whole(text):
            return True
        part, self._typed_in = self._typed_in, None
        if text.isdigit():
            self._type_over()
            self._typed_in = self._edit.currentSectionIndex()
        elif text in _BETWEEN and part is not None:
            return self._edit.currentSectionIndex() != part
        return False

    def _begin_anew(self) -> None:
        self._run, self._is_ended = "", False

    def _takes_whole(self, text: str) -> bool:
        """Take what is typed whole, when its last sign comes."""
        edit = self._edit
        if not self._is_typed:
            self._kept, self._is_typed = edit.dateTime(), True
        is_again = self._is_ended and text.isdigit()
        if is_again:
            self._begin_anew()
        if not self._run:
            is_all = edit.lineEdit().selectedText() == edit.text()
            self._is_whole = is_all or is_again or not edit.currentSectionIndex()
            self._before = edit.dateTime()
        self._run += text
        return self._has_day and (self._takes_time_alone() or self._takes_day_first())

    @property
    def _has_day(self) -> bool:
        return bool(self._edit.displayedSections() & QDateTimeEdit.Section.YearSection)

    @property
    def _has_time(self) -> bool:
        return bool(self._edit.displayedSections() & QDateTimeEdit.Section.HourSection)

    def _takes_day_first(self) -> bool:
        """Take a day that is typed with its year last; after it a time may follow."""
        if not self._is_whole or not _DAY_FIRST.fullmatch(self._run):
            return False
        moment = self._read(self._run)
        if moment is None:
            return False
        self._edit.setDateTime(moment)
        self._typed_in = 0  # the sign that follows leads on to no further part
        self._begin_anew()
        self._edit.setSelectedSection(QDateTimeEdit.Section.HourSection)
        return True

    def _takes_time_alone(self) -> bool:
        """Take a time without a day when its last digit comes; what is none changes nothing."""
        edit = self._edit
        if not _TIME_ALONE.fullmatch(self._run):
            return False
        edit.setDateTime(self._read(self._run) or self._before)
        edit.setSelectedSection(edit.sectionAt(edit.sectionCount() - 1))
        self._is_ended = True
        return True

    def _read(self, typed: str) -> QDateTime | None:
        """Read what was typed whole; None where nobody can."""
        shown = self._before.toString(TIME_FORMAT)
        try:
            moment = read_typed(
                typed,
                datetime.strptime(shown, _AS_PYTHON),  # noqa: DTZ007 - of no zone
                has_time=self._has_time,
                is_english=TEXTS.language == ENGLISH,
            )
        except BadInput:
            return None
        if moment is None:
            return self._edit.dateTime()
        found = QDateTime(self._before)
        found.setDate(QDate(moment.year, moment.month, moment.day))
        found.setTime(QTime(moment.hour, moment.minute))
        return found

    def _settle(self) -> bool:
        """Show what was meant; tell whether it was understood."""
        edit, typed = self._edit, self._run.strip()
        if not self._is_typed or not self._has_day:
            return True
        edit.interpretText()
        is_own = typed and (self._is_whole or self._is_ended)
        moment = self._read(typed) if is_own else edit.dateTime()
        self._begin_anew()
        self._is_typed = False
        if moment is None or moment.date().year() not in TYPED_YEARS:
            edit.setDateTime(self._kept)
            edit.selectAll()
            QTimer.singleShot(0, edit, self._say_refused)  # after the focus, which takes it away
            return False
        edit.setDateTime(moment)
        edit.setAccessibleDescription("")
        return True

    def _say_refused(self) -> None:
        said = TEXTS.say(f"desk.typed.{'time' if self._has_time else 'day'}")
        self._edit.setAccessibleDescription(said)  # for whoever hears the page
        at = self._edit.mapToGlobal(QPoint(0, self._edit.height()))
        QToolTip.showText(at, said, self._edit)

    def _open_calendar(self) -> None:
        """Press the arrow: no call of Qt opens what is behind it."""
        if self._edit.calendarPopup():
            at = QPointF(self._edit.width() - _ARROW, self._edit.height() / 2)
            button = Qt.MouseButton.LeftButton
            press = QMouseEvent(
                QEvent.Type.MouseButtonPress,
                at,
                self._edit.mapToGlobal(at),
                button,
                button,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(self._edit, press)

    def _type_over(self) -> None:
        """Choose the part that the next digit begins: the first one where all was chosen."""
        line = self._edit.lineEdit()
        chosen, text = line.selectedText(), line.text()
        if chosen and chosen == text:
            self._edit.setSelectedSection(self._edit.sectionAt(0))
        elif not chosen and len(text) == len(self._edit.displayFormat()):
            self._edit.setSelectedSection(self._edit.currentSection())


def make_calendar() -> QCalendarWidget:
    """Make a month to choose a day of; a weekend is no error, so nothing in it is red."""
    calendar = QCalendarWidget()
    # Its own: the field's, which has our figures, names months and days in English.
    calendar.setLocale(QLocale(_WITH_OUR_FIGURES.get(TEXTS.language, TEXTS.language)))
    calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
    calendar.setGridVisible(False)
    calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        calendar.setWeekdayTextFormat(day, QTextCharFormat())
    return calendar
