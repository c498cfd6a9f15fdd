"""The box in which a date is repeated: what is chosen is a rule, and its dates come first."""

from __future__ import annotations

from gatekeeper.organizer.prepare.series_client import Repeat, Series, SeriesDate
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.prepare.series_box import SeriesBox
from gatekeeper.ui.switching_language import speak_language


def test_dates_are_made_only_after_they_were_looked_at() -> None:
    """What is chosen writes the rule, which may be typed over; each change asks anew."""
    speak_language(make_application(), "en")
    box = SeriesBox()
    asked: list[tuple[Repeat, bool]] = []
    box.asked.connect(lambda how, makes: asked.append((how, makes)))
    box.begin("FR")
    assert box.rule.text() == "FREQ=WEEKLY;BYDAY=FR;COUNT=8"
    box._days["SA"].setChecked(True)
    box.times.setValue(5)
    assert box.rule.text() == "FREQ=WEEKLY;BYDAY=FR,SA;COUNT=5"
    assert not box.go.isEnabled()
    box.left_out.setText("2026-12-24, tomorrow")
    box._ask(makes=False)
    assert asked == []
    assert "tomorrow is not a day" in box.note
    box.left_out.setText("2026-12-24")
    box._ask(makes=False)
    how = Repeat("FREQ=WEEKLY;BYDAY=FR,SA;COUNT=5", ("2026-12-24",))
    assert asked == [(how, False)]
    box.show_dates(Series((SeriesDate("2027-03-28T02:30", "left_out"),)))
    assert "the clocks skip this time" in box.dates.item(0).text()
    box.go.click()
    assert asked[-1] == (how, True)
    box.frequency.setCurrentIndex(2)
    assert box.rule.text() == "FREQ=MONTHLY;COUNT=5"
    assert not box.go.isEnabled()
