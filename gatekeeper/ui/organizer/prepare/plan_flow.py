"""What happens at the page of the plan: saved, refused, merged, removed, undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject

from gatekeeper.organizer.merging_edits import Clash, Whose, merge
from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanClient, PlanItem
from gatekeeper.organizer.prepare.series_client import Repeat, Series, repeat_date
from gatekeeper.organizer.prepare.ticket_trial_client import Asked, try_ticket
from gatekeeper.organizer.server_api import EventSite, Refused, is_session_over
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.refusal_and_fault_words import (
    spell_fault,
    spell_gone,
    spell_undone,
)
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import entered
from gatekeeper.ui.organizer.prepare.holds_flow import HoldsFlow
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput, Rejected

T = TypeVar("T")


class PlanFlow(QObject):
    """Edits one event's plan."""

    def __init__(self, page: PlanPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._thread = page, session.thread
        self._api, self._on_fault = session.api, session.on_fault
        self._client: PlanClient | None = None
        self._clash: tuple[PlanItem, dict[str, Any], Clash] | None = None
        self._holds = HoldsFlow(page.holds, session)
        page.tabs.currentChanged.connect(lambda _tab: self._look_at_holds())
        page.saved.connect(self._save)
        page.removed.connect(self._remove)
        page.undone.connect(self._undo)
        page.chose.connect(self._merge)
        page.freeze.lifted.connect(self._lift)
        page.trial.asked.connect(self._try)
        page.series.asked.connect(self._repeat)

    def client_of(self, site: EventSite) -> PlanClient:
        """Return the desk of an event; what was done at another one's cannot be undone here."""
        if self._client is None or self._client.site != site:
            self._client, self._clash = PlanClient(self._api, site), None
            self._page.forget()
            self._holds.enter(site)
        return self._client

    def show_plan(self, client: PlanClient, plan: EventPlan) -> None:
        """Show a plan that was read."""
        if client is self._client:
            self._page.show_plan(plan, can_undo=bool(client.done))
            self._holds.enter(client.site)

    def _look_at_holds(self) -> None:
        if self._client is not None:
            self._holds.enter(self._client.site, is_anew=True)

    def _save(self, thing: PlanItem, fields: dict[str, Any]) -> None:
        client = entered(self._client)

        def show(saved: PlanItem | Clash) -> None:
            if isinstance(saved, Clash):
                self._clash = (thing, fields, saved)
                self._page.show_clash(saved)
                return
            self._clash = None
            self._read_again(saved, TEXTS.say("desk.plan.saved", name=saved.name))

        self._ask(lambda: client.save(thing, fields), show)

    def _merge(self, chosen: dict[str, Whose]) -> None:
        """Write what of both shall hold, upon the thing as it is now."""
        assert self._clash is not None, "a clash is shown"
        thing, mine, clash = self._clash
        now = PlanItem(kind=thing.kind, id=thing.id, etag=clash.etag, fields=clash.theirs)
        joined = merge(thing.fields, clash.theirs, mine, chosen)
        if joined == clash.theirs:
            self._read_again(now, TEXTS.say("desk.plan.left", name=now.name))
        else:
            self._save(now, joined)

    def _remove(self, thing: PlanItem) -> None:
        client = entered(self._client)

        def show(clash: Clash | None) -> None:
            said = TEXTS.say("desk.plan.removed", name=thing.name)
            self._read_again(None, said if clash is None else spell_clash(clash))

        self._ask(lambda: client.remove(thing), show)

    def _undo(self) -> None:
        if self._page.holds_back():
            return
        client = entered(self._client)

        def show(clash: Clash | None) -> None:
            said = TEXTS.say("desk.plan.undid") if clash is None else spell_clash(clash)
            self._read_again(None, said, "good" if clash is None else "bad")

        self._ask(client.undo, show)

    def _lift(self, reason: str) -> None:
        if self._page.holds_back():
            return
        client = entered(self._client)

        def show(_none: None) -> None:
            self._read_again(self._page.thing, TEXTS.say("freeze.done"))

        self._ask(lambda: client.lift(reason), show)

    def _try(self, asked: Asked) -> None:
        client, box = entered(self._client), self._page.trial

        def fail(fault: BaseException) -> None:
            box.say_fault(spell_fault(fault))

        site = client.site
        self._thread.ask(lambda: try_ticket(self._api, site, asked), box.show_found, fail)

    def _repeat(self, how: Repeat, makes: bool) -> None:  # noqa: FBT001 - the value of a signal
        """Show the dates of a rule, or make them and show the plan with them."""
        client, page, thing = entered(self._client), self._page, self._page.thing
        if makes and page.holds_back():
            return
        assert thing is not None, "a rule is of a date"
        assert page.plan is not None, "a date is of a plan"
        timezone = str(page.plan.event.fields["timezone"])

        def show(series: Series) -> None:
            if page.thing is None or page.thing.id != thing.id:
                return
            if makes:
                self._read_again(thing, TEXTS.say("series.made", count=series.made))
            else:
                page.series.show_dates(series)

        def fail(fault: BaseException) -> None:
            is_unknown = isinstance(fault, BadInput)
            spell = spell_undone if makes else spell_fault
            said = TEXTS.say("series.zone", zone=timezone) if is_unknown else spell(fault)
            page.series.say(said)

        def work() -> Awaitable[Series]:
            return repeat_date(self._api, client.site, thing, timezone, how, makes=makes)

        if makes:
            self._act(work, show, fail)
        else:
            self._thread.ask(work, show, fail)

    def _read_again(self, thing: PlanItem | None, said: str, role: str = "good") -> None:
        client = entered(self._client)

        def fail(fault: BaseException) -> None:
            assert self._page.plan is not None, "something of a plan was changed"
            self._page.show_thing(thing or self._page.plan.event)  # else it would be saved again
            self._page.say(said, role)  # it was done; the list beside it is older
            self._on_fault(fault)

        def show(plan: EventPlan) -> None:
            now = plan.event if thing is None else plan.find(thing.id) or plan.event
            self._page.plan = plan
            self._page.show_thing(now)
            self.show_plan(client, plan)
            self._page.say(said, role)

        self._act(client.read, show, fail)

    def _ask(self, work: Callable[[], Awaitable[T]], on_done: Callable[[T], None]) -> None:
        self._act(work, on_done, self._fail)

    def _act(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], None],
        on_fault: Callable[[BaseException], None],
    ) -> None:
        """Do something while the page is busy; of another event's plan nothing is shown by then.

        Else a second press would do it again, and what is filled in meanwhile would be lost.
        """
        client, page = self._client, self._page
        page.set_busy(is_busy=True)

        def done(result: T) -> None:
            if client is self._client:
                page.set_busy(is_busy=False)
                on_done(result)
            elif isinstance(
                result, Clash
            ):  # whoever has gone on to another event believes it done
                page.say(TEXTS.say("desk.before", said=spell_clash(result)))

        def failed(fault: BaseException) -> None:
            if client is self._client:
                page.set_busy(is_busy=False)
                on_fault(fault)
            elif isinstance(fault, Refused) and not is_session_over(fault):
                # Whoever has gone on to another event believes it done.
                page.say(TEXTS.say("desk.before", said=spell_fault(fault)))
            else:
                self._fail(fault)

        self._thread.ask(work, done, failed)

    def _fail(self, fault: BaseException) -> None:
        if not isinstance(fault, Rejected) or is_session_over(fault):
            self._on_fault(fault)
        if not is_session_over(fault):  # what the desk says of a cut line goes with the next look
            gone = spell_gone("holds.gone", fault) if isinstance(fault, Refused) else ""
            self._page.say(gone or spell_undone(fault))
