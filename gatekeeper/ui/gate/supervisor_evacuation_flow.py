"""Leads a supervisor through an evacuation: each phase is asked once more before it begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.gate.answer import LaneStatus
from gatekeeper.gate.requests import Deed, Evacuate
from gatekeeper.presenters.gate.evacuation_menu_and_inside_list import (
    INSIDE,
    NOT_NOW,
    evacuation_hint,
    evacuation_options,
    inside_rows,
    sure_options,
)
from gatekeeper.presenters.page_items import Option
from gatekeeper.supervisor.shown_to_supervisors import InsideList
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.ui.loop_thread import OnFailed
from gatekeeper.wording.texts import TEXTS
from shared.admission.evacuation import EvacuationPhase

Answer = Callable[[str], None]
"""Called with the key of the answer that was chosen."""
Ask = Callable[[str, str, Sequence[Option], Answer], None]
"""Shows a question: title, hint, answers, what is called."""
MakeDeed = Callable[[str], Deed]
Do = Callable[[MakeDeed, Callable[[int], None]], None]
"""Has a deed done that is made for the supervisor's id."""


class EvacuationFlow:
    """Asks what is to be done, and whether it is meant; lists who entered.

    Args:
        frame: Shows the list.
        engine: Makes it.
        scans: Knows time and zone.
        ask: Shows a question.
        do: Does what is decided.
        on_done: Called when a phase has begun.
    """

    def __init__(
        self,
        frame: SupervisorFrame,
        engine: EngineThread,
        scans: ScanFlow,
        *,
        ask: Ask,
        do: Do,
        on_done: Callable[[], None],
    ) -> None:
        self._frame, self._engine, self._scans = frame, engine, scans
        self._ask, self._do, self._on_done = ask, do, on_done

    def begin(self, status: LaneStatus | None, person: str, on_fault: OnFailed) -> None:
        """Ask what is to be done.

        Args:
            status: The lane's.
            person: The supervisor.
            on_fault: Told where the list cannot be made.
        """
        options = evacuation_options(status)

        def answer(key: str) -> None:
            if key == INSIDE:
                self._list_inside(person, on_fault)
                return
            act = next(one for one in options if one.key == key)
            # Which one is shown: by the time that it is meant, another may have begun.
            shown = "" if status is None else status.evacuation_id
            goes_on = None if key == EvacuationPhase.STOP else shown or None
            deed = partial(Evacuate, key, evacuation_id=goes_on)
            self._make_sure(act, deed, lambda: self.begin(status, person, on_fault))

        title = TEXTS.say("evacuation.title")
        self._ask(title, evacuation_hint(status), options, answer)

    def _make_sure(self, act: Option, deed: MakeDeed, back: Callable[[], None]) -> None:
        def answer(said: str) -> None:
            if said == NOT_NOW:
                back()
            else:
                self._do(deed, lambda _: self._on_done())

        hint = TEXTS.say(f"evacuation.sure_{act.key}")
        self._ask(act.label, hint, sure_options(act), answer)

    def _list_inside(self, person: str, on_fault: OnFailed) -> None:
        async def look(gate: AttendedGate) -> InsideList:
            return gate.list_inside(person)

        self._engine.work(look, self._take_inside, on_fault)

    def _take_inside(self, found: InsideList) -> None:
        rows = inside_rows(found, self._scans.now(), self._scans.zone)
        self._frame.listing.show_rows(rows, TEXTS.say("inside.title"), ())
        self._frame.show_part(self._frame.listing)
