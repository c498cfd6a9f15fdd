"""Looks at the desk into the books of a real server: reports, rules, who did what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ui.test_organizer_desk import Hand


def look_into_books(hand: Hand, folder: Path) -> None:
    """Each room shows what the server says, and saves it."""
    work = hand.work
    hand.enter("reports")
    several = work.reports.period
    work.reports.tabs.setCurrentIndex(1)
    hand.until(lambda: several.events.count() == 1)
    several.wanted.emit()
    hand.until(lambda: several.tables.count() > 0)
    several.saved.emit("csv", str(folder / "several.csv"))
    hand.until(lambda: "Saved several.csv" in several.note)
    hand.enter("persons")
    kept = work.persons.retention
    work.persons.tabs.setCurrentIndex(1)
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
