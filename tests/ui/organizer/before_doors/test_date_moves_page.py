"""The page of moving dates by itself: by the venue's clock, and only as it was looked at."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.before_doors.date_moves_client import (
    DateLine,
    NoSuchTimeError,
    WantedMove,
    shift_dates,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.date_move_words import spell_date
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.date_moves_flow import DateMovesFlow
from gatekeeper.ui.organizer.before_doors.date_moves_page import DateMovesPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.calling_screens import MOVE, NOTICE, PLAN
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread

BERLIN = PLAN.zone


def at(*parts: int) -> datetime:
    """Return a moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc] # of any length


def clock(*parts: int) -> datetime:
    """Return what the venue's clock shows."""
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - of no zone


NIGHT = DateLine(
    id="oc_1",
    name="Night",
    doors_at=at(2026, 10, 16, 19),
    starts_at=at(2026, 10, 16, 20),
    ends_at=at(2026, 10, 17, 3),
)


def test_what_began_at_ten_begins_at_ten_whatever_summer_time_does() -> None:
    """Into the long night: from 22:00 to 05:00 by the clock, an hour more by the sun."""
    (moved,) = shift_dates((NIGHT,), {"oc_1"}, clock(2026, 10, 24, 22), BERLIN)
    assert (moved.doors_at, moved.starts_at) == (at(2026, 10, 24, 19), at(2026, 10, 24, 20))
    assert moved.ends_at == at(2026, 10, 25, 4)
    assert shift_dates((NIGHT,), {"oc_1"}, clock(2026, 10, 16, 22), BERLIN) == ()
    assert shift_dates((NIGHT,), set(), clock(2026, 10, 24, 22), BERLIN) == ()


def test_several_dates_move_by_as_much_as_the_first() -> None:
    """On the 29th of February too; those that are not chosen stay."""
    dates = (NIGHT, DateLine(id="oc_2", name="Two", starts_at=at(2026, 10, 17, 20)))
    first, second = shift_dates(dates, {"oc_2", "oc_1"}, clock(2028, 2, 28, 22), BERLIN)
    assert first.starts_at == at(2028, 2, 28, 21)
    assert second.starts_at == at(2028, 2, 29, 21)
    (only,) = shift_dates(dates, {"oc_2"}, clock(2026, 10, 18, 22), BERLIN)
    assert (only.id, only.starts_at) == ("oc_2", at(2026, 10, 18, 20))


@pytest.mark.parametrize("starts", [clock(2027, 3, 28, 2, 30), clock(9999, 12, 31, 23)])
def test_a_time_that_no_clock_shows_is_refused(starts: datetime) -> None:
    """In the night in which clocks are put forward, and behind the end of all calendars."""
    with pytest.raises(NoSuchTimeError):
        shift_dates((NIGHT,), {"oc_1"}, starts, BERLIN)


def test_an_end_after_the_clocks_went_back_stays_after_it() -> None:
    """A night that is to begin ten minutes later ended an hour earlier by that."""
    end = at(2026, 10, 25, 1, 30)  # the second half past two
    long = msgspec.structs.replace(NIGHT, starts_at=at(2026, 10, 24, 20), ends_at=end)
    (moved,) = shift_dates((long,), {"oc_1"}, clock(2026, 10, 24, 22, 10), BERLIN)
    assert moved.ends_at == at(2026, 10, 25, 1, 40)
    (elsewhere,) = shift_dates((long,), {"oc_1"}, clock(2026, 10, 25, 22), BERLIN)
    assert elsewhere.ends_at == at(2026, 10, 26, 1, 30)


def test_a_time_that_is_shown_twice_says_which_it_is() -> None:
    """Half past two, the first time and the second."""
    twice = DateLine(
        id="oc_1", name="", starts_at=at(2026, 10, 25, 0, 30), ends_at=at(2026, 10, 25, 1, 30)
    )
    speak_language(make_application(), "en")
    said = spell_date(twice, BERLIN)
    assert "02:30 (UTC+02:00)" in said
    assert "02:30 (UTC+01:00)" in said


