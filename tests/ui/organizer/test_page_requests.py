"""What a page of the desk asked for, when the answer comes late or is a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.server_api import Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.errors import ServerFault
from tests.factories.desk_session import make_desk_session

NO_MEMBER = Refused("There is no such organization.", (), problem="not-found", status=404)
REFUSAL = Refused("The ticket has been used.", (), problem="conflict", status=409)


class Page(QObject):
    """What is said on it, and whether it is busy."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.is_busy = False

    def say(self, text: str, _role: str) -> None:
        """Note it."""
        self.said.append(text)

    def set_busy(self, *, is_busy: bool) -> None:
        """Note it."""
        self.is_busy = is_busy


class Desk:
    """A page's work in a real thread, and what was told beside the page."""

    def __init__(self, thread: DeskThread) -> None:
        self.page, self.thread, self.faults = Page(), thread, list[BaseException]()
        session = make_desk_session(thread, on_fault=self.faults.append)
        self.may_answer, self.shown = asyncio.Event(), list[str]()
        self.work = PageWork(self.page, session, str)

    def ask(self, fault: Exception, *, is_act: bool) -> None:
        """Ask for what fails once it may be answered."""

        async def fail() -> str:
            await self.may_answer.wait()
            raise fault

        self.work.do(fail, self.shown.append, is_act=is_act)

    def look(self) -> None:
        """Look at something, which is answered; then answer what waits."""

        async def read() -> str:
            self.may_answer.set()
            return "read"

        self.work.do(read, self.shown.append, is_act=False)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A page and the desk's thread, without a server."""
    speak_language(make_application(), "en")
    thread = DeskThread("desk-work")
    thread.start()
    yield Desk(thread)
    thread.stop()


def test_refused_change_is_told_although_something_else_was_asked_since(
    qtbot: QtBot, desk: Desk
) -> None:
    """Whoever blocked a ticket and went on would believe it blocked; nothing else is disturbed."""
    desk.ask(REFUSAL, is_act=True)
    desk.look()
    qtbot.waitUntil(lambda: len(desk.page.said) == 2)
    assert desk.page.said == ["", f"What you asked for before this was not done: {REFUSAL}"]
    assert desk.shown == ["read"]
    assert not desk.page.is_busy


@pytest.mark.parametrize("is_act", [False, True])
def test_whoever_was_removed_from_the_organization_is_told_so_on_each_page(
    qtbot: QtBot, desk: Desk, *, is_act: bool
) -> None:
    """Discounts, holds, vouchers and people said that somebody else had removed *these*."""
    desk.work = PageWork(
        desk.page, make_desk_session(desk.thread), lambda _fault: "It was removed."
    )

    async def refuse() -> str:
        raise NO_MEMBER

    desk.work.do(refuse, desk.shown.append, is_act=is_act)
    said = "You no longer belong to this organization. Ask one of its owners."
    qtbot.waitUntil(lambda: said in desk.page.said)
    assert "It was removed." not in desk.page.said


def test_change_that_met_another_ones_is_told_although_something_else_was_asked_since(
    qtbot: QtBot, desk: Desk
) -> None:
    """It was not written either, and that is no fault but an answer."""

    async def meet() -> Clash:
        await desk.may_answer.wait()
        return Clash(by="Mara", at=None, etag="", theirs={}, fields=())

    desk.work.do(meet, lambda _clash: desk.shown.append("clash"))
    desk.look()
    qtbot.waitUntil(lambda: len(desk.page.said) == 2)
    said = "Mara changed this after you opened it. Nothing of yours has been saved yet."
    assert desk.page.said == ["", f"What you asked for before this was not done: {said}"]
    assert desk.shown == ["read"]


def test_change_that_met_a_cut_network_is_told_although_something_else_was_asked_since(
    qtbot: QtBot, desk: Desk
) -> None:
    """As it is when nothing was asked since."""
    fault = ServerFault("no server answers")
    desk.ask(fault, is_act=True)
    desk.look()
    qtbot.waitUntil(lambda: desk.faults == [fault])


def test_look_that_was_overtaken_is_not_shown_whatever_came_of_it(
    qtbot: QtBot, desk: Desk
) -> None:
    """Nobody waits for it any more."""
    desk.ask(REFUSAL, is_act=False)
    desk.look()
    qtbot.waitUntil(lambda: desk.shown == ["read"])
    desk.look()
    qtbot.waitUntil(lambda: desk.shown == ["read", "read"])
    assert (desk.page.said, desk.faults) == ([], [])


@pytest.mark.parametrize("is_act", [False, True])
def test_answer_for_a_page_that_is_gone_is_nobody_s(
    qtbot: QtBot, desk: Desk, *, is_act: bool
) -> None:
    """Somebody else has sat down at the desk before it came."""
    desk.ask(REFUSAL, is_act=is_act)
    said = list(desk.page.said)
    delete(desk.page)
    ended: list[str] = []

    async def answer() -> str:
        desk.may_answer.set()
        await asyncio.sleep(0)
        return "ended"

    desk.thread.ask(answer, ended.append, lambda _fault: None)
    qtbot.waitUntil(lambda: ended == ["ended"])
    with qtbot.captureExceptions() as raised:
        qtbot.wait(20)
    assert (raised, desk.page.said, desk.shown) == ([], said, [])
