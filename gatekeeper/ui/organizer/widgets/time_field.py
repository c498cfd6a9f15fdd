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
    QPointF,
    Qt,
    QTime,
    QTimeZone,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QApplication,
    QCalendarWidget,
    QDateEdit,
    QDateTimeEdit,
    QTimeEdit,
)

from gatekeeper.ui.organizer.widgets.passed_by_scrolling import PassedBy
from gatekeeper.wording.texts import ENGLISH, TEXTS

DAY_FORMAT: Final = "yyyy-MM-dd"
TIME_FORMAT: Final = "yyyy-MM-dd HH:mm"
CLOCK_FORMAT: Final = "HH:mm"
_BETWEEN: Final = frozenset("-./: ")
_WITH_OUR_FIGURES: Final = {"ar": "ar_AE"}
"""Where a language alone has other figures than the texts and the field."""
_DAY_FIRST: Final = re.compile(r"(?<!\d)(\d{1,2})([./])(\d{1,2})\2(\d{4})$", re.ASCII)
"""A day as most of those write it by hand who read `2026-11-28` here."""
_TIME_ALONE: Final = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
"""A time of the day that stands there already."""
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
        return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - of no zone

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
    `28.11.2026` is that day, and `23:30` that time of the day that stands there: Qt would make
    the years 2811 and 2330 of them.

    Args:
        edit: The field, which owns this.
    """

    def __init__(self, edit: QDateTimeEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self._typed_in: int | None = None
        self._run, self._before = "", edit.dateTime()
        edit.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        edit.setLocale(QLocale.c())  # with the texts' digits, whatever a system's are
        edit.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep a sign away that Qt has gone past already; type over what is full."""
        if watched is self._edit and event.type() is QEvent.Type.FocusIn:
            self._run = ""
        if watched is not self._edit or not isinstance(event, QKeyEvent):
            return False
        if event.type() is not QEvent.Type.KeyPress:
            return False
        if event.key() in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            # To the next field, not to each part of this one: arrows go there.
            is_back = event.key() == Qt.Key.Key_Backtab
            self._edit.setCurrentSectionIndex(0 if is_back else self._edit.sectionCount() - 1)
        is_arrow = event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}
        if is_arrow and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._open_calendar()
            return True
        if self._takes_day_first(event.text()):
            return True
        if not event.text():
            return False
        part, self._typed_in = self._typed_in, None
        if event.text().isdigit():
            self._type_over()
            self._typed_in = self._edit.currentSectionIndex()
        elif event.text() in _BETWEEN and part is not None:
            return self._edit.currentSectionIndex() != part
        return False

    def _takes_day_first(self, text: str) -> bool:
        """Take a day that is typed with its year last, when its last digit comes."""
        if not text.isdigit() and text not in _BETWEEN:
            self._run = ""
            return False
        if not self._run:
            self._before = self._edit.dateTime()
        self._run += text
        if self._takes_time_alone():
            return True
        found = _DAY_FIRST.search(self._run)
        # Of "4/7/2026" no two readers of English make the same day.
        if found is None or (found[2] == "/" and TEXTS.language == ENGLISH):
            return False
        day = QDate(int(found[4]), int(found[3]), int(found[1]))
        if not day.isValid():
            return False
        moment = QDateTime(self._before)
        moment.setDate(day)
        self._edit.setDateTime(moment)
        self._run, self._typed_in = "", 0  # the sign that follows leads on to no further part
        self._edit.setSelectedSection(QDateTimeEdit.Section.HourSection)
        return True

    def _takes_time_alone(self) -> bool:
        """Take a time without a day when its last digit comes; what is none changes nothing."""
        edit, found = self._edit, _TIME_ALONE.fullmatch(self._run)
        if found is None or not edit.displayedSections() & QDateTimeEdit.Section.YearSection:
            return False
        moment, time = QDateTime(self._before), QTime(int(found[1]), int(found[2]))
        has_time = bool(edit.displayedSections() & QDateTimeEdit.Section.HourSection)
        if time.isValid() and has_time:
            moment.setTime(time)
        edit.setDateTime(moment)
        edit.setSelectedSection(edit.sectionAt(edit.sectionCount() - 1))
        self._run = ""
        return True

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