def test_only_what_was_looked_at_is_done() -> None:
    """A change after the preview takes the button away; a slip is named before it is asked."""
    speak_language(make_application(), "en")
    page = DateMovesPage()
    asked: list[WantedMove] = []
    done: list[WantedMove] = []
    page.wants_preview.connect(asked.append)
    page.moved.connect(done.append)
    page.show_plan(PLAN)
    look, go = (page.findChildren(QPushButton, name)[0] for name in ("movingTry", "movingGo"))
    look.click()
    assert "at least one" in page.note
    page.choose(0)
    look.click()
    assert "already" in page.note
    page.starts.show_moment(at(2027, 3, 28, 2, 30))
    look.click()
    assert "never shows" in page.note
    assert asked == []
    page.starts.show_moment(at(2026, 10, 30, 20))
    page.words.setText("Storm")
    look.click()
    (wanted,) = asked
    assert wanted.after[0].starts_at == at(2026, 10, 30, 19)
    assert (wanted.is_told, wanted.words, wanted.refund_until) == (True, "Storm", None)
    assert go.isHidden()
    page.show_preview(wanted, MOVE)
    assert not go.isHidden()
    page.refunds.setChecked(True)
    assert go.isHidden(), "another move is meant"
    page.show_preview(wanted, MOVE)
    go.click()
    assert done == [wanted]


def test_who_was_not_reached_is_listed() -> None:
    """By name, with how else to reach them, and why."""
    speak_language(make_application(), "en")
    page = DateMovesPage()
    page.notice.show_notice(NOTICE)
    assert "Not reached: 3" in page.notice.said
    why = page.notice.unreached.item(1, 2)
    assert why is not None
    assert "not sent twice" in why.text()


def test_no_time_is_asked_for_before_a_date_is_chosen() -> None:
    """Then it is the one at which the date starts as it is."""
    make_application()
    page = DateMovesPage()
    page.show_plan(PLAN)
    assert page.starts.isHidden()
    page.choose(0)
    assert not page.starts.isHidden()
    first = PLAN.dates[0].starts_at.astimezone(PLAN.zone)
    assert page.starts.moment == first.replace(tzinfo=None)


def test_dates_that_another_desk_moved_meanwhile_are_shown_as_they_are_now() -> None:
    """Nobody looks at those of an hour ago; what is filled in stays while they are the same."""
    speak_language(make_application(), "en")
    page, thread = DateMovesPage(), HeldThread()
    flow = DateMovesFlow(page, make_desk_session(thread))
    page.show()
    site = EventSite(OrganizationId("og_1"), EventId("ev_1"))
    flow.enter(site)
    thread.answer(PLAN)
    page.choose(0)
    flow.enter(site)
    thread.answer(msgspec.structs.replace(PLAN))
    assert page._chosen() == [PLAN.dates[0].id]
    assert page.note == ""
    page.show_preview(WantedMove(before=PLAN.dates[:1], after=PLAN.dates[:1]), MOVE)
    moved = msgspec.structs.replace(PLAN.dates[0], starts_at=at(2026, 10, 30, 19))
    flow.enter(site)
    thread.answer(msgspec.structs.replace(PLAN, dates=(moved, *PLAN.dates[1:])))
    assert page.wanted is None
    assert "in the meantime" in page.note
    page.close()


def test_no_mail_is_promised_where_no_mail_server_is_set_up() -> None:
    """What a move means says so; the box above it went on promising mails to all buyers."""
    speak_language(make_application(), "en")
    page = DateMovesPage()
    page.show_plan(PLAN)
    wanted = WantedMove(before=PLAN.dates[:1], after=PLAN.dates[:1])
    page.show_preview(wanted, MOVE)
    assert page.tells.text() == "Tell all buyers by email"
    page.show_preview(wanted, msgspec.structs.replace(MOVE, has_mail=False))
    assert "no mail server" in page.tells.text()
    assert page.words.isHidden()
