"""Alarms stand over every page of the desk, until they end, with who sees to them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from shiboken6 import delete

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.during.alarms_client import DeskAlarm
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.during.alarm_bar import AlarmBar, AlarmFlow
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.removed import removed_after


def alarm(number: int, kind: str = "gate_silent", **more: Any) -> DeskAlarm:
    """Make an alarm about a gate."""
    fields: dict[str, Any] = {
        "id": f"al_{number}",
        "site": EventSite(OrganizationId("og_1"), EventId("ev_1")),
        "event": "Summer Fair",
        "kind": kind,
        "what": "The server's own words",
        "place": "North",
        "count": 6,
        "out_of": 0,
        "seen_by": "",
    }
    return DeskAlarm(**(fields | more))


@pytest.fixture
def work() -> Iterator[EventPages]:
    """The pages of a manager."""
    make_application()
    work = EventPages(LIGHT)
    dress_desk(work, LIGHT)
    work.show_role("manager")
    work.show()
    with removed_after(work):
        yield work


def test_an_alarm_is_over_every_room_until_it_ends(work: EventPages) -> None:
    """What it is, where, and what to do; nothing while none stands."""
    assert work.alarms.isHidden()
    work.alarms.show_alarms((alarm(1),))
    for page in ("doors_ready", "people"):
        work.enter(page)
        assert work.alarms.isVisible()
        assert "North: no contact for 6 min (Summer Fair)" in work.alarms.said
        assert "offline rules" in work.alarms.said
    work.alarms.show_alarms(())
    assert work.alarms.isHidden()


def test_somebody_sees_to_it_and_others_read_who(work: EventPages) -> None:
    """By one button, which is gone then; a reader never has it."""
    taken: list[DeskAlarm] = []
    work.alarms.seen.connect(taken.append)
    work.alarms.show_alarms((alarm(1),))
    work.alarms.take.click()
    assert [one.id for one in taken] == ["al_1"]
    work.alarms.show_alarms((alarm(1, seen_by="Mara Vogt"),))
    assert "Mara Vogt is on it." in work.alarms.said
    assert work.alarms.take.isHidden()
    work.show_role("reader")
    work.alarms.show_alarms((alarm(2),))
    assert work.alarms.take.isHidden()


def test_a_new_alarm_comes_before_the_one_that_is_looked_at(work: EventPages) -> None:
    """Others are turned to by a button; one that only changes its figures stays."""
    work.alarms.show_alarms((alarm(1), alarm(2, "forged_codes")))
    assert work.alarms.shown is not None
    work.alarms.next.click()
    assert work.alarms.shown.id == "al_2"
    work.alarms.show_alarms((alarm(1), alarm(2, "forged_codes", count=9)))
    assert (work.alarms.shown.id, work.alarms.shown.count) == ("al_2", 9)
    work.alarms.show_alarms((alarm(1), alarm(3, "many_denials", out_of=9), alarm(2)))
    assert work.alarms.shown.id == "al_3"
    assert "Active alarms: 3" in work.alarms.said


def test_a_kind_of_a_newer_server_is_said_in_its_words(work: EventPages) -> None:
    """The desk has none of its own for it."""
    work.alarms.show_alarms((alarm(1, "flood"),))
    assert "The server's own words" in work.alarms.said


def test_a_cut_line_and_an_ended_session_are_noticed_from_every_page(work: EventPages) -> None:
    """Also from one that asks for nothing; so is a server that is back, whatever it answers."""
    told: list[BaseException] = []
    heard: list[str] = []
    thread = HeldThread()
    session = make_desk_session(thread, on_fault=told.append)
    desk = cast("Desk", SimpleNamespace(api=None, organization=SimpleNamespace(id="og_1")))
    flow = AlarmFlow(work.alarms, session, desk)
    flow.answered.connect(lambda: heard.append("an answer"))
    cut = ServerFault("nothing is listening there")
    ended, not_mine = (Refused("No.", (), problem="", status=status) for status in (401, 403))
    for fault in (cut, not_mine, ended):
        flow.look()
        thread.refuse(fault)
    assert (told, len(heard)) == ([cut, ended], 1)
    flow.look()
    thread.answer(())
    assert len(heard) == 2


def test_an_answer_that_comes_once_the_desk_was_left_is_for_nobody(work: EventPages) -> None:
    """Another person had sat down meanwhile, and the desk said that the program had a fault."""
    thread = HeldThread()
    desk = cast("Desk", SimpleNamespace(api=None, organization=SimpleNamespace(id="og_1")))
    bars = [AlarmBar(), AlarmBar()]
    for bar in bars:
        AlarmFlow(bar, make_desk_session(thread), desk).look()
        delete(bar)
    thread.refuse(Refused("No.", (), problem="", status=403))
    thread.answer(())
