"""Looks at the desk into the books of a real server: reports, rules, who did what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from tests.factories.keys import press

if TYPE_CHECKING:
    from tests.ui.organizer.test_organizer_desk import Hand


def look_into_books(hand: Hand, folder: Path) -> None:
    """Each page shows what the server says, and saves it."""
    work = hand.work
    hand.enter("reports")
    end_or_reopen(hand, "reportEnd", "reportReopen", "over")
    end_or_reopen(hand, "reportReopen", "reportEnd", "running")
    several = work.reports.period
    work.reports.tabs.setCurrentIndex(1)
    hand.until(lambda: several.events.count() == 1)
    several.wanted.emit()
    hand.until(lambda: several.tables.count() > 0)
    several.saved.emit("csv", str(folder / "several.csv"))
    hand.until(lambda: "Saved several.csv" in several.note)
    set_up_mail(hand)
    hand.enter("guest_data")
    kept = work.guest_data.retention
    work.guest_data.tabs.setCurrentIndex(1)
    hand.until(kept.isEnabled)
    kept.preview.click()
    hand.until(lambda: kept.isEnabled() and kept.save.isEnabled())
    kept.save.click()
    hand.until(lambda: kept.isEnabled() and kept.note.startswith("Saved"))
    hand.enter("audit")
    hand.until(lambda: bool(work.audit.lines))
    assert work.audit.lines[0].act == ("retention", "")
    work.audit.saved.emit(str(folder / "audit-of-us.csv"))
    hand.until(lambda: "Saved audit-of-us.csv" in work.audit.note)
    assert (folder / "audit-of-us.csv").read_bytes().count(b"retention") == 1


def end_or_reopen(hand: Hand, act: str, other: str, state: str) -> None:
    """Press one of two buttons, of which the other takes it back; the list of events says it."""
    page, events = hand.work.reports, hand.work.events
    one, back = page.findChild(QPushButton, act), page.findChild(QPushButton, other)
    assert one is not None
    assert back is not None
    hand.until(lambda: not one.isHidden())
    one.click()
    if page.question.asked:
        press(page, "reportEndYes")
    hand.until(lambda: one.isHidden() and not back.isHidden())
    hand.until(lambda: events.currentText().endswith(state))


def set_up_mail(hand: Hand) -> None:
    """A report is set up, paused, and removed; without a mail server the page says so."""
    mailed = hand.work.reports.mailed
    hand.work.reports.tabs.setCurrentWidget(mailed)
    form = mailed.form
    hand.until(lambda: mailed.isEnabled() and form.recipients.count() == 1)
    without = mailed.findChild(QLabel, "mailedNoServer")
    assert without is not None
    assert not without.isHidden()
    form.name.setText("Each morning")
    form.sent.emit({**form.fields, "recipients": []})
    hand.until(lambda: mailed.isEnabled() and bool(mailed.note))
    form.recipients.item(0).setCheckState(Qt.CheckState.Checked)
    press(mailed, "mailedSave")
    hand.until(lambda: mailed.isEnabled() and mailed.note.startswith("It is sent"))
    assert mailed.list.count() == 1
    form.every.setCurrentIndex(1)
    press(mailed, "mailedSave")
    hand.until(lambda: mailed.isEnabled() and mailed.note == "Saved.")
    press(mailed, "mailedPause")
    hand.until(lambda: mailed.isEnabled() and mailed.note.startswith("Paused"))
    assert mailed.schedule is not None
    assert (mailed.schedule.every, mailed.schedule.is_paused) == ("week", True)
    press(mailed, "mailedRemove")
    assert "cannot be undone" in mailed.card.asked
    press(mailed, "mailedYes")
    hand.until(lambda: mailed.isEnabled() and "no longer" in mailed.note)
    assert mailed.list.count() == 0
